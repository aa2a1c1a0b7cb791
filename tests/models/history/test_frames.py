"""A DataFrame is read as the file that it would be written to, and a history is written back."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Fault, HistoryError
from models.history.history import History
from models.history.read import read_history

TODAY = date(2026, 12, 1)
DAYS = pd.date_range("2026-01-05", periods=40)


def tidy(**replaced: object) -> pd.DataFrame:
    """Two channels over forty days."""
    count = 2 * len(DAYS)
    columns = {
        "date": DAYS.repeat(2),
        "channel": ["search", "tv"] * len(DAYS),
        "spend": 100.0 + np.arange(count),
        "conversions": (np.arange(count) % 7) * 1.0,
    }
    return pd.DataFrame(columns | replaced)


def mix() -> pd.DataFrame:
    steps = np.arange(len(DAYS)) * 1.0
    return pd.DataFrame(
        {
            "date": DAYS,
            "tv_spend": 50.0 + steps,
            "orders": 5.0 + steps % 3,
            "price": 9.0 - steps % 2,
        }
    )


def read(source: pd.DataFrame | Path, **declared: object) -> History:
    return read_history(source, today=TODAY, **declared)


def faults_of(source: pd.DataFrame | Path) -> tuple[Fault, ...]:
    with pytest.raises(HistoryError) as caught:
        read(source)
    return caught.value.faults


def assert_same(one: History, other: History) -> None:
    pd.testing.assert_frame_equal(one.spend, other.spend, check_freq=False)
    assert list(one.metrics) == list(other.metrics)
    for name, panel in one.metrics.items():
        pd.testing.assert_frame_equal(panel, other.metrics[name], check_freq=False)
    pd.testing.assert_frame_equal(one.controls, other.controls, check_freq=False)
    assert one.period_days == other.period_days


def test_a_frame_is_read_as_the_csv_that_it_would_be(tmp_path) -> None:
    file = tmp_path / "history.csv"
    tidy().to_csv(file, index=False)
    found, expected = read(tidy()), read(file)
    assert_same(found, expected)
    assert found.notices == expected.notices
    assert found.source.file == "DataFrame"
    assert (found.source.sha256, found.source.rows) == (expected.source.sha256, 80)


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("date", [day.date() for day in DAYS.repeat(2)]),
        ("date", DAYS.repeat(2).strftime("%Y-%m-%d")),
        ("date", DAYS.repeat(2).tz_localize("UTC")),
        ("date", DAYS.repeat(2).to_period("D")),
        ("channel", pd.Categorical(["search", "tv"] * len(DAYS))),
        ("channel", pd.array(["search", "tv"] * len(DAYS), dtype="string")),
        ("spend", pd.array(range(100, 180), dtype="Int64")),
        ("spend", [Decimal(100 + step) for step in range(80)]),
        ("spend", [str(100 + step) for step in range(80)]),
        ("spend", pd.arrays.SparseArray(100.0 + np.arange(80))),
        ("spend", pd.Categorical(range(100, 180))),
    ],
)
def test_any_type_that_says_the_same_is_read_the_same(column, cells) -> None:
    assert_same(read(tidy(**{column: cells})), read(tidy()))


def test_named_indexes_are_columns_and_others_are_not_looked_at() -> None:
    assert_same(read(tidy().set_index(["date", "channel"])), read(tidy()))
    assert_same(read(tidy().set_axis(np.arange(80)[::-1])), read(tidy()))


def test_the_frame_stays_as_it_was() -> None:
    given_, before = tidy(channel=pd.Categorical(["search", "tv"] * 40)), tidy()
    read(given_)
    pd.testing.assert_frame_equal(given_.astype({"channel": before.channel.dtype}), before)


WRONG = st.sampled_from(
    [
        *(("spend", cell) for cell in ("12x", "", "1e999", "1,000")),
        *(("conversions", cell) for cell in ("none", "")),
        *(("date", cell) for cell in ("2026-13-01", "01/02/2026", "", "2031-01-01", "1980-01-01")),
        *(("channel", cell) for cell in ("", "TV", "Total")),
    ]
)


@given(st.lists(st.tuples(st.integers(0, 79), WRONG), min_size=1, max_size=6))
def test_the_faults_are_those_of_the_file_each_at_its_row(tmp_path_factory, wrong) -> None:
    frame = tidy().astype({"date": str}).astype(object)
    for row, (column, cell) in wrong:
        frame.loc[row, column] = cell
    file = tmp_path_factory.mktemp("wrong") / "history.csv"
    frame.to_csv(file, index=False)
    of_file = [(fault.where, fault.problem, fault.remedy) for fault in faults_of(file)]
    found = [(fault.where, fault.problem, fault.remedy) for fault in faults_of(frame)]

    def as_row(text: str) -> str:
        """What is said of a line of the file, said of the frame: the headers stand in line 1."""
        text = text.replace(str(file), "DataFrame")
        for row in reversed(range(80)):
            text = text.replace(f"line {row + 2},", f"row .iloc[{row}],")
            if text.endswith(f"line {row + 2}"):
                text = text.removesuffix(f"line {row + 2}") + f"row .iloc[{row}]"
        return text

    assert found == [tuple(map(as_row, parts)) for parts in of_file]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (tidy().iloc[:0], "DataFrame: there are headers but no rows. Add one row per date"),
        (tidy().drop(columns="spend"), "DataFrame: column spend is missing"),
        (
            tidy(spend=[1.0, None] * 40),
            r"DataFrame, row \.iloc\[1\], column spend: the cell is empty",
        ),
        (tidy(spend=[1j] * 80), r"row \.iloc\[0\], column spend: '1j' is not a number"),
        (tidy(spend=pd.to_timedelta([1] * 80)), "column spend: .* is not a number"),
        (
            tidy().set_axis(["date", "channel", "spend", "spend"], axis=1),
            "two columns are called 'spend'",
        ),
        (
            tidy().set_axis(pd.MultiIndex.from_product([["a"], tidy().columns]), axis=1),
            "the columns have 2 levels. Give each column one name",
        ),
    ],
)
def test_what_a_frame_alone_can_have_wrong_is_named(frame, message) -> None:
    with pytest.raises(HistoryError, match=message):
        read(frame)


def test_what_is_no_frame_is_refused_as_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="a file or a pandas DataFrame, not a list"):
        read_history([1, 2])  # type: ignore[arg-type]


@pytest.mark.parametrize("declared", [{}, {"grain": "day"}, {"controls": ("price",)}])
def test_a_tidy_history_goes_out_as_it_can_come_in(declared) -> None:
    history = read(tidy(price=np.repeat(np.arange(40) * 1.0, 2)), **declared)
    frame = history.to_frame()
    assert list(frame.columns) == [
        *("date", "channel", "spend", "conversions"),
        *declared.get("controls", ()),
    ]
    assert len(frame) == len(history.dates) * 2
    assert frame["spend"].sum() == pytest.approx(tidy()["spend"].sum())
    assert_same(read(frame, **declared), history)


def test_a_mix_goes_out_as_it_can_come_in() -> None:
    history = read(mix(), shape="mix", kpi="orders", spend={"tv": "tv_spend"}, controls=("price",))
    frame = history.to_frame()
    assert list(frame.columns) == ["date", "tv_spend", "conversions", "price"]
    again = read(frame, shape="mix", kpi="conversions", controls=("price",))
    assert_same(again, history)


def test_a_history_says_in_a_line_what_it_is() -> None:
    assert repr(read(tidy())) == (
        "History (tidy): 2 channels, 40 days from 2026-01-05 to 2026-02-13, conversions"
    )
