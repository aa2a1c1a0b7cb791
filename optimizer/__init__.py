"""Curves and rules to an allocation, with its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.allocation import Allocation
    from optimizer.answer import allocate
    from optimizer.problem import Budget, Period, Problem, Risk
    from optimizer.rules import Rule
    from optimizer.solve import Settings

__all__ = ["Allocation", "Budget", "Period", "Problem", "Risk", "Rule", "Settings", "allocate"]

_HOMES = {
    "Allocation": "allocation",
    "Budget": "problem",
    "Period": "problem",
    "Problem": "problem",
    "Risk": "problem",
    "Rule": "rules",
    "Settings": "solve",
    "allocate": "answer",
}


def __getattr__(name: str) -> Any:
    """Import on first use: asking for help must not load a solver."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
