"""Questions to answers that people read: scenario files, commands, reports."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.plan import Plan
    from scenarios.planning import run
    from scenarios.scenario import Scenario

_HOMES = {"Plan": "scenarios.plan", "Scenario": "scenarios.scenario", "run": "scenarios.planning"}
__all__ = ["Plan", "Scenario", "run"]


def __getattr__(name: str):
    # Loaded when first used: the command line must answer --help without any of them.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'scenarios' has no attribute {name!r}")
