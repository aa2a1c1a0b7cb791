"""Engines: what hands the parts to processes or machines. They only map one function over parts.

What they return is not trusted, and what they raise is only remembered: the files of the results
say what was done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from models.errors import Fault, InputError
from models.phrases import said
from scenarios.batch.work.job import Part
from scenarios.batch.work.supervisor import run_part, stop_own

Mapper = Callable[[Callable[[Part], int], Sequence[Part]], Iterable[Any]]


class Engine(Protocol):
    """Something that does parts.

    Parameters
    ----------
    workers : how many parts it does at a time, as far as is known
    """

    workers: int

    def each(self, parts: Sequence[Part]) -> Iterator[str]:
        """Do the parts; after each one that ended, what went wrong, or nothing."""
        ...


class LocalEngine:
    """Processes of this machine, each watched by a thread that joblib runs."""

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise InputError(Fault("--workers", said("is {n}", n=workers), said("Write 1 or more")))
        self.workers = workers or _cores()

    def each(self, parts: Sequence[Part]) -> Iterator[str]:
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=self.workers, backend="threading", return_as="generator_unordered")
        try:
            for wrong in pool(delayed(tried)(part) for part in parts):
                yield wrong or ""
        finally:
            stop_own()


class MapperEngine:
    """Whatever maps a function over a list: Ray, Spark, a pool of one's own.

    Parameters
    ----------
    mapper : called with a function and a list; what it gives is only counted
    """

    def __init__(self, mapper: Mapper, workers: int = 8) -> None:
        self.mapper, self.workers = mapper, workers

    def each(self, parts: Sequence[Part]) -> Iterator[str]:
        for answer in self.mapper(run_part, parts):
            yield "" if isinstance(answer, int) else str(answer)


def tried(part: Part) -> str:
    """What went wrong with a part, or nothing; the other parts go on."""
    try:
        run_part(part)
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
