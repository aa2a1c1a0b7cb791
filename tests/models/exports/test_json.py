"""JSON of APIs and pipelines reads as the flat table of the same rows does."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import HistoryError
from models.exports.combine.combine import read_exports

GOLDEN = Path(__file__).parent / "golden"


def rows_of(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def deep(row: dict[str, str]) -> dict[str, Any]:
    """``metrics.clicks`` as ``{"metrics": {"clicks": ...}}``."""
    nested: dict[str, Any] = {}
    for name, value in row.items():
        *path, last = name.split(".")
        inside = nested
        for step in path:
            inside = inside.setdefault(step, {})
        inside[last] = value
    return nested


def with_actions(row: dict[str, str]) -> dict[str, Any]:
    """Meta's row as its API gives it: results as lists by type."""
    plain = {name: value for name, value in row.items() if not name.startswith("action")}
    for name in ("actions", "action_values"):
        plain[name] = [  # pyright: ignore[reportArgumentType]
            {"action_type": "link_click", "value": "77"},
            {"action_type": "purchase", "value": row[f"{name}_purchase"]},
        ]
    return plain


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def airbyte(rows: list[Any]) -> str:
    """Airbyte's raw table as CSV: an id, a time, and the row as JSON."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["_airbyte_ab_id", "_airbyte_emitted_at", "_airbyte_data"])
    writer.writerows([n, "2026-09-01 00:00:00", json.dumps(row)] for n, row in enumerate(rows))
    return stream.getvalue()


GOOGLE = rows_of("google_ads/gaql.csv")
META = rows_of("meta/insights.csv")


@pytest.mark.parametrize(
    ("golden", "text"),
    [
        ("google_ads/gaql.csv", json.dumps([deep(row) for row in GOOGLE])),
        ("google_ads/gaql.csv", json.dumps({"results": [deep(row) for row in GOOGLE]}, indent=2)),
        ("google_ads/gaql.csv", json.dumps([{"results": [deep(row)]} for row in GOOGLE])),
        ("google_ads/gaql.csv", lines([deep(row) for row in GOOGLE])),
        ("google_ads/gaql.csv", airbyte([deep(row) for row in GOOGLE])),
        ("google_ads/gaql.csv", lines([{"_airbyte_data": deep(row)} for row in GOOGLE])),
        ("google_ads/airbyte.csv", airbyte(rows_of("google_ads/airbyte.csv"))),
        ("meta/insights.csv", json.dumps({"data": [with_actions(row) for row in META]})),
        ("meta/insights.csv", airbyte([with_actions(row) for row in META])),
        ("meta/insights.csv", lines([with_actions(row) for row in META])),
    ],
)
def test_nested_rows_read_as_flat_ones(tmp_path: Path, golden: str, text: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(text, encoding="utf-8")
    imported = read_exports([path])
    flat = read_exports([GOLDEN / golden])
    pd.testing.assert_frame_equal(imported.frame, flat.frame)
    rows = [one.rows_read for one in imported.reconciliation.files]
    assert rows == [one.rows_read for one in flat.reconciliation.files]


def test_actions_in_a_csv(tmp_path: Path) -> None:
    """As a warehouse hands on Meta's insights: a column of JSON beside plain ones."""
    stream = io.StringIO()
    rows = [
        {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in row.items()
        }
        for row in map(with_actions, META)
    ]
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "insights.csv"
    path.write_text(stream.getvalue(), encoding="utf-8")
    flat = read_exports([GOLDEN / "meta/insights.csv"])
    pd.testing.assert_frame_equal(read_exports([path]).frame, flat.frame)


def test_values_of_one_type_are_summed(tmp_path: Path) -> None:
    """As with a breakdown by device: both purchases count."""
    row = with_actions(META[0])
    row["actions"] += [{"action_type": "purchase", "value": "2", "action_device": "ipad"}]
    path = tmp_path / "insights.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    frame = read_exports([path]).frame
    assert frame["conversions"].tolist() == [float(META[0]["actions_purchase"]) + 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"date_start": "2026-08-01", "spend": 1},', "cannot be read as JSON"),
        ('{"a": 1}\n{"a": \n', r"export\.json, line 2: cannot be read as JSON"),
        ('[{"a": 1}, 2]', "is no row of JSON"),
        ('{"data": []}', r"."),
        ("[" + '{"a":' * 5000, "cannot be read as JSON"),
    ],
)
def test_what_is_no_json_is_refused_in_words(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HistoryError, match=message):
        read_exports([path])


@settings(max_examples=25)
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: (
    st.lists(inner) | st.dictionaries(st.text(), inner)), max_leaves=12))  # fmt: skip
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps([{"date_start": "2026-08-01", "spend": value, "x": value}]), "utf-8")
    with pytest.raises(HistoryError) as caught:  # it lacks the conversions in any case
        read_exports([path])
    assert all(fault.problem for fault in caught.value.faults)
