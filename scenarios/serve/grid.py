"""What may be typed at each channel, with what the scenario says there now."""

from __future__ import annotations

from typing import Any

from models.curves.curveset import CurveSet
from scenarios.definition.scenario import Scenario

KEYS = ("locked", "min_spend", "max_spend", "change", "max_cpa")


def fields_of(scenario: Scenario, curves: CurveSet) -> list[dict[str, Any]]:
    """One line a channel: its name, and each key's value as it is written; empty: not said."""
    return [
        {
            "name": name,
            "path": path_of(name),
            **{key: _written(scenario, name, key) for key in KEYS},
            "default_change": written(scenario.tree.at(("defaults", "change"))),
        }
        for name in curves.names
    ]


def path_of(channel: str) -> str:
    """The channel's place among the settings."""
    return f"channels.{quoted(channel)}"


def quoted(name: str) -> str:
    """A step of a key path; a name that has a dot in it stands in quotes."""
    if any(mark in name for mark in ".='\"") or name != name.strip():
        quote = '"' if "'" in name else "'"
        return f"{quote}{name}{quote}"
    return name


def _written(scenario: Scenario, channel: str, key: str) -> str:
    return written(scenario.tree.at(("channels", channel, key)))


def written(value: Any) -> str:
    """A value as a scenario file has it, on one line; nothing where it is not said."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {written(one)}' for key, one in value.items())}}}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
