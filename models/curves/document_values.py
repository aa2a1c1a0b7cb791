"""Values of a curves file: numbers with their bounds, and facts that the program reads again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from math import isfinite
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.curves.curve_refusals import refuse
from models.curves.families import FAMILIES

LARGEST = 1e15  # beyond this no amount of money or count is meant
AMOUNT: dict[str, Any] = {"ge": 0.0, "le": LARGEST}
POSITIVE: dict[str, Any] = {"gt": 0.0, "le": LARGEST}
FRACTION: dict[str, Any] = {"ge": 0.0, "lt": 1.0}
# The bounds of the numbers that are no amounts. A family's parameter is above 0.
LIMITS: dict[str, dict[str, Any]] = {
    **{field.name: POSITIVE for family in FAMILIES.values() for field in fields(family)},
    "slope": {"gt": 0.0, "le": 50.0},
    "exponent": {"gt": 0.0, "le": 1.0},
    "carry_over": FRACTION,
    "repeat_rate": FRACTION,
    "margin": {"ge": 0.0, "le": 1.0},
}


def bounds(name: str) -> Any:
    return Field(**LIMITS.get(name, AMOUNT), allow_inf_nan=False, strict=True)


Amount = Annotated[float, bounds("")]
Fraction = Annotated[float, bounds("carry_over")]
Share = Annotated[float, bounds("margin")]


def _finite(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts that decide nothing, which are written down again: JSON knows no infinity."""
    wrong = [(path, value) for path, value in _leaves(facts) if not isfinite(value)]
    if wrong:
        refuse(*((path, f"is {value}", "Write a finite number.") for path, value in wrong))
    return facts


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, float]]:
    """The decimal numbers in a document, and where they stand."""
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, key))


class _Told(BaseModel):
    """A part of a fit's diagnostics: what is read again has its kind, the rest is anybody's."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Errors(_Told):
    error: Amount | None = None
    baseline_error: Amount | None = None


class _Delay(_Told):
    peak: Amount
    decay: Fraction


class _Pace(_Told):
    kind: str
    spend: Amount


class _Outlier(_Told):
    date: str


class Diagnostics(_Errors):
    """What plans, tables and pictures read of how a channel was fitted."""

    expected: list[Amount] | None = None
    demand_spread: Amount | None = None
    baseline_share: Annotated[list[Share], Field(min_length=3, max_length=3)] | None = None
    delayed: _Delay | None = None
    pace: _Pace | None = None
    holdout: _Errors | None = None
    outliers: list[_Outlier] = []
    incrementality: dict[str, Any] = {}


class Origin(_Told):
    """What plans and tables read of where curves come from."""

    seed: int | None = None
    rows: int | None = None
    first_date: str | None = None
    last_date: str | None = None
    history_sha256: str | None = None
    shape: str = "tidy"
    seals: dict[str, Any] = {}


def _as_kept(facts: dict[str, Any]) -> dict[str, Any]:
    Origin.model_validate(_finite(facts))
    return facts


def _as_read(facts: dict[str, Any]) -> dict[str, Any]:
    Diagnostics.model_validate(_finite(facts))
    return facts


FitFacts = Annotated[dict[str, Any], AfterValidator(_as_read)]
Facts = Annotated[dict[str, Any], AfterValidator(_as_kept)]
