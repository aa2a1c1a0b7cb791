"""Dask as the engine: a scheduler that people already have, or a cluster on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from models import __version__
from models.errors import Fault, InputError
from models.extras import lacking
from models.phrases import said
from scenarios.batch.work.job import Part
from scenarios.batch.work.supervisor import run_part

REACHED = 15.0  # seconds in which a scheduler answers, and in which a worker appears
AWAITED = 120.0  # seconds in which a scheduler that was lost comes back
AHEAD = 3  # parts that a worker has waiting: it is never idle, and the scheduler holds little
ALIKE = ("numpy", "scipy", "pandas", "pulp", "highspy", "dask", "distributed")


class DaskEngine:
    """Parts handed to Dask's workers.

    Parameters
    ----------
    client : connected to a scheduler whose workers have this version of the program
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._address = client.scheduler.address if client.scheduler else ""
        refuse_other_versions(client)
        self.workers = max(1, sum(client.nthreads().values()))

    @property
    def dashboard(self) -> str:
        """Where Dask shows what goes on."""
        return str(self._client.dashboard_link)

    def each(self, parts: Sequence[Part]) -> Iterator[str]:
        from distributed import as_completed

        try:
            client = self._connected()
            waiting = iter(parts)
            first = [part for part, _ in zip(waiting, range(AHEAD * self.workers), strict=False)]
            done = as_completed([_submitted(client, part) for part in first])
            for future in done:
                for part in waiting:
                    done.add(_submitted(client, part))
                    break
                yield _outcome(future)
        except Exception as error:  # the connection is gone: what is done lies in the results
            yield f"{type(error).__name__}: {error}"

    def _connected(self) -> Any:
        """The client, or another one to the same scheduler where it was lost and came back."""
        until = time.monotonic() + AWAITED
        while self._client.status != "running":
            if time.monotonic() > until:
                raise OSError(f"the scheduler {self._address} is gone")
            time.sleep(0.5)
            if self._client.status == "closed":
                from distributed import Client

                try:
                    self._client = Client(self._address, timeout=REACHED)
                except (OSError, TimeoutError):
                    continue
        self._client.wait_for_workers(1, timeout=max(until - time.monotonic(), 1.0))
        return self._client


def _submitted(client: Any, part: Part) -> Any:
    return client.submit(
        run_part, part, key=f"budgetopt-{part.job.run.replace('/', '-')}-{part.name}", pure=False
    )


def _outcome(future: Any) -> str:
    """What went wrong with a part, or nothing; the files of the results say what was done."""
    if future.status == "finished":
        return ""
    if future.status == "error":
        return str(future.exception()) or type(future.exception()).__name__
    return f"its future was {future.status}"


@contextmanager
def dask_engine(scheduler: str | None, workers: int | None) -> Iterator[DaskEngine]:
    """An engine on a scheduler, or on a cluster of processes on this machine.

    Parameters
    ----------
    scheduler : its address; None: a cluster of our own
    workers : processes of that cluster; by default one per core

    Raises
    ------
    InputError : Dask is not installed, the scheduler cannot be reached, has no workers, or runs
        other versions
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        problem = lacking(said("this engine"), error.name, "dask")
        raise InputError(Fault("--engine dask", *problem)) from None
    if scheduler is None:
        options: dict[str, Any] = {"threads_per_worker": 1, "processes": True}
        with (
            LocalCluster(n_workers=workers, dashboard_address=":0", **options) as cluster,
            Client(cluster) as client,
        ):
            yield DaskEngine(client)
        return
    try:
        client = Client(scheduler, timeout=REACHED)
    except (OSError, TimeoutError, ValueError) as error:
        problem = said("cannot be reached: {why}", why=" ".join(str(error).split()))
        remedy = said("Start it with `dask scheduler`, or name its address, tcp://HOST:8786")
        raise InputError(Fault(f"--scheduler {scheduler}", problem, remedy)) from None
    with client:
        yield DaskEngine(client)


def refuse_other_versions(client: Any) -> None:
    """Refuse workers that would compute otherwise than this program, naming what they have.

    Raises
    ------
    InputError : a worker lacks the program, or it, Python or a package has another version; there
        are no workers
    """
    try:
        client.wait_for_workers(1, timeout=REACHED)
    except TimeoutError:
        problem = said("has no workers")
        remedy = said("Start some with `dask worker`")
        address = client.scheduler.address if client.scheduler else "--scheduler"
        raise InputError(Fault(address, problem, remedy)) from None

    def found() -> dict[str, str | None]:  # within a function: it goes over as it is written
        import platform
        from importlib import import_module, metadata

        def known(package: str) -> str | None:
            try:
                return metadata.version(package)
            except metadata.PackageNotFoundError:
                return None

        try:
            ours = import_module("models").__version__
        except (ImportError, AttributeError):
            ours = None
        python = ".".join(platform.python_version_tuple()[:2])
        return {"budgetopt": ours, "Python": python, **{name: known(name) for name in ALIKE}}

    wanted = _ours()
    faults = []
    for address, has in (_scheduler(client, wanted), *sorted(client.run(found).items())):
        other = {name: has.get(name) for name in wanted if has.get(name) != wanted[name]}
        if other:
            listed = [f"{name} {known or '-'}" for name, known in other.items()]
            here = [f"{name} {wanted[name] or '-'}" for name in other]
            problem = said("it has {listed}, here there is {here}", listed=listed, here=here)
            faults.append(Fault(address, problem, said("Install the same versions")))
    if faults:
        raise InputError(faults)


def _scheduler(client: Any, wanted: dict[str, str | None]) -> tuple[str, dict[str, str | None]]:
    """The scheduler's name, and what it has; it computes nothing, and needs Dask alone."""
    told = client.get_versions()["scheduler"]
    python = ".".join(told["host"]["python"].split(".")[:2])
    has = {
        "Python": python,
        **{name: told["packages"].get(name) for name in ("dask", "distributed")},
    }
    return f"scheduler {client.scheduler.address}", {**wanted, **has}


def _ours() -> dict[str, str | None]:
    import platform

    def known(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    python = ".".join(platform.python_version_tuple()[:2])
    return {"budgetopt": __version__, "Python": python, **{name: known(name) for name in ALIKE}}
