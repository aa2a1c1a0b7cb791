"""Whether the packages under this one are ours: their names are common words."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

FLOORS = ("models", "optimizer", "scenarios")
HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 (import time)


def refuse_shadows() -> None:
    """Say where another package stands in the way of ours, and what to do.

    Raises
    ------
    ImportError : Python finds something else under the name of one of our packages, or nothing
    """
    wrong = [(floor, place) for floor in FLOORS if not _is_ours(place := _place_of(floor), floor)]
    if wrong:
        raise ImportError("\n".join(_shadowed(floor, place) for floor, place in wrong))


def _place_of(floor: str) -> str | None:
    """The file or folder that `import floor` takes, or has taken."""
    if floor in sys.modules:
        module = sys.modules[floor]
        return getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    spec = find_spec(floor)
    if spec is None:
        return None
    return spec.origin or next(iter(spec.submodule_search_locations or ()), "")


def _is_ours(place: str | None, floor: str) -> bool:
    ours = os.path.join(HOME, floor, "__init__.py")  # noqa: PTH118 (import time)
    return place is not None and os.path.realpath(place) == ours


def _shadowed(floor: str, place: str | None) -> str:
    if place is None:
        return f"budgetopt lacks its own package '{floor}': install budgetopt anew."
    return (
        f"budgetopt needs its own package '{floor}', but Python finds another one: "
        f"{place or 'one made at run time'}. "
        "Rename that one, or keep its folder off Python's path (start Python elsewhere, take the "
        "folder out of PYTHONPATH, or give budgetopt an environment of its own); then start "
        "Python anew."
    )
