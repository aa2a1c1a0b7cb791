"""A plan as rows of a table, one per channel and period, for CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from scenarios.plan.plan import Plan
from scenarios.plan.rounding import significant
from scenarios.tracking.relearn import Learning, Lesson
from scenarios.tracking.track import Track, Tracking
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


SCHEMA = "budgetopt/track/1"


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


def track_json(found: Tracking, learnt: Learning | None) -> str:
    """The tracking as a document."""
    document = {
        "schema": SCHEMA,
        "plan": found.plan.name,
        "actuals": found.name,
        "currency": found.plan.currency,
        "kpi": found.plan.kpi,
        "until": found.until.isoformat(),
        "days": found.days,
        "settled_days": found.settled,
        "of_days": found.of_days,
        "channels": [_track(track) for track in found.channels],
        "total": _track(found.total),
        "learnt": None if learnt is None else _learning(learnt),
        "notices": list(found.notices),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _track(track: Track) -> dict[str, Any]:
    content = {key: _rounded(value) for key, value in asdict(track).items()}
    content["variances"] = {
        name: asdict(one) | {"difference": one.difference} for name, one in track.variances.items()
    }
    content["judgement"] = {k: _rounded(v) for k, v in asdict(track.judgement).items()}
    return content


def _learning(learnt: Learning) -> dict[str, Any]:
    content = {key: _rounded(value) for key, value in asdict(learnt).items()}
    content["start"] = learnt.start.isoformat()
    content["lessons"] = [_lesson(lesson) for lesson in learnt.lessons]
    return content


def _lesson(lesson: Lesson) -> dict[str, Any]:
    content = {key: _rounded(value) for key, value in asdict(lesson).items()}
    return content | {"turns": lesson.turns}


def _rounded(value: Any) -> Any:
    return significant(value) if isinstance(value, float) else value
