"""Two bridges: from what the books say to today as a plan scores it, and from there to the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.phrases import said
from scenarios.plan.plan import Plan

KEYS = ("spend", "conversions", "revenue")
TITLE = said("From the books to today")
GAIN = said("From today to the plan")
NOTE = said(
    "Today is not what was booked: the days are stretched to the plan's, the response is that of "
    "the plan's season, and each channel stands on its curve, which knows no single week's luck."
)
SMOOTHED = said("On the curves instead of as booked")
WITHOUT = said("Without what comes by itself, and on the curves")


@dataclass(frozen=True)
class Step:
    """A line of a bridge: what is added, or (where it is a level) what has been reached.

    `label` is its title in a picture, in a word.
    """

    title: str
    label: str
    values: Mapping[str, float]
    is_level: bool = False


@dataclass(frozen=True)
class Books:
    """What the first bridge is computed from.

    Parameters
    ----------
    booked : sums of the last days of the history, by metric
    days, plan_days : how many those days are, and the plan's
    factor : mean response of the plan's days over that of an average day, by metric; of spend 1
    today : as the plan scores it
    is_mix : whether the books also hold what comes without advertising
    """

    first: date
    last: date
    booked: Mapping[str, float]
    days: int
    plan_days: float
    factor: Mapping[str, float]
    today: Mapping[str, float]
    is_mix: bool


def books_of(plan: Plan) -> Books | None:
    """What a plan knows of its history's last days; None where it was not made from one."""
    found, now = plan.performance, plan.current
    if found is None or now is None or plan.proposed is None:
        return None
    booked, today, factor = {}, {}, {}
    for key in KEYS:
        scored, sum_ = getattr(now, key), found.total.now.get(key)
        seasonal = _factor(plan, key)
        if scored is None or sum_ is None or seasonal is None:
            continue
        booked[key], today[key], factor[key] = sum_, scored, seasonal
    if len(booked) < 2:  # spend alone tells nothing
        return None
    return Books(
        found.first, found.last, booked, found.days, plan.period.days, factor, today,
        is_mix=not found.channels,
    )  # fmt: skip


def _factor(plan: Plan, key: str) -> float | None:
    """How much more the plan's days bring than average ones would at today's spend."""
    if key == "spend":
        return 1.0
    scored, plain = [], []
    for _, row in plan.rows():
        value = getattr(row, f"current_{key}")
        if value is None:
            return None
        scored.append(value)
        plain.append(value / row.season if row.season else 0.0)
    total = math.fsum(plain)
    return math.fsum(scored) / total if total else None


def from_books(books: Books) -> list[Step]:
    """The bridge from the booked sums to today, whose steps add up."""
    stretch = books.plan_days / books.days
    scaled = {key: value * stretch for key, value in books.booked.items()}
    seasonal = {key: value * books.factor[key] for key, value in scaled.items()}
    booked = said("Booked, {first} to {last}", first=books.first, last=books.last)
    stretched = said(
        "Stretched from {days} to {plan_days:g} days", days=books.days, plan_days=books.plan_days
    )
    season = said("Season and events of the plan's days")
    curves = WITHOUT if books.is_mix else SMOOTHED
    return [
        Step(booked, said("booked"), books.booked, is_level=True),
        Step(stretched, said("days"), _less(scaled, books.booked)),
        Step(season, said("season"), _less(seasonal, scaled)),
        Step(curves, said("curves"), _less(books.today, seasonal)),
        Step(said("Today, as scored"), said("today"), books.today, is_level=True),
    ]


def _less(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {key: after[key] - before[key] for key in after}


def result_of(plan: Plan) -> str | None:
    """What the second bridge is about: revenue, or conversions where no revenue is known."""
    for key in ("revenue", "conversions"):
        sides = [getattr(row, side + key) for row in plan.channels for side in ("current_", "")]
        if sides and None not in sides and plan.current and plan.proposed:
            return key
    return None


def to_plan(plan: Plan) -> list[Step]:
    """The bridge from today to the proposal, a step per channel that changes, losses first."""
    key = result_of(plan)
    if key is None or plan.current is None or plan.proposed is None:
        return []
    changes = [(row.channel, getattr(row, key) - getattr(row, f"current_{key}"))
               for row in plan.channels]  # fmt: skip
    steps = [Step(name, name, {key: change}) for name, change in sorted(changes, key=lambda c: c[1])
             if abs(change) > 0.005]  # fmt: skip
    if not steps:
        return []
    today, then = ({key: getattr(side, key)} for side in (plan.current, plan.proposed))
    return [
        Step(said("Today"), said("today"), today, is_level=True),
        *steps,
        Step(said("Proposed"), said("proposed"), then, is_level=True),
    ]
