"""One budget across accounts: as good as one plan of all their channels, and proven."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from models.curves.curveset import CurveSet
from models.curves.file import from_json
from models.errors import InputError
from scenarios.batch.batch_summary import BatchSummary
from scenarios.batch.plan_accounts import Asked, plan_accounts
from scenarios.batch.work.results_store import curves_name
from scenarios.definition.scenario import Scenario
from scenarios.planning import Evidence, plan_on
from tests.support.accounts import accounts_table, one_by_one
from tests.support.commands import budgetopt, refused

pytest.importorskip("duckdb")
KEYS = {"name": "all", "fit": {"draws": 20}, "period": {"days": 28}}
NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("accounts") / "accounts.parquet"
    accounts_table(NAMES).to_parquet(file)
    return file


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("results") / "all"


def divided(parquet: Path, results: Path, total: float, **asked) -> BatchSummary:
    template = Scenario.template({**KEYS, **asked.pop("keys", {})}, total=total)
    whole = Asked(str(parquet), template, str(results), total=total, force=True, **asked)
    return plan_accounts(whole, one_by_one())


def joined(results: Path) -> CurveSet:
    """The kept curves of all accounts as one set, each channel called by its account."""
    sets = {}
    for name in NAMES:
        text = (results / curves_name(name)).read_text().partition("\n")[2]
        sets[name] = from_json(text, name)
    from dataclasses import replace

    first = sets[NAMES[0]]
    entries = [
        replace(entry, channel=f"{name}/{entry.channel}") for name in NAMES for entry in sets[name]
    ]
    return replace(first, channels=tuple(entries))


def test_the_division_is_that_of_one_plan_of_all_channels(parquet, results) -> None:
    today = accounts_table(NAMES)
    recent = today[today["date"] > today["date"].max() - pd.Timedelta(days=28)]
    total = round(1.1 * recent["spend"].sum(), 2)
    found = divided(parquet, results, total)
    assert found.is_whole
    across = found.one_budget
    assert across is not None
    assert across.gap <= 1e-4
    rows = pd.read_parquet(results / "accounts.parquet")
    assert rows["proposed"].sum() == pytest.approx(total, abs=0.001)
    one = Scenario.of({"budget": total, "period": {"days": 28}})
    plan = plan_on(one, Evidence(joined(results), None, ()), costs=False)
    assert plan.certificate is not None
    assert plan.certificate.value == pytest.approx(across.value, rel=2e-4)
    assert across.value <= plan.certificate.bound * (1 + 1e-6)
    assert across.bound >= plan.certificate.value * (1 - 1e-6)
    # The last unit of money is worth the same in every account that is free to take it.
    assert across.price > 0


def test_groups_hold_and_have_their_price(parquet, results, tmp_path) -> None:
    rules = tmp_path / "across.yaml"
    rules.write_text("groups:\n  small: {accounts: [alpha, beta], min_share: 45%}\n")
    total = 60000.0
    free = divided(parquet, results, total)
    found = divided(parquet, results, total, across=rules)
    rows = pd.read_parquet(results / "accounts.parquet").set_index("account")
    assert rows.loc[["alpha", "beta"], "proposed"].sum() == pytest.approx(0.45 * total, abs=0.02)
    assert found.one_budget is not None
    assert free.one_budget is not None
    assert found.one_budget.prices["small"] < found.one_budget.price
    assert found.one_budget.value < free.one_budget.value
    assert found.one_budget.gap <= 3e-4  # each plan is proven to 1e-4 alone


def test_a_cpa_of_all_leaves_money_unspent(parquet, results, tmp_path) -> None:
    keys = {"objective": "conversions", "defaults": {"change": "free"}}
    total = 60000.0
    free = divided(parquet, results, total, keys=keys)
    assert free.one_budget is not None
    cap = 0.9 * total / free.one_budget.value
    rules = tmp_path / "across.yaml"
    rules.write_text(f"max_cpa: {cap:.4f}\n")
    found = divided(parquet, results, total, keys=keys, across=rules)
    one = found.one_budget
    assert one is not None
    assert one.spent < total
    assert one.spent / one.value <= cap * (1 + 1e-4)
    assert one.spent / one.value >= cap * (1 - 2e-3)


def test_what_cannot_be_divided_is_said(parquet, results, tmp_path) -> None:
    with pytest.raises(InputError, match="1,000,000,000 cannot be divided: the rules let all"):
        divided(parquet, results, 1e9)
    rules = tmp_path / "across.yaml"
    rules.write_text(
        "groups:\n  a: {accounts: [alfa], min_share: 45%}\n"
        "  b: {accounts: [beta], max_spend: 10}\n  c: {accounts: [beta], min_spend: 1}\n"
    )
    with pytest.raises(InputError) as error:
        divided(parquet, results, 60000.0, across=rules)
    told = [str(fault) for fault in error.value.faults]
    assert "line 2" in told[0]
    assert "there is no account 'alfa'. Did you mean 'alpha'?" in told[0]
    assert "account 'beta' is in group 'b' already" in told[1]
    with pytest.raises(InputError, match="that of each is a range"):
        divided(parquet, results, 60000.0, keys={"budget": "current"})


def test_the_command_with_one_budget(parquet, tmp_path) -> None:
    scenario = tmp_path / "template.yaml"
    scenario.write_text("name: all\nfit: {draws: 20}\n")
    options = ["--scenario", str(scenario), "--output", str(tmp_path / "r"), "--workers", "1"]
    done = budgetopt("batch", str(parquet), *options, "--total", "60000")
    assert done.exit_code == 0, done.output
    assert "one budget of 60,000 across 5 accounts: one more unit of money brings" in done.stdout
    assert "Proof: no division under these rules beats this by more than" in done.stdout
    told = refused("batch", str(parquet), *options, "--total", "60000", "--across", "no.yaml")
    assert "no.yaml" in told[0]
