"""What a curves file may hold: the models that read it, and its faults with their JSON paths.

The same models describe the file to editors. Each family's parameters come from
`FAMILIES`, so that a family is named once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
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
from models.curves.curveset import ChannelCurve, CurveSet, Evidence, Verdict
from models.curves.document_values import (
    AMOUNT,
    LARGEST,
    LIMITS,
    Amount,
    Facts,
    FitFacts,
    Fraction,
    Share,
    bounds,
    refuse,
)
from models.curves.families import FAMILIES, Curve
from models.errors import CurvesError, Fault, nearest
from models.phrases import Text
from models.visible import indistinct

SCHEMA = "budgetopt/curves/1"
IN_WORDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
POINTS = "Write [[0, 0], [5000, 160], ...]."
# What an editor is told of lists that are read by functions of their own.
PAIR: dict[str, Any] = {"minItems": 2, "maxItems": 2}
YEAR: dict[str, Any] = {"anyOf": [{"maxItems": 0}, {"minItems": 53, "maxItems": 53}]}
TYPES = {  # what pydantic calls a wrong kind of value: what it is not, what to do
    "model_type": ("is {}, not an object", "Write {...}."),
    "dict_type": ("is {}, not an object", "Write {...}."),
    "too_short": ("holds no channel", "Add at least one."),
    "float_type": ("is {}, not a number", "Write a number."),
    "finite_number": ("is {}", "Write a finite number."),
    "string_type": ("is {}, not a text", "Put it in quotes."),
    "bool_type": ("is neither true nor false", "Write one of them."),
}
KEYS = {  # keys with one thing to say whatever is wrong
    "period_days": ("is {}", "Write a whole number, 1 to 366."),
    "draws": ("is not a list", "Write [] where there are none."),
    "points": ("is not a list of at least two points", POINTS),
    "reasons": ("is not a list of texts", 'Write ["...", "..."].'),
    "notices": ("is not a list of texts", 'Write ["...", "..."].'),
}


def _one_of(value: str, known: Iterable[str]) -> str:
    if value not in known:
        refuse(((), *_unknown(value, list(known))))
    return value


def _unknown(value: Any, known: list[str]) -> tuple[str, str]:
    near = nearest(str(value), known)
    choices = f"Did you mean {near}?" if near else f"Write one of {', '.join(known)}."
    return f"is {_shown(value)}", choices


def _pair(row: Any) -> Any:
    if not isinstance(row, list) or len(row) != 2 or None in row:
        refuse(((), f"is {_shown(row)}, not [spend, conversions]", POINTS))
    return row


def _rising(points: list[list[float]]) -> list[list[float]]:
    found = []
    if points[0] != [0.0, 0.0]:
        found.append(((0,), f"is {_shown(points[0])}", "Begin with [0, 0]."))
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
        what = f"has {len(row)} numbers" if isinstance(row, list) else f"is {_shown(row)}"
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
    return AfterValidator(partial(_one_of, known=known))


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
            "evidence": Evidence(told.verdict, tuple(told.reasons), told.within_observed)
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


def read_document(document: Any, where: str) -> CurveSet:
    """The curves of a parsed file.

    Parameters
    ----------
    where : the file's name, for the faults

    Raises
    ------
    CurvesError : everything that is wrong with the file
    """
    faults = [Fault(f"{where}, {path}", *said) for path, *said in _strange_seasons(document)]
    try:
        read = CurvesDocument.model_validate(document)
    except ValidationError as error:
        raise CurvesError([*_faults(error, document, where), *faults]) from None
    if faults:
        raise CurvesError(faults)
    return CurveSet(
        tuple(body.entry(name, read.season.get(name, ())) for name, body in read.channels.items()),
        period_days=read.period_days,
        currency=read.currency,
        kpi=read.kpi,
        provenance=read.provenance,
        notices=tuple(read.notices),
    )


def _strange_seasons(document: Any) -> Iterator[tuple[str, str, str]]:
    """Seasons of channels that the file does not have."""
    parts = document if isinstance(document, dict) else {}
    channels, seasons = parts.get("channels"), parts.get("season")
    if isinstance(channels, dict) and isinstance(seasons, dict):
        for name in seasons:
            if name not in channels:
                yield f"season.{name}", "is not a known channel", _known(name, channels)


def _known(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else f"Known: {', '.join(known)}."


def _faults(error: ValidationError, document: Any, where: str) -> Iterator[Fault]:
    """What pydantic found, in our words; of each object its unknown and missing keys first."""
    seen: dict[tuple, int] = {}

    def order(item: Any) -> list[tuple[bool, int]]:
        loc, of_keys = item["loc"], item["type"] in ("extra_forbidden", "missing")
        steps = [seen.setdefault(loc[: n + 1], len(seen)) for n in range(len(loc))]
        return [(not (of_keys and n == len(loc) - 1), step) for n, step in enumerate(steps)]

    for item in sorted(error.errors(include_url=False), key=order):
        loc = item["loc"][:-1] if item["type"] == "missing" else item["loc"]
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
        yield Fault(f"{where}, {path[1:]}" if path else where, *_said(item, document))


def _said(item: Any, document: Any) -> tuple[str, str]:
    """What is wrong, and what to do."""
    kind, loc, value, context = item["type"], item["loc"], item["input"], item.get("ctx", {})
    key = loc[-1] if loc else ""
    what = "parameter" if "parameters" in loc[-2:-1] else "key"
    if kind == "refused":
        return context["problem"], context["remedy"]
    if kind == "value_error":
        return str(context["error"]), "Write a text of your own."
    if kind == "missing":
        return f"the {what} {key!r} is missing", "Add it."
    if kind == "extra_forbidden":
        return f"is not a known {what}", _known(str(key), _keys(loc[:-1], document))
    if kind == "literal_error":
        expected = context["expected"].replace(" or ", ", ").replace("'", "")
        return _unknown(value, expected.split(", "))
    if key in KEYS or kind in TYPES:
        problem, remedy = KEYS.get(key) or TYPES[kind]
        return problem.format(_shown(value)), remedy
    limits = LIMITS.get(str(key), AMOUNT).items()
    must = " and ".join(f"{IN_WORDS[end]} {of:g}" for end, of in limits if of != LARGEST)
    return f"is {value:g}", f"It must be {must}."


def _keys(loc: tuple[int | str, ...], document: Any) -> list[str]:
    """The keys that an object may have."""
    model: type[Part] = Written
    if len(loc) < 3:
        model = (CurvesDocument, Part, Channel)[len(loc)]
    elif loc[-1] == "evidence":
        model = EvidencePart
    elif loc[-1] == "parameters":
        for step in loc[:-1]:
            document = document[step]
        model = PARAMETERS[document["family"]]
    return [field.alias or name for name, field in model.model_fields.items()]


def _shown(value: Any) -> str:
    is_float = isinstance(value, float)  # nan among them, which JSON writes NaN
    text = str(value) if is_float else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."
