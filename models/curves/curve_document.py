"""What a curves file may hold: the models that read it.

The same models describe the file to editors. Each family's parameters come from
`FAMILIES`, so that a family is named once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import partial, reduce
from itertools import pairwise
from operator import or_
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    create_model,
    model_validator,
)

from models.curves.composed import Average, Tabulated
from models.curves.curve_refusals import one_of, refuse, shown
from models.curves.curveset import ChannelCurve, Evidence, Verdict
from models.curves.document_values import (
    Amount,
    Facts,
    FitFacts,
    Fraction,
    Share,
    bounds,
)
from models.curves.families import FAMILIES, Curve
from models.phrases import Text
from models.visible import indistinct

SCHEMA = "budgetopt/curves/1"
POINTS = "Write [[0, 0], [5000, 160], ...]."
# What an editor is told of lists that are read by functions of their own.
PAIR: dict[str, Any] = {"minItems": 2, "maxItems": 2}
YEAR: dict[str, Any] = {"anyOf": [{"maxItems": 0}, {"minItems": 53, "maxItems": 53}]}


def _pair(row: Any) -> Any:
    if not isinstance(row, list) or len(row) != 2 or None in row:
        refuse(((), f"is {shown(row)}, not [spend, conversions]", POINTS))
    return row


def _rising(points: list[list[float]]) -> list[list[float]]:
    found = []
    if points[0] != [0.0, 0.0]:
        found.append(((0,), f"is {shown(points[0])}", "Begin with [0, 0]."))
    for number, ((x, y), (next_x, next_y)) in enumerate(pairwise(points), 1):
        if next_x <= x:
            problem = f"spend {next_x:g} does not rise from {x:g}"
            found.append(((number,), problem, "Sort by spend."))
        if next_y < y:
            problem = f"conversions fall from {y:g} to {next_y:g}"
            found.append(((number,), problem, "Let them rise."))
    if found:
        refuse(*found)
    return points


def _of_a_year(factors: Any) -> Any:
    if not isinstance(factors, list) or len(factors) not in (0, 53):
        refuse(((), "does not hold 53 factors", "One per week of the year, mean 1."))
    return factors


def _this(schema: Any) -> Any:
    if schema != SCHEMA:
        refuse(((), f"is {schema!r}", f'Only "{SCHEMA}" is understood.'))
    return schema


class Part(BaseModel):
    """A part of the file: numbers are numbers, unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TabulatedParameters(Part):
    """Points (spend, conversions) of a curve from elsewhere."""

    points: Annotated[
        list[Annotated[list[Amount], BeforeValidator(_pair), Field(json_schema_extra=PAIR)]],
        Field(min_length=2),
        AfterValidator(_rising),
    ]


def _numbers(family: type[Curve]) -> dict[str, Any]:
    return {field.name: Annotated[float, bounds(field.name)] for field in fields(family)}


def _row_of(family: type[Curve]) -> Any:
    return tuple.__class_getitem__(tuple(_numbers(family).values()))


def _numbers_model(name: str, family: type[Curve]) -> type[Part]:
    numbers: dict[str, Any] = {key: (number, ...) for key, number in _numbers(family).items()}
    words = f"Parameters of the {name} family."
    return create_model(f"{family.__name__}Parameters", __base__=Part, __doc__=words, **numbers)


def _row(row: Any, info: ValidationInfo) -> Curve | None:
    """A draw as a list: the numbers of a family in order."""
    mean = info.data.get("parameters")
    name = mean.of.family if isinstance(mean, Average) else info.data.get("family", "")
    if name not in PARAMETERS or name == Average.family:
        return None  # a fault already
    names = list(PARAMETERS[name].model_fields)
    if not isinstance(row, list) or len(row) != len(names):
        what = f"has {len(row)} numbers" if isinstance(row, list) else f"is {shown(row)}"
        refuse(((), what, f"Give {', '.join(names)}."))
    try:
        family: Any = FAMILIES[name]
        return family(*ROWS[name].validate_python(row))
    except (KeyError, ValidationError):  # of no numbers, or said with the name of each number
        parameters = dict(zip(names, row, strict=True))
        return Written.model_validate({"family": name, "parameters": parameters}).parameters


def _draw(value: Any, info: ValidationInfo) -> Curve | None:
    """A draw: a curve of its own, or a row."""
    if isinstance(value, list):
        return _row(value, info)
    return Written.model_validate(value).parameters


def _curve(value: Any, info: ValidationInfo) -> Curve | None:
    """The curve that the parameters make, by the family before them."""
    family = info.data.get("family", "")
    if family not in PARAMETERS:
        return None  # a fault already
    read: Any = PARAMETERS[family].model_validate(value)
    if family == Tabulated.family:
        return Tabulated(tuple((x, y) for x, y in read.points))
    if family == Average.family:
        return _mean(read.family, read.draws)
    return FAMILIES[family](**vars(read))


