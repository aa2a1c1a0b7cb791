"""Accounts that borrow: two passes, in which only sums leave an account."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from models.curves.file import from_json
from scenarios.batch.batch_summary import BatchSummary
from scenarios.batch.plan_accounts import Asked, plan_accounts
from scenarios.batch.work.results_store import curves_name
from tests.models.channel_fit.test_borrowing import DECAYS, account
from tests.support.accounts import one_by_one, template

pytest.importorskip("duckdb")


def table(weeks: dict[str, int]) -> pd.DataFrame:
    """Accounts of one shape and carry-over, some with a short history."""
    parts = []
    for seed, (name, length) in enumerate(weeks.items()):
        history = account(seed, length)
        for channel in history.channels:
            columns = {
                "spend": history.spend[channel].to_numpy(),
                "conversions": history.metrics["conversions"][channel].to_numpy(),
            }
            rows = pd.DataFrame({"date": history.dates, **columns})
            parts.append(rows.assign(channel=channel, account=name))
    return pd.concat(parts, ignore_index=True)


def plan(file: Path, results: Path, borrow: bool) -> BatchSummary:
    asked = Asked(str(file), template(), str(results), borrow=borrow, keep_curves=True)
    return plan_accounts(asked, one_by_one())


def error(results: Path, name: str) -> float:
    """How far the carry-over of an account's channels is from the truth, all together."""
    text = (results / curves_name(name)).read_text().partition("\n")[2]
    curves = from_json(text, name)
    return sum(abs(curves[channel].carry_over - decay) for channel, decay in DECAYS.items())


def test_short_histories_borrow_and_a_rerun_changes_nothing(tmp_path) -> None:
    weeks = {f"long {n}": 104 for n in range(6)} | {"short a": 26, "short b": 26, "wrong": 26}
    frame = table(weeks)
    frame.loc[frame["account"] == "wrong", "conversions"] = 0.0
    file = tmp_path / "accounts.parquet"
    frame.to_parquet(file)
    alone, borrowing = tmp_path / "alone", tmp_path / "borrowing"
    for results, borrow in ((alone, False), (borrowing, True)):
        found = plan(file, results, borrow)
        assert (found.planned, found.failed) == (8, 1)
    short = [sum(error(results, f"short {x}") for x in "ab") for results in (borrowing, alone)]
    assert short[0] < 0.8 * short[1]
    again = plan(file, borrowing, borrow=True)
    assert (again.kept, again.planned) == (9, 8)
