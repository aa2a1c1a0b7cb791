"""Many accounts: each as if it were planned alone, whatever becomes of the others."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from models.errors import InputError
from scenarios.batch.batch_summary import BatchSummary
from scenarios.batch.plan_accounts import Asked, plan_accounts
from scenarios.batch.work.account_result import AccountResult
from scenarios.batch.work.results_store import LocalStore, result_name, store_at
from scenarios.definition.scenario import Scenario
from scenarios.planning import run
from tests.support.accounts import NAMES, accounts_table, one_by_one, template
from tests.support.commands import budgetopt

pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("accounts") / "accounts.parquet"
    accounts_table().to_parquet(file)
    return file


@pytest.fixture(scope="module")
def planned(parquet, tmp_path_factory) -> tuple[Path, BatchSummary]:
    results = tmp_path_factory.mktemp("results") / "june"
    asked = Asked(str(parquet), template(), str(results), with_plans=True)
    return results, plan_accounts(asked, one_by_one())


def plan(accounts: Path, results: Path, **asked) -> BatchSummary:
    keys = {"template": template(), **asked}
    return plan_accounts(Asked(str(accounts), results=str(results), **keys), one_by_one())


def bytes_of(results: Path) -> dict[str, bytes]:
    return {name: (results / result_name(name)).read_bytes() for name in NAMES}


def test_each_account_is_planned_as_if_it_were_alone(planned, parquet, tmp_path) -> None:
    results, summary = planned
    assert (summary.accounts, summary.planned, summary.failed) == (4, 4, 0)
    for name in NAMES:
        frame = pd.read_parquet(parquet).query("account == @name").drop(columns="account")
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        keys = {"history": f"{name}.csv", "budget": "current", "fit": {"draws": 20}}
        alone = run(Scenario.of(keys, tmp_path), use_cache=False)
        found = AccountResult.model_validate_json((results / result_name(name)).read_bytes())
        assert found.proposed == alone.proposed
        assert found.confidence == alone.confidence
        assert {line.channel: line.proposed for line in found.channels} == {
            row.channel: row.spend for row in alone.channels
        }


def test_the_tables_hold_a_row_per_account_and_channel(planned) -> None:
    results, summary = planned
    accounts = pd.read_parquet(results / "accounts.parquet")
    plans = pd.read_parquet(results / "plans.parquet")
    assert list(accounts["account"]) == sorted(NAMES)
    assert len(plans) == 8
    assert list(plans.columns[:5]) == ["account", "period", "channel", "current", "proposed"]
    by_account = plans.groupby("account")[["current", "proposed", "gain"]].sum()
    told = accounts.set_index("account")[["current", "proposed", "gain"]]
    pd.testing.assert_frame_equal(by_account, told, check_like=True, rtol=0, atol=0.05)
    (money,) = summary.money
    assert money.gain == pytest.approx(accounts["gain"].sum(), abs=0.01)
    assert money.proposed == pytest.approx(plans["proposed"].sum(), abs=0.01)
    assert summary.best[0].account == told["gain"].idxmax()


def test_a_rerun_does_what_is_new_or_changed_and_nothing_else(parquet, tmp_path) -> None:
    results, changed = tmp_path / "results", tmp_path / "changed.parquet"
    plan(parquet, results)
    before = bytes_of(results)
    stamps = {name: (results / result_name(name)).stat().st_mtime_ns for name in NAMES}
    assert plan(parquet, results).kept == 4
    frame = accounts_table((*NAMES, "delta"))
    frame.loc[(frame["account"] == "beta") & (frame["channel"] == "channel_1"), "spend"] *= 1.01
    frame.sample(frac=1.0, random_state=1).to_parquet(
        changed, index=False
    )  # the order of rows says nothing
    again = plan(changed, results)
    assert (again.accounts, again.kept) == (5, 3)
    for name in NAMES:
        is_same = bytes_of(results)[name] == before[name]
        assert is_same == (name != "beta")
        assert ((results / result_name(name)).stat().st_mtime_ns == stamps[name]) == is_same


def test_csv_files_in_a_folder_give_what_one_parquet_file_gives(planned, tmp_path) -> None:
    """A file a market, accounts that look like numbers, a decimal that text keeps."""
    folder = tmp_path / "markets"
    folder.mkdir()
    for part, names in (("north", NAMES[:2]), ("south", NAMES[2:])):
        frame = accounts_table()
        frame[frame["account"].isin(names)].to_csv(folder / f"{part}.csv", index=False)
    summary = plan(folder, tmp_path / "results")
    assert summary.planned == 4
    for name in NAMES:
        found, known = (
            json.loads((root / result_name(name)).read_text())
            for root in (tmp_path / "results", planned[0])
        )
        assert found["account"] == name
        assert found["channels"] == known["channels"]


def test_an_account_may_lie_in_several_files_but_no_row_in_two(tmp_path) -> None:
    folder = tmp_path / "years"
    folder.mkdir()
    frame = accounts_table()
    middle = frame["date"].median()
    frame[frame["date"] <= middle].to_parquet(folder / "a.parquet")
    frame[frame["date"] > middle].to_parquet(folder / "b.parquet")
    assert plan(folder, tmp_path / "results").planned == 4
    restated = frame[(frame["date"] <= middle) & (frame["account"] == "beta")]
    restated.assign(spend=restated["spend"] * 1.1).to_parquet(folder / "c.parquet")
    summary = plan(folder, tmp_path / "results")
    assert (summary.planned, summary.failed) == (3, 1)
    (cause,) = summary.causes
    assert cause.accounts == ("beta",)
    assert "stand in two files (a.parquet, c.parquet)" in cause.first


def test_what_is_wrong_with_the_accounts_is_said_at_once(tmp_path) -> None:
    folder = tmp_path / "markets"
    folder.mkdir()
    frame = accounts_table(("Alpha", "alpha ", "beta", ""))
    frame.to_csv(folder / "one.csv", index=False)
    frame[:0].to_csv(folder / "two.csv", index=False)
    with pytest.raises(InputError) as error:
        plan(folder, tmp_path / "results")
    told = [fault.problem for fault in error.value.faults]
    assert told == [
        "120 rows name no account in column account",
        "the file has no rows",
        "the accounts 'Alpha', 'alpha ' differ in case or blanks only",
    ]
    with pytest.raises(InputError, match="no column 'shop'"):
        plan(folder, tmp_path / "results", by="shop")
    with pytest.raises(InputError, match="no such file"):
        plan(tmp_path / "nothing.parquet", tmp_path / "results")


def test_overrides_are_settings_by_account(parquet, tmp_path) -> None:
    table = tmp_path / "shops.csv"
    table.write_text(
        "account,budget,currency,channels.channel_1.locked\nalpha,12000,SEK,\n007,,,true\n"
    )
    summary = plan(parquet, tmp_path / "results", overrides=table)
    accounts = pd.read_parquet(tmp_path / "results" / "accounts.parquet").set_index("account")
    assert accounts.loc["alpha", "proposed"] == 12000
    assert accounts.loc["alpha", "currency"] == "SEK"
    assert {one.currency for one in summary.money} == {"SEK", ""}
    plans = pd.read_parquet(tmp_path / "results" / "plans.parquet").set_index("account")
    locked = plans.loc["007"].query("channel == 'channel_1'")
    assert list(locked["current"]) == list(locked["proposed"])


def test_overrides_that_are_wrong_are_all_named(parquet, tmp_path) -> None:
    table = tmp_path / "shops.csv"
    table.write_text("account,budget,defaults.chang\nalfa,1,\nbeta,x1,\nbeta,2,\ngamma,3,10%\n")
    with pytest.raises(InputError) as error:
        plan(parquet, tmp_path / "results", overrides=table)
    told = [str(fault) for fault in error.value.faults]
    assert len(told) == 4
    assert "shops.csv, line 2: there is no account 'alfa'. Did you mean 'alpha'?" in told[0]
    assert "shops.csv, line 3, budget=x1" in told[1]
    assert "shops.csv, line 4: account 'beta' stands in two rows" in told[2]
    assert "shops.csv, line 5, defaults.chang=10%" in told[3]
    assert "change" in told[3]


def test_results_of_another_template_are_not_written_over(parquet, planned) -> None:
    results, _ = planned
    other = template(budget="+10%")
    with pytest.raises(InputError, match=r"another template \(monthly\)"):
        plan(parquet, results, template=other)
    with pytest.raises(InputError, match="holds other files"):
        plan(parquet, parquet.parent)


def test_a_template_names_no_history(tmp_path) -> None:
    with pytest.raises(InputError, match="a template names no history of its own"):
        template(history="h.csv")
    with pytest.raises(InputError, match="a template names no history of its own"):
        template(curves="curves.json")
    declared = template(history={"kpi": "orders"}).definition.history
    assert declared is not None
    assert declared.kpi == "orders"


def test_results_may_lie_in_an_object_store(parquet, planned) -> None:
    fsspec = pytest.importorskip("fsspec")
    store = store_at("memory://batch/june")
    store.write("accounts/a.json", b"{}")
    assert store.names("accounts") == ["a.json"]
    assert store.read("accounts/b.json") is None
    store.remove("accounts")
    assert store.names("accounts") == []
    assert fsspec.filesystem("memory").exists("/batch") is not None
    with pytest.raises(InputError, match="Protocol not known"):
        store_at("nowhere://x")


def test_the_accounts_of_a_database_are_asked_for_by_part(planned, tmp_path) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    file = tmp_path / "ads.db"
    frame = accounts_table()
    frame["account"] = frame["account"].map({name: n + 7 for n, name in enumerate(NAMES)})
    frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
    engine = sqlalchemy.create_engine(f"sqlite:///{file}")
    frame.to_sql("ads", engine, index=False)
    engine.dispose()
    summary = plan_accounts(
        Asked(
            f"sqlite:///{file}", template(), str(tmp_path / "results"), query="SELECT * FROM ads"
        ),
        one_by_one(),
    )
    assert summary.planned == 4
    found = json.loads((tmp_path / "results" / result_name("8")).read_text())
    known = json.loads((planned[0] / result_name("beta")).read_text())
    assert found["channels"] == known["channels"]


def test_the_command(parquet, tmp_path) -> None:
    scenario = tmp_path / "template.yaml"
    scenario.write_text("name: monthly\nbudget: current\nfit: {draws: 20}\n")
    options = ["--scenario", str(scenario), "--output", str(tmp_path / "results"), "--workers", "1"]
    done = budgetopt("batch", str(parquet), *options)
    assert done.exit_code == 0
    assert done.stdout.startswith("monthly: 4 accounts\n4 planned\n")
    overrides = tmp_path / "o.csv"
    overrides.write_text("account,channels.nope.locked\nbeta,true\n")
    done = budgetopt(
        "batch", str(parquet), *options, "--overrides", str(overrides), "--format=json"
    )
    assert done.exit_code == 4
    told = json.loads(done.stdout)
    assert (told["planned"], told["failed"], told["kept"]) == (3, 1, 3)
    assert told["causes"][0]["accounts"] == ["beta"]
    assert LocalStore(tmp_path / "results").names("runs") == []
