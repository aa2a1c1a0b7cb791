"""The optimum over a range of any number: the frontier, and where rules begin to bind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from models.errors import Fault, ScenarioError
from models.phrases import to_data
from optimizer.allocation import Allocation
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import is_signed, scaled
from scenarios.planning import Evidence, Say, allocation_of

SCHEMA = "budgetopt/sweep/1"
MOST_POINTS = 2_000
MOST_REASONS = 2
RANGE = re.compile(r"([^:]+):([^:]+):(\d+)")


@dataclass(frozen=True)
class Axis:
    """A number of the scenario, and the values it takes.

    Parameters
    ----------
    key : its key path in the scenario file
    values : amounts, or fractions where it is a percentage
    is_change : amounts are more or less than today's
    """

    key: str
    values: tuple[float, ...]
    is_percent: bool = False
    is_change: bool = False

    @property
    def is_absolute(self) -> bool:
        """Whether its values are amounts as they stand."""
        return not (self.is_percent or self.is_change)

    def setting(self, value: float) -> str:
        """The ``key=value`` that sets it."""
        sign = "+" if self.is_change else ""
        text = f"{value * 100:+.10g}%" if self.is_percent else f"{value:{sign}.12g}"
        return f"{self.key}={text}"


@dataclass(frozen=True)
class Point:
    """The optimum at one place of the sweep; where there is none, `reason` may say why.

    Parameters
    ----------
    at : value on each axis
    price : objective gained by one more unit of budget
    spend : by channel, money for the period
    binding : rules that stop it, by place; those of the defaults with their channel
    """

    at: tuple[float, ...]
    allocation: Allocation
    reason: str | None = None

    @property
    def spend(self) -> Mapping[str, float]:
        return self.allocation.spend()

    @property
    def price(self) -> float | None:
        return next(
            (rule.shadow_price for rule in self.allocation.rules if rule.rule.kind == "budget"),
            None,
        )

    @property
    def binding(self) -> tuple[str, ...]:
        return tuple(
            _place(outcome.rule.path or outcome.rule.kind, outcome.rule.channels)
            for outcome in self.allocation.rules
            if outcome.is_binding and outcome.rule.kind != "budget"
        )

    def figure(self, name: str) -> float | None:
        """A total of the proposal by its name; None where it is not known."""
        return getattr(self.allocation.proposed, name) if self.allocation.proposed else None


@dataclass(frozen=True)
class Sweep:
    """Optima along one number, or over a grid of two."""

    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    objective: str
    currency: str | None

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for point in self.points for name in point.spend))

    def changes(self) -> list[tuple[str, float | None, float | None]]:
        """Along one number, each rule that binds in a part of it: first and last value there.

        None in place of an end at which the range itself begins or ends.
        """
        solved = [point for point in self.points if point.spend]
        found = []
        for rule in dict.fromkeys(name for point in solved for name in point.binding):
            where = [i for i, point in enumerate(solved) if rule in point.binding]
            first = None if where[0] == 0 else solved[where[0]].at[0]
            last = None if where[-1] == len(solved) - 1 else solved[where[-1]].at[0]
            if (first, last) != (None, None):
                found.append((rule, first, last))
        return found


def _place(path: str, channels: Sequence[str]) -> str:
    return f"{path} ({', '.join(channels)})" if path.startswith("defaults.") else path


def split_settings(settings: Sequence[str]) -> tuple[list[str], list[Axis]]:
    """Settings to those that hold throughout, and the ranges.

    Raises
    ------
    ScenarioError : no range, too many of them, or one that is none
    """
    fixed, axes = [], []
    for setting in settings:
        key, _, text = setting.partition("=")
        if match := RANGE.fullmatch(text.strip()):
            axes.append(_axis(key.strip(), match, f"--set {setting}"))
        else:
            fixed.append(setting)
    if not 1 <= len(axes) <= 2:
        problem = f"{len(axes)} ranges are given: one or two can be swept"
        remedy = "Write a range as --budget 80k:200k:13, or --set portfolio.max_cpa=40:60:11."
        raise ScenarioError(Fault("", problem, remedy))
    points = 1
    for axis in axes:
        points *= len(axis.values)
    if points > MOST_POINTS:
        raise ScenarioError(Fault("", f"{points:,} points are more than {MOST_POINTS:,}"))
    return fixed, axes


def _axis(key: str, match: re.Match[str], source: str) -> Axis:
    texts = [match[i].strip() for i in (1, 2)]
    ends = [scaled(text.removesuffix("%")) for text in texts]
    count = int(match[3])
    if None in ends or count < 2:
        remedy = "Write it as FROM:TO:POINTS, with at least 2 points, e.g. 80k:200k:13."
        raise ScenarioError(Fault(source, f"'{match[0]}' is not a range", remedy))
    is_percent = texts[0].endswith("%")
    if is_percent != texts[1].endswith("%"):
        raise ScenarioError(Fault(source, "one end is a percentage and the other is not"))
    is_change = not is_percent and any(text.startswith("+") for text in texts)
    if is_change and not all(map(is_signed, texts)):
        remedy = "Give both a sign, as in -20k:+50k:8, or none."
        raise ScenarioError(Fault(source, "one end is a change and the other an amount", remedy))
    low, high = (end for end in ends if end is not None)
    scale = 0.01 if is_percent else 1.0
    values = tuple(scale * (low + (high - low) * i / (count - 1)) for i in range(count))
    return Axis(key, values, is_percent, is_change)


def sweep(
    scenario: Scenario, axes: Sequence[Axis], evidence: Evidence, say: Say = lambda _: None
) -> Sweep:
    """Solve the scenario at every point of the range, or of the grid of two.

    Raises
    ------
    ScenarioError : a value that its key does not take
    """
    from scenarios.question.resolve import resolve

    places = list(product(*(axis.values for axis in axes)))
    points: list[Point] = []
    objective, explained = "", 0
    for number, at in enumerate(places, start=1):
        say(f"Finding the best split, {number} of {len(places)} ...")
        settings = [axis.setting(value) for axis, value in zip(axes, at, strict=True)]
        question = resolve(scenario.changed(*settings), evidence.curves, evidence.today)
        # To find out why there is no plan costs many solves: the first points speak for the rest.
        allocation = allocation_of(question, costs=False, conflicts=explained < MOST_REASONS)
        objective = question.problem.objective
        reason = allocation.conflict.message if allocation.conflict else None
        explained += reason is not None
        points.append(Point(at, allocation, reason))
    return Sweep(tuple(axes), tuple(points), objective, evidence.curves.currency)


# Documents

FIGURES = ("spend", "conversions", "revenue", "profit", "cpa", "roas")


def to_rows(found: Sweep) -> Iterator[tuple[object, ...]]:
    """A row of names, then one for each point."""
    yield (
        *(axis.key for axis in found.axes),
        "status",
        *(name for name in FIGURES if name not in {axis.key for axis in found.axes}),
        "one more unit brings",
        *(f"spend {channel}" for channel in found.channels),
        "binding",
        "reason",
    )
    for point in found.points:
        yield (
            *point.at,
            point.allocation.status,
            *(_rounded(point.figure(name)) for name in FIGURES),
            _rounded(point.price),
            *(_rounded(point.spend.get(channel)) for channel in found.channels),
            " ".join(point.binding),
            point.reason,
        )


def to_json(found: Sweep) -> str:
    """The sweep as a document."""
    document = {
        "schema": SCHEMA,
        "objective": found.objective,
        "axes": [{"key": axis.key, "values": list(axis.values)} for axis in found.axes],
        "points": [_record(point) for point in found.points],
        "changes": [
            {"rule": rule, "binds_from": first, "binds_to": last}
            for rule, first, last in (found.changes() if len(found.axes) == 1 else [])
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _record(point: Point) -> dict[str, Any]:
    return {
        "at": list(point.at),
        "status": point.allocation.status,
        **{name: _rounded(point.figure(name)) for name in FIGURES},
        "price": _rounded(point.price),
        "channels": {channel: _rounded(spend) for channel, spend in point.spend.items()},
        "binding": list(point.binding),
        "reason": to_data(point.reason) if point.reason else None,
    }


def _rounded(value: float | None) -> float | None:
    from scenarios.plan.rounding import significant

    return significant(value)
