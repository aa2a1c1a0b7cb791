"""What a scenario assumes of the plan's time: factors for the curves, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.assumed import Factors, assumed
from models.curves.bank import responses
from models.curves.curveset import ChannelCurve, CurveSet
from models.errors import Fault, nearest
from models.phrases import Phrase, said
from models.seeding import seeds_of
from scenarios.definition.assumption_blocks import (
    KINDS,
    Assumed,
    AssumedInPeriod,
    Ends,
)
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import Stretch, called
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import as_percent

Array = NDArray[np.floating]


@dataclass(frozen=True)
class _Scope:
    """One thing assumed: of which channels, and how much."""

    kind: str
    channels: tuple[str, ...]
    ends: Ends


def assumption_faults(
    scenario: Scenario, curves: CurveSet, known: Sequence[Stretch]
) -> Iterator[Fault]:
    """Groups and periods that the plan does not have, and ranges that no draw can take in."""
    definition, fault = scenario.definition, scenario.tree.fault
    block = definition.assumptions
    for name in block.groups:
        if name not in definition.groups:
            near = nearest(name, list(definition.groups))
            remedy = f"Did you mean '{near}'?" if near else "Write it under 'groups' first."
            yield fault(
                ("assumptions", "groups", name), f"there is no group '{name}'", remedy, key=True
            )
    for label, inner in block.periods.items():
        path = ("assumptions", "periods", label)
        if known and called(label, known) is None:
            names = f"It has {known[0].label} to {known[-1].label}." if len(known) > 1 else ""
            yield fault(path, f"the plan has no period '{label}'", names, key=True)
        for kind, (low, high) in _given(inner):
            if low < high:
                remedy = "Write one change, or the range for the whole plan."
                yield fault((*path, kind), "a range of a single period is not drawn", remedy)
    yield from _undrawn(scenario, curves)


def _undrawn(scenario: Scenario, curves: CurveSet) -> Iterator[Fault]:
    block = scenario.definition.assumptions
    places = [(("assumptions",), block)]
    places += [(("assumptions", "groups", name), inner) for name, inner in block.groups.items()]
    places += [(("assumptions", "channels", name), inner) for name, inner in block.channels.items()]
    for path, inner in places:
        ends = inner.value
        if ends is not None and ends[0] < ends[1] and curves.kpi != "revenue":
            remedy = "Write one change, or a range of 'response'."
            problem = "the value of a conversion is one number, not one a draw"
            yield scenario.tree.fault((*path, "value"), problem, remedy)


def under_assumptions(definition: Definition, curves: CurveSet) -> CurveSet:
    """The curves as they are in the plan's time.

    Assumptions about all channels are drawn once for all, those about a group once for the group:
    where everything becomes dearer, it does so together.
    """
    scopes = list(_scopes(definition, curves))
    if not scopes:
        return curves
    drawn = [_drawn(scope, curves) for scope in scopes]
    found = {}
    for entry in curves:
        mine = [(s, d) for s, d in zip(scopes, drawn, strict=True) if entry.channel in s.channels]
        if mine:
            found[entry.channel] = _factors(entry, curves.kpi, mine)
    return assumed(curves, found)


def _scopes(definition: Definition, curves: CurveSet) -> Iterator[_Scope]:
    """Everything assumed of channels that there are; `assumption_faults` names the others."""
    block, groups = definition.assumptions, definition.groups
    blocks: list[tuple[Sequence[str], Assumed]] = [(curves.names, block)]
    blocks += [(groups[name].channels, b) for name, b in block.groups.items() if name in groups]
    blocks += [((name,), inner) for name, inner in block.channels.items()]
    for channels, inner in blocks:
        known = tuple(name for name in channels if name in curves.names)
        for kind, ends in _given(inner) if known else ():
            yield _Scope(kind, known, ends)


def _given(block: Assumed | AssumedInPeriod) -> Iterator[tuple[str, Ends]]:
    for kind in KINDS:
        ends = getattr(block, kind, None)
        if ends is not None:
            yield kind, ends


def _drawn(scope: _Scope, curves: CurveSet) -> Array:
    """The factor in each draw, spread evenly over the range; draws in no order."""
    low, high = (1.0 + end for end in scope.ends)
    entries = [curves[name] for name in scope.channels]
    count = max(len(entry.draws) for entry in entries)
    if low == high or count == 0:
        return np.full(count, 0.5 * (low + high))
    told = sorted(tuple(_heights(entry)) for entry in entries if entry.draws)
    rng = np.random.default_rng(seeds_of(KINDS.index(scope.kind), *map(np.array, told)))
    return low + (high - low) * (rng.permutation(count) + 0.5) / count


def _heights(entry: ChannelCurve) -> Array:
    """What today's spend brings in each draw: a channel's own figures, under any name."""
    spend = entry.current_spend or entry.max_observed_spend or 1.0
    return responses(entry.draws, np.array([spend]))[:, 0]


def _factors(entry: ChannelCurve, kpi: str, mine: Sequence[tuple[_Scope, Array]]) -> Factors:
    point: dict[str, float] = dict.fromkeys(KINDS, 1.0)
    drawn = {kind: np.ones(len(entry.draws)) for kind in KINDS}
    for scope, factors in mine:
        point[scope.kind] *= 1.0 + 0.5 * sum(scope.ends)
        drawn[scope.kind] = drawn[scope.kind] * factors[: len(entry.draws)]
    brings = drawn["response"] * drawn["season"]
    if kpi == "revenue":
        brings, point["response"] = brings * drawn["value"], point["response"] * point["value"]
        point["value"] = 1.0
    return Factors(
        cost=point["cost"],
        response=point["response"] * point["season"],
        value=point["value"],
        costs=tuple(drawn["cost"].tolist()),
        responses=tuple(brings.tolist()),
    )


def period_factor(definition: Definition, stretch: Stretch) -> float:
    """What is assumed of one period, as a factor on the response of every channel."""
    factor = 1.0
    for label, block in definition.assumptions.periods.items():
        if stretch.is_called(label):
            for _, (change, _) in _given(block):
                factor *= 1.0 + change
    return factor


def assumptions_said(definition: Definition) -> Iterator[Phrase]:
    """Everything assumed, in plain words."""
    block = definition.assumptions
    for kind, ends in _given(block):
        yield _sentence(said("all channels"), kind, ends)
    for name, inner in (*block.groups.items(), *block.channels.items(), *block.periods.items()):
        for kind, ends in _given(inner):
            yield _sentence(name, kind, ends)


def _sentence(whom: Phrase | str, kind: str, ends: Ends) -> Phrase:
    low, high = (as_percent(end, sign="+") for end in ends)
    change = low if low == high else said("{low} to {high}", low=low, high=high)
    what = {
        "cost": said("the same reach costs {change}", change=change),
        "response": said("the same reach brings {change}", change=change),
        "value": said("a conversion is worth {change}", change=change),
        "season": said("demand on top of the season is {change}", change=change),
    }[kind]
    return said("assumed of {whom}: {what}.", whom=whom, what=what)
