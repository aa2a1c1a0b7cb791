"""The document that `budgetopt track --format json` prints: its model, and how it is filled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Literal, get_type_hints

from pydantic import ConfigDict, Field, create_model

from scenarios.plan.plan import Record
from scenarios.plan.rounding import significant
from scenarios.tracking.relearn import Learning, Lesson
from scenarios.tracking.track import Track, Tracking
from scenarios.tracking.variance import Judgement, Variance

SCHEMA: Literal["budgetopt/track/1"] = "budgetopt/track/1"


def recorded(kind: type, **others: Any) -> type[Record]:
    """A record of a dataclass's fields, of which `others` are of another type, or come on top."""
    hints = get_type_hints(kind)
    types = {field.name: hints[field.name] for field in fields(kind)} | others
    columns: dict[str, Any] = {name: (annotation, ...) for name, annotation in types.items()}
    return create_model(kind.__name__, __base__=Record, __doc__=kind.__doc__, **columns)


class VarianceRecord(recorded(Variance, difference=float | None)):
    """A result, its parts, and their sum."""


class TrackRecord(
    recorded(Track, variances=Mapping[str, VarianceRecord], judgement=recorded(Judgement))
):
    """One channel, or the total."""


class LearningRecord(recorded(Learning, lessons=tuple[recorded(Lesson, turns=bool), ...])):
    """What was learnt, for the money and the days that are left."""


class TrackDocument(Record):
    """A plan against what happened, month to date."""

    model_config = ConfigDict(populate_by_name=True)
    schema_name: Literal["budgetopt/track/1"] = Field(default=SCHEMA, alias="schema")
    plan: str
    actuals: str
    currency: str | None
    kpi: Literal["conversions", "revenue"]
    until: date
    days: int
    settled_days: int
    of_days: int
    channels: tuple[TrackRecord, ...]
    total: TrackRecord
    learnt: LearningRecord | None
    notices: tuple[str, ...]


def track_json(found: Tracking, learnt: Learning | None) -> str:
    """The tracking as a document."""
    document = TrackDocument(
        plan=found.plan.name,
        actuals=found.name,
        currency=found.plan.currency,
        kpi=found.plan.kpi,
        until=found.until,
        days=found.days,
        settled_days=found.settled,
        of_days=found.of_days,
        channels=tuple(map(_track, found.channels)),
        total=_track(found.total),
        learnt=None if learnt is None else _learning(learnt),
        notices=tuple(found.notices),
    )
    content = document.model_dump(mode="json", by_alias=True)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _track(track: Track) -> TrackRecord:
    variances = {
        name: asdict(one) | {"difference": one.difference} for name, one in track.variances.items()
    }
    own = {"variances": variances, "judgement": _rounded(track.judgement)}
    return TrackRecord(**_rounded(track) | own)


def _learning(learnt: Learning) -> LearningRecord:
    lessons = [_rounded(lesson) | {"turns": lesson.turns} for lesson in learnt.lessons]
    return LearningRecord(**_rounded(learnt) | {"lessons": lessons})


def _rounded(found: Track | Judgement | Learning | Lesson) -> dict[str, Any]:
    """The fields of a finding, figures without noise."""
    content = {field.name: getattr(found, field.name) for field in fields(found)}
    return {k: significant(v) if isinstance(v, float) else v for k, v in content.items()}
