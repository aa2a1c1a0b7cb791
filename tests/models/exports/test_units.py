"""Money in parts of a unit: by the column's name, by the currency, else asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import HistoryError
from models.exports.combine.combine import Imported, read_exports
from models.exports.options import ReadOptions

BUDGET = ReadOptions(columns={"spend": "daily_budget"})


def meta(path: Path, column: str, amounts: list[str], currency: str = "") -> Path:
    """Meta's own API table."""
    head = f"date_start,date_stop,campaign_id,{column},actions_purchase"
    rows = [f"2026-08-{n:02},2026-08-{n:02},c1,{a},1" for n, a in enumerate(amounts, start=1)]
    if currency:
        head, rows = f"{head},account_currency", [f"{row},{currency}" for row in rows]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def spent(imported: Imported) -> float:
    return float(imported.frame["spend"].sum())


@pytest.mark.parametrize(
    ("currency", "total"), [("EUR", 45.0), ("VND", 4500.0), ("JPY", 4500.0), ("KWD", 4.5)]
)
def test_an_apis_budgets_count_in_the_smallest_unit(
    tmp_path: Path, currency: str, total: float
) -> None:
    imported = read_exports(
        [meta(tmp_path / "b.csv", "daily_budget", ["1500"] * 3, currency)], BUDGET
    )
    assert spent(imported) == pytest.approx(total)
    notices = imported.reconciliation.files[0].notices
    assert any("is a budget: what may be spent, not what was" in one for one in notices)
    assert any("is divided by" in one for one in notices) == (total != 4500.0)


def test_without_a_currency_the_smallest_unit_is_asked(tmp_path: Path) -> None:
    path = meta(tmp_path / "b.csv", "daily_budget", ["1500"] * 3)
    with pytest.raises(HistoryError, match=r"smallest unit.*Say it: --currency b\.csv=CODE"):
        read_exports([path], BUDGET)
    told = ReadOptions(columns={"spend": "daily_budget"}, currency={"b.csv": "VND"})
    assert spent(read_exports([path], told)) == 4500.0


def test_what_was_spent_is_in_whole_units_on_the_same_table(tmp_path: Path) -> None:
    assert spent(read_exports([meta(tmp_path / "a.csv", "spend", ["15"] * 3, "EUR")])) == 45.0


@pytest.mark.parametrize(
    ("column", "currency", "total"),
    [
        ("spend_cents", "", 45.0),
        ("spend_cents", "USD", 45.0),
        ("spend_minor_units", "VND", 4500.0),
        ("cost_micros", "VND", 0.0045),
    ],
)
def test_units_by_the_columns_name(
    tmp_path: Path, column: str, currency: str, total: float
) -> None:
    head, tail = ("date,campaign,currency", f",{currency}") if currency else ("date,campaign", "")
    rows = [f"2026-08-{n:02},A{tail},1500,1" for n in range(1, 4)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([f"{head},{column},conversions", *rows]) + "\n", encoding="utf-8")
    options = ReadOptions(platform={"": "other"}, columns={"spend": column})
    assert spent(read_exports([path], options)) == pytest.approx(total)


@pytest.mark.parametrize("text", ["$126", "126 €", "US$126", "126 USD", "€ 126.00"])
def test_a_mark_of_money_is_no_part_of_the_number(tmp_path: Path, text: str) -> None:
    rows = [f"2026-08-{n:02},A,{text},1" for n in range(1, 4)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["date,campaign,spend,conversions", *rows]) + "\n", encoding="utf-8")
    assert spent(read_exports([path], ReadOptions(platform={"": "other"}))) == 378.0
