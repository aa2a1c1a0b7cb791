"""A plan as rows of a table, one per channel and period, for CSV."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.plan import Plan

COLUMNS = (
    "channel",
    "current_spend",
    "spend",
    "change",
    "current_conversions",
    "conversions",
    "current_revenue",
    "revenue",
    "cpa",
    "roas",
    "marginal_cpa",
    "marginal_roas",
    "min_spend",
    "max_spend",
    "binding",
    "evidence",
    "is_extrapolated",
)


def plan_rows(plan: Plan) -> Iterator[tuple[object, ...]]:
    """A row of names, then one for each channel (of each period, where there are several)."""
    has_periods = bool(plan.periods)
    yield ("period", *COLUMNS) if has_periods else COLUMNS
    for period, row in plan.rows():
        values = row.model_dump(include=set(COLUMNS))
        cells = [values[name] for name in COLUMNS]
        cells[COLUMNS.index("binding")] = " ".join(row.binding)
        yield (period.label, *cells) if period is not None else tuple(cells)
