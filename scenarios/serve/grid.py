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
            "default_change": _text(scenario.tree.at(("defaults", "change"))),
        }
        for name in curves.names
    ]


def path_of(channel: str) -> str:
    """The channel's place among the settings; a name that has a dot in it stands in quotes."""
    if any(mark in channel for mark in ".='\""):
        quote = '"' if "'" in channel else "'"
        return f"channels.{quote}{channel}{quote}"
    return f"channels.{channel}"


def _written(scenario: Scenario, channel: str, key: str) -> str:
    return _text(scenario.tree.at(("channels", channel, key)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_text(one)}' for key, one in value.items())}}}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
