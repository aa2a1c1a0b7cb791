"""The frontier that a sweep found, as a part of the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import Fault, InputError
from models.files import read_small
from models.phrases import Text, capital, said
from scenarios.language.numbers import rate
from scenarios.plan.money import Measure, measure, money_of
from scenarios.plan.plan import Plan
from scenarios.report.page.charts import LINE, PROPOSED, Figure, figure, measured, scaled
from scenarios.report.prose.glossary import METRIC
from scenarios.report.prose.sentences import OBJECTIVES

SCHEMA = "budgetopt/sweep/1"
HOW = "`budgetopt sweep SCENARIO --budget 80k:200k:13 --output sweep.json` writes one."


class SweepRecord(BaseModel):
    """What is read of a sweep's document; a later one may hold more."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SweepAxis(SweepRecord):
    """The number that was varied, by its key in the scenario."""

    key: str


class SweepPoint(SweepRecord):
    """The optimum at one value; without totals where there is none, and why."""

    at: tuple[float, ...]
    status: str
    spend: float | None = None
    conversions: float | None = None
    revenue: float | None = None
    profit: float | None = None
    cpa: float | None = None
    roas: float | None = None
    price: float | None = None
    reason: Text | None = None


class SweepDocument(SweepRecord):
    """A sweep along one number."""

    schema_name: str = Field(alias="schema")
    objective: str
    axes: tuple[SweepAxis, ...]
    points: tuple[SweepPoint, ...]


def read_sweep(path: Path) -> SweepDocument:
    """Read what `budgetopt sweep` wrote; InputError where it is none, or has two axes."""
    try:
        content: Any = json.loads(read_small(path))
    except FileNotFoundError:
        raise InputError(Fault(str(path), "there is no such file", HOW)) from None
    except (ValueError, IsADirectoryError, RecursionError):
        raise InputError(Fault(str(path), "this is not a sweep: it is not JSON", HOW)) from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        problem = f"this is not a sweep that can be read: its schema is {schema or 'not named'}"
        raise InputError(Fault(str(path), problem, HOW))
    try:
        found = SweepDocument.model_validate(content)
    except ValidationError as error:
        from scenarios.definition.faults import document_faults

        raise InputError(document_faults(error, str(path), HOW)) from None
    if len(found.axes) != 1:
        problem = f"it varies {len(found.axes)} numbers, and only one can be drawn as a frontier"
        raise InputError(Fault(str(path), problem, HOW))
    return found


def frontier_chart(found: SweepDocument, plan: Plan) -> Figure:
    """The objective along the swept number, and where the plan itself stands."""
    goal, key = _goal(found), found.axes[0].key
    across, up = (measure(name, money_of(plan)) for name in (_kind(key), goal))
    solved = [
        (point.at[0], height)
        for point in found.points
        if (height := getattr(point, goal)) is not None
    ]
    line = {
        "type": "scatter", "mode": "lines+markers", "name": said("best possible"),
        "x": [scaled(x, across) for x, _ in solved], "y": [scaled(y, up) for _, y in solved],
        "customdata": [[_at(x, across), up.told(y)] for x, y in solved],
        "line": {"color": LINE, "width": 2}, "marker": {"color": LINE, "size": 6},
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
    }  # fmt: skip
    traces = [line]
    height = getattr(plan.proposed, goal, None)
    if key == "budget" and plan.proposed is not None and height is not None:
        traces.append({
            "type": "scatter", "mode": "markers", "name": said("this plan"),
            "x": [scaled(plan.proposed.spend, across)], "y": [scaled(height, up)],
            "customdata": [[across.told(plan.proposed.spend), up.told(height)]],
            "marker": {"symbol": "diamond", "size": 13, "color": PROPOSED,
                       "line": {"color": "#1B2733", "width": 1.5}},
            "hovertemplate": said(
                "this plan: %{{customdata[0]}} brings %{{customdata[1]}}<extra></extra>"
            ),
        })  # fmt: skip
    return figure(
        traces, 360, xaxis=measured(key, across), yaxis=measured(OBJECTIVES.get(goal, goal), up)
    )


def frontier_rows(
    found: SweepDocument, plan: Plan
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Heads and rows of the frontier's table; an impossible value says why."""
    money = money_of(plan)
    across = measure(_kind(found.axes[0].key), money)
    keys = ("spend", "conversions", "revenue", "cpa", "roas")
    shown = {key: measure(key, money) for key in keys}
    heads = [
        across.head(found.axes[0].key),
        *(shown[key].head(capital(METRIC[key])) for key in keys),
        said("One more of budget brings"),
        said("Why there is none"),
    ]
    rows = [
        [
            _at(point.at[0], across, is_bare=True),
            *(shown[key].bare(getattr(point, key)) for key in keys),
            rate(point.price),
            point.reason or "",
        ]
        for point in found.points
    ]
    return heads, rows


def _kind(key: str) -> str:
    """The metric that a swept number is written as; any but money and a CPA as a plain one."""
    last = key.rsplit(".", 1)[-1]
    if last in ("budget", "min_spend", "max_spend", "revenue", "min_revenue"):
        return "spend"
    return "cpa" if last in ("cpa", "max_cpa", "max_marginal_cpa") else "conversions"


def _at(value: float, across: Measure, is_bare: bool = False) -> str:
    """A swept value; a small one that is no money with the digits that it has."""
    if across.factor == 1.0 and not across.unit and abs(value) < 10:
        return rate(value)
    return across.bare(value) if is_bare else across.told(value)


def _goal(found: SweepDocument) -> str:
    return found.objective if found.objective in SweepPoint.model_fields else "revenue"
