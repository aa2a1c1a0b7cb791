"""A plan, and a plan against what happened, as rows of a table for CSV."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.plan.plan import Plan
from scenarios.plan.rounding import significant
from scenarios.tracking.track import Tracking
from scenarios.tracking.variance import PARTS

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


def track_rows(found: Tracking) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per channel and the total."""
    measures = [name for name in ("conversions", "revenue") if name in found.total.variances]
    parts = ("planned", *PARTS, "actual")
    yield (
        *("channel", "planned_spend", "expected_spend", "spent", "projected_spend"),
        *(f"{measure}_{part}" for measure in measures for part in parts),
        *("verdict", "settled_expected", "low", "high", "settled_actual"),
        *("planned_cpa", "cpa", "planned_roas", "roas"),
    )
    for track in (*found.channels, found.total):
        one = track.judgement
        yield (
            *(track.channel, track.planned_spend, track.expected_spend),
            *(track.spent, track.projected_spend),
            *(getattr(track.variances[name], part) for name in measures for part in parts),
            one.verdict,
            *(significant(value) for value in (one.expected, one.low, one.high, one.actual)),
            *(significant(value, 7) for value in (track.planned_cpa, track.cpa)),
            *(significant(value, 7) for value in (track.planned_roas, track.roas)),
        )
