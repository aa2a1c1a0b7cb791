"""The ways out of an impossible wish, as settings that a button can make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.errors import InputError
from scenarios.definition.scenario import Scenario
from scenarios.plan.labels import OF_FRACTIONS
from scenarios.plan.plan import Plan, Relaxed
from scenarios.report.prose.conflict import way_out
from scenarios.serve.grid import quoted

CHANGES = {"change_from": 0, "change_to": 1}  # which end of a range each rule is


@dataclass(frozen=True)
class WayOut:
    """A sentence, and the settings that do what it says; none where a file has to be edited."""

    text: str
    settings: tuple[str, ...]


def ways_out(plan: Plan, asked: Scenario) -> Iterator[WayOut]:
    """Every way out that the plan names."""
    for way in plan.conflict.relaxations if plan.conflict else ():
        steps = [_setting(step, asked) for step in (*way.also, way)]
        settings = () if None in steps else tuple(step for step in steps if step is not None)
        yield WayOut(way_out(plan, way), settings if _is_sound(asked, settings) else ())


def _is_sound(asked: Scenario, settings: tuple[str, ...]) -> bool:
    try:
        asked.changed(*settings)
    except InputError:
        return False
    return True


def _setting(step: Relaxed, asked: Scenario) -> str | None:
    """The setting that relaxes one rule; None where a setting cannot say it."""
    place = step.rule.split(".")
    if step.kind == "budget" and step.rule == "budget" and step.to is not None:
        return f"budget={_number(step.to)}"
    key = _key(place, step.channels)
    if key is None:
        return None
    if step.kind == "locked":
        return f"{key}=false"
    if place[-1] == "unusable":
        return f"{key}=free"
    if step.kind in CHANGES:
        return f"{key}={_range(step, place, asked)}"
    if step.to is None:
        return f"{key}=free" if place[-1] == "extrapolation" else f"{key}="
    return f"{key}={_percent(step.to) if step.kind in OF_FRACTIONS else _number(step.to)}"


def _key(place: list[str], channels: tuple[str, ...]) -> str | None:
    """The key of a rule; one of the defaults is relaxed for its one channel only."""
    if place[0] == "defaults":
        return _path("channels", channels[0], place[-1]) if len(channels) == 1 else None
    if place[0] == "channels" and len(channels) == 1:
        return _path("channels", channels[0], place[-1])
    if place[0] == "groups" and len(place) > 2:
        return _path("groups", ".".join(place[1:-1]), place[-1])
    return ".".join(place) if place[0] in ("portfolio", "target") else None


def _path(block: str, name: str, key: str) -> str:
    return f"{block}.{quoted(name)}.{key}"


def _range(step: Relaxed, place: list[str], asked: Scenario) -> str:
    """The range of changes with the one end relaxed, the other as it is."""
    definition = asked.definition
    block: Any = definition.defaults
    if place[0] == "groups":
        block = definition.groups[".".join(place[1:-1])]
    elif step.channels[0] in definition.channels:
        own = definition.channels[step.channels[0]]
        block = own if own.change is not None else block
    ends: list[float | None] = list(block.change or (None, None))
    ends[CHANGES[step.kind]] = step.to
    return f"[{', '.join('free' if end is None else _percent(end, '+') for end in ends)}]"


def _number(value: float) -> str:
    return f"{value:.15g}"


def _percent(value: float, sign: str = "") -> str:
    return f"{100 * value:{sign}.12g}%"
