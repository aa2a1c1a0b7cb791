"""Dask with workers that are processes: the same results, whatever becomes of the workers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import budgetopt
from models.errors import InputError
from scenarios.batch import dask_engine
from scenarios.batch.dask_engine import DaskEngine
from scenarios.batch.plan_accounts import Asked, plan_accounts
from scenarios.batch.work.results_store import result_name
from tests.support.accounts import accounts_table, one_by_one, template
from tests.support.commands import refused

distributed = pytest.importorskip("distributed")
pytest.importorskip("duckdb")
pytestmark = pytest.mark.filterwarnings("default")
NAMES = tuple(f"shop {number:02d}" for number in range(16))


@pytest.fixture(scope="module")
def client() -> Iterator:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def parquet(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("accounts") / "accounts.parquet"
    accounts_table(NAMES).to_parquet(file)
    return file


@pytest.fixture(scope="module")
def undisturbed(parquet, tmp_path_factory) -> dict[str, bytes]:
    results = tmp_path_factory.mktemp("results") / "plain"
    plan_accounts(Asked(str(parquet), template(), str(results)), one_by_one())
    return written(results)


def written(results: Path) -> dict[str, bytes]:
    found = {name: (results / result_name(name)).read_bytes() for name in NAMES}
    assert len(list((results / "accounts").rglob("*.json"))) == len(NAMES)
    return found


def test_a_worker_killed_and_one_that_stalls_change_no_byte(
    client, parquet, undisturbed, tmp_path
) -> None:
    """One of the workers is killed as soon as there are results, the other one stopped a while."""
    pids = client.run(os.getpid)
    results = tmp_path / "results"

    def disturb() -> None:
        while not list(results.rglob("accounts/*/*.json")):
            time.sleep(0.02)
        killed, stalled = pids.values()
        os.kill(killed, signal.SIGKILL)
        os.kill(stalled, signal.SIGSTOP)
        time.sleep(1.0)
        os.kill(stalled, signal.SIGCONT)

    harm = threading.Thread(target=disturb)
    harm.start()
    found = plan_accounts(Asked(str(parquet), template(), str(results)), DaskEngine(client))
    harm.join()
    assert (found.accounts, found.planned) == (16, 16)
    assert written(results) == undisturbed
    rows = pd.read_parquet(results / "accounts.parquet")
    assert list(rows["account"]) == sorted(NAMES)


def test_plan_many_takes_a_client_or_any_mapper(client, parquet, undisturbed, tmp_path) -> None:
    keys = {"name": "monthly", "budget": "current", "fit": {"draws": 20}}
    found = budgetopt.plan_many(parquet, keys, tmp_path / "dask", client=client)
    assert written(tmp_path / "dask") == undisturbed
    assert len(found.plans()) == 32
    assert set(found.accounts()["status"]) == {"optimal"}
    assert "16 planned" in repr(found)
    mapped = budgetopt.plan_many(
        parquet, keys, tmp_path / "map", mapper=lambda f, parts: list(map(f, parts))
    )
    assert written(tmp_path / "map") == undisturbed
    with pytest.raises(budgetopt.BudgetoptError, match="no plan of account 'shop 00' was kept"):
        mapped.plan("shop 00")


def test_other_versions_are_named(client, monkeypatch) -> None:
    monkeypatch.setattr(dask_engine, "__version__", "9.9")
    with pytest.raises(InputError, match=r"it has budgetopt .*, here there is budgetopt 9.9"):
        DaskEngine(client)


def test_a_scheduler_that_cannot_be_reached_is_named(parquet, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(dask_engine, "REACHED", 0.5)
    scenario = tmp_path / "template.yaml"
    scenario.write_text("budget: current\n")
    options = ["--scenario", str(scenario), "--output", str(tmp_path / "results")]
    dask = ["--engine", "dask", "--scheduler", "tcp://127.0.0.1:9"]
    told = refused("batch", str(parquet), *options, *dask)
    assert "--scheduler tcp://127.0.0.1:9: cannot be reached" in told[0]
