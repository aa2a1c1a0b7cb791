"""What a curves file may say: every value checked, every fault kept, with its JSON path."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from models.curves.composed import Average, Tabulated
from models.curves.families import FAMILIES, Curve
from models.errors import Fault, nearest
from models.phrases import from_data

LARGEST = 1e15  # beyond this no amount of money or count is meant

# What each parameter must be: (above, at most)
LIMITS = {
    "ceiling": (0.0, LARGEST),
    "half_saturation": (0.0, LARGEST),
    "slope": (0.0, 50.0),
    "scale": (0.0, LARGEST),
    "coefficient": (0.0, LARGEST),
    "exponent": (0.0, 1.0),
    "rate": (0.0, LARGEST),
}
PARAMETERS = {
    "hill": ("ceiling", "half_saturation", "slope"),
    "exponential": ("ceiling", "scale"),
    "logarithmic": ("coefficient", "scale"),
    "power": ("coefficient", "exponent"),
    "linear": ("rate",),
    "tabulated": ("points",),
}


class Checker:
    """Collects the faults of one file.

    Parameters
    ----------
    where : the file's name, which each fault begins with
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.faults: list[Fault] = []

    def fault(self, path: str, problem: str, remedy: str = "") -> None:
        self.faults.append(Fault(f"{self.where}, {path}" if path else self.where, problem, remedy))

    def mapping(
        self,
        path: str,
        body: Any,
        known: Collection[str] | None,
        required: Collection[str] = (),
        what: str = "key",
    ) -> bool:
        """Whether it is an object at all; its unknown and missing keys are faults."""
        if not isinstance(body, Mapping):
            self.fault(path, f"is {_shown(body)}, not an object", "Write {...}.")
            return False
        for key in body:
            if known is not None and key not in known:
                guess = nearest(key, known)
                remedy = f"Did you mean {guess}?" if guess else f"Known: {', '.join(known)}."
                self.fault(f"{path}.{key}".lstrip("."), f"is not a known {what}", remedy)
        for key in required:
            if key not in body:
                self.fault(path, f"the {what} {key!r} is missing", "Add it.")
        return True

    def number(
        self,
        path: str,
        value: Any,
        low: float,
        high: float = LARGEST,
        below: bool = False,
        above: bool = False,
    ) -> float | None:
        """A finite number from low to high (`above` low, `below` high); None is passed on."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(path, f"is {_shown(value)}, not a number", "Write a number.")
            return None
        if not math.isfinite(value):
            self.fault(path, f"is {value}", "Write a finite number.")
            return None
        too_low = value <= low if above else value < low
        if too_low or (value >= high if below else value > high):
            least = "above" if above else "at least"
            most = "below" if below else "at most"
            limit = "" if high == LARGEST else f" and {most} {high:g}"
            self.fault(path, f"is {value:g}", f"It must be {least} {low:g}{limit}.")
            return None
        return float(value)

    def whole(self, path: str, value: Any, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            if value is not None:  # a missing key has its fault already
                self.fault(path, f"is {_shown(value)}", f"Write a whole number, {low} to {high}.")
            return low
        return value

    def text(self, path: str, value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        self.fault(path, f"is {_shown(value)}, not a text", "Put it in quotes.")
        return None

    def texts(self, path: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str | dict) for item in value):
            self.fault(path, "is not a list of texts", 'Write ["...", "..."].')
            return ()
        found = []
        for number, item in enumerate(value):
            try:
                found.append(from_data(item))
            except ValueError as error:
                self.fault(f"{path}[{number}]", str(error), "Write a text of your own.")
        return tuple(found)

    def choice(self, path: str, value: Any, choices: tuple[str, ...]) -> Any:
        if value in choices:
            return value
        guess = nearest(str(value), choices)
        remedy = f"Did you mean {guess}?" if guess else f"Write one of {', '.join(choices)}."
        self.fault(path, f"is {_shown(value)}", remedy)
        return choices[0]

    def plain_mapping(self, path: str, value: Any) -> dict[str, Any]:
        return dict(value) if self.mapping(path, value, None) else {}


def read_curve(path: str, body: Mapping[str, Any], check: Checker) -> Curve | None:
    """The curve of an object's `family` and `parameters`; None where there are faults."""
    if "family" not in body or "parameters" not in body:
        return None
    before = len(check.faults)
    family = check.choice(
        f"{path}.family", body["family"], (*FAMILIES, Tabulated.family, Average.family)
    )
    if len(check.faults) > before:
        return None
    if family == Average.family:
        return _average(f"{path}.parameters", body["parameters"], check)
    names = PARAMETERS[family]
    inner = f"{path}.parameters"
    values = body["parameters"]
    if not check.mapping(inner, values, names, required=names, what="parameter"):
        return None
    if family == Tabulated.family:
        points = _points(f"{inner}.points", values.get("points"), check)
        return Tabulated(points) if len(check.faults) == before else None
    numbers = []
    for name in names:
        low, high = LIMITS[name]
        if name in values and values[name] is None:
            check.fault(f"{inner}.{name}", "is null", "Write a number.")
        numbers.append(check.number(f"{inner}.{name}", values.get(name), low, high, above=True))
    return FAMILIES[family](*numbers) if len(check.faults) == before else None


def _average(path: str, body: Any, check: Checker) -> Average | None:
    """The mean of draws: its own, or (none given) those of the channel, filled in by the reader."""
    if not check.mapping(path, body, ("family", "draws"), required=("family",)):
        return None
    family = FAMILIES[check.choice(f"{path}.family", body["family"], tuple(FAMILIES))]
    names, rows = PARAMETERS[family.family], body.get("draws", [])
    before, numbers = len(check.faults), []
    for position, row in enumerate(rows if isinstance(rows, list) else [None]):
        here = f"{path}.draws[{position}]"
        if not isinstance(row, list) or len(row) != len(names):
            check.fault(here, f"is {_shown(row)}", f"Give {', '.join(names)}.")
            continue
        limits = [LIMITS[name] for name in names]
        numbers.append(
            [
                check.number(here, v, *limit, above=True)
                for v, limit in zip(row, limits, strict=True)
            ]
        )
    if len(check.faults) > before:
        return None
    return Average(family, np.array(numbers, dtype=float).reshape(len(numbers), len(names)))


def _points(path: str, rows: Any, check: Checker) -> tuple[tuple[float, float], ...]:
    example = "Write [[0, 0], [5000, 160], ...]."
    if not isinstance(rows, list) or len(rows) < 2:
        check.fault(path, "is not a list of at least two points", example)
        return ()
    points = []
    for number, row in enumerate(rows):
        here = f"{path}[{number}]"
        if not isinstance(row, list) or len(row) != 2 or None in row:
            check.fault(here, f"is {_shown(row)}, not [spend, conversions]", example)
            return ()
        spend, response = (check.number(here, value, 0.0) for value in row)
        if spend is None or response is None:
            return ()
        points.append((spend, response))
    if points[0] != (0.0, 0.0):
        check.fault(f"{path}[0]", f"is {_shown(rows[0])}", "Begin with [0, 0].")
    for number, ((x, y), (next_x, next_y)) in enumerate(pairwise(points), 1):
        if next_x <= x:
            problem = f"spend {next_x:g} does not rise from {x:g}"
            check.fault(f"{path}[{number}]", problem, "Sort by spend.")
        if next_y < y:
            problem = f"conversions fall from {y:g} to {next_y:g}"
            check.fault(f"{path}[{number}]", problem, "Let them rise.")
    return tuple(points)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."