def _mean(family: str, draws: Sequence[Curve]) -> Average:
    rows = np.array([list(draw.parameters.values()) for draw in draws], dtype=float)
    return Average(FAMILIES[family], rows.reshape(len(draws), len(fields(FAMILIES[family]))))


def _name_in(known: Iterable[str]) -> Any:
    return AfterValidator(partial(one_of, known=known))


class AverageParameters(Part):
    """The mean of draws of a family: its own, or (none given) those of the channel."""

    family: Annotated[str, _name_in(FAMILIES), Field(json_schema_extra={"enum": [*FAMILIES]})]
    draws: list[Annotated[Any, PlainValidator(_row, json_schema_input_type=list[float])]] = []


ROWS: dict[str, Any] = {  # the same numbers in a list
    name: TypeAdapter(_row_of(of)) for name, of in FAMILIES.items()
}
PARAMETERS: dict[str, type[Part]] = {
    **{name: _numbers_model(name, of) for name, of in FAMILIES.items()},
    Tabulated.family: TabulatedParameters,
    Average.family: AverageParameters,
}
AnyParameters = reduce(or_, PARAMETERS.values())


def _by_family(schema: dict[str, Any]) -> None:
    """To an editor: the parameters are those of the family that is named."""
    one_of_all = schema["properties"]["parameters"].pop("anyOf")
    schema["allOf"] = [
        {
            "if": {"properties": {"family": {"const": name}}},
            "then": {"properties": {"parameters": parameters}},
        }
        for name, parameters in zip(PARAMETERS, one_of_all, strict=True)
    ]


class Written(Part):
    """A curve by its family and that family's parameters."""

    model_config = ConfigDict(json_schema_extra=_by_family)
    family: Annotated[str, _name_in(PARAMETERS), Field(json_schema_extra={"enum": [*PARAMETERS]})]
    parameters: Annotated[Any, PlainValidator(_curve, json_schema_input_type=AnyParameters)]


class EvidencePart(Part):
    """Whether the history can carry a decision, and why."""

    verdict: Verdict
    reasons: list[Text] = []
    within_observed: bool = False
    follows_demand: bool = False


class Channel(Written):
    """A channel's curve and what is known about it; spends are money per fit period."""

    carry_over: Fraction | None = None
    value_per_conversion: Amount | None = None
    revenue_curve: Written | None = None
    margin: Share | None = None
    repeat_rate: Fraction | None = None
    current_spend: Amount | None = None
    max_observed_spend: Amount | None = None
    carried_spend: Amount | None = None
    evidence: EvidencePart | None = None
    draws: list[
        Annotated[Any, PlainValidator(_draw, json_schema_input_type=Written | list[float])]
    ] = []
    fit: FitFacts = {}

    @model_validator(mode="after")
    def _has_what_it_averages(self) -> Channel:
        mean = self.parameters
        if isinstance(mean, Average) and not len(mean.draws):
            if not self.draws or {type(draw) for draw in self.draws} != {mean.of}:
                problem = f"hold no draws of {mean.of.family} to average"
                remedy = "Give them, or another family and its parameters."
                refuse((("draws",), problem, remedy))
            self.parameters = _mean(mean.of.family, self.draws)
        return self

    def entry(self, name: str, season: Sequence[float]) -> ChannelCurve:
        told, revenue = self.evidence, self.revenue_curve
        known = {key: value for key, value in self if key not in ("family", "parameters")} | {
            "carry_over": self.carry_over or 0.0,
            "revenue_curve": revenue.parameters if revenue else None,
            "evidence": Evidence(
                told.verdict, tuple(told.reasons), told.within_observed, told.follows_demand
            )
            if told
            else Evidence(),
            "draws": tuple(self.draws),
            "season": tuple(season),
        }
        return ChannelCurve(name, self.parameters, **known)


def _told_apart(channels: dict[str, Channel]) -> dict[str, Channel]:
    remedy = "Write it with letters, digits, signs and spaces only, in one way."
    found = [
        ((name,), f"looks like '{other}'" if other else "holds characters that do not show", remedy)
        for name, other in indistinct(channels)
    ]
    if found:
        refuse(*found)
    return channels


class CurvesDocument(Part):
    """The curves file."""

    schema_name: Annotated[
        str, BeforeValidator(_this), Field(alias="schema", json_schema_extra={"const": SCHEMA})
    ]
    channels: Annotated[dict[str, Channel], Field(min_length=1), AfterValidator(_told_apart)]
    season: dict[
        str, Annotated[list[Amount], BeforeValidator(_of_a_year), Field(json_schema_extra=YEAR)]
    ] = {}
    period_days: Annotated[int, Field(ge=1, le=366)]
    currency: str | None = None
    kpi: Literal["conversions", "revenue"] = "conversions"
    provenance: Facts = {}
    notices: list[Text] = []
