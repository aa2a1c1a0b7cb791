"""The kinds of value in a scenario file: how each is read, written, and described to editors."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from scenarios.definition import horizon, values

PERCENT_PATTERN = r"^[+-]?\d+(\.\d+)?\s*%$"
_free = {"const": "free"}
_percent = {"type": "string", "pattern": PERCENT_PATTERN}
_scaled = {"type": "string", "pattern": r"^[+-]?\d*\.?\d+\s*([kKmM]|[bB][nN]?)?$"}
_amount = {"anyOf": [{"type": "number", "minimum": 0}, _scaled]}
_positive = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _scaled]}
_date = {"type": "string", "format": "date"}
_written = PlainSerializer(values.as_percent, return_type=str)


def _object(**properties: dict) -> dict:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


Amount = Annotated[float, BeforeValidator(values.number), WithJsonSchema(_amount)]
Positive = Annotated[
    float,
    BeforeValidator(partial(values.number, above=0.0)),
    WithJsonSchema(_positive),
]
_limit_in_draws = {"probability": _percent}
AmountOrSure = Annotated[
    float | values.Sure,
    PlainValidator(values.limit_or_sure),
    PlainSerializer(values.limit_written),
    WithJsonSchema({"anyOf": [*_amount["anyOf"], _object(limit=_amount, **_limit_in_draws)]}),
]
PositiveOrSure = Annotated[
    float | values.Sure,
    PlainValidator(partial(values.limit_or_sure, above=0.0)),
    PlainSerializer(values.limit_written),
    WithJsonSchema({"anyOf": [*_positive["anyOf"], _object(limit=_positive, **_limit_in_draws)]}),
]
Coefficient = Annotated[
    float, BeforeValidator(partial(values.number, least=None)), WithJsonSchema({"type": "number"})
]
Count = Annotated[
    int, BeforeValidator(values.count), WithJsonSchema({"type": "integer", "minimum": 0})
]
Share = Annotated[
    float,
    BeforeValidator(partial(values.percent, least=0.0, most=1.0)),
    WithJsonSchema(_percent),
    _written,
]
Rate = Annotated[
    float,
    BeforeValidator(partial(values.percent, least=0.0, below=1.0)),
    WithJsonSchema(_percent),
    _written,
]
Fraction = Annotated[
    float,
    BeforeValidator(partial(values.percent, least=0.0)),
    WithJsonSchema(_percent),
    _written,
]
_range = {"type": "array", "items": _percent, "minItems": 2, "maxItems": 2}
ShareRange = Annotated[
    tuple[float, float],
    PlainValidator(values.share_range),
    PlainSerializer(values.share_range_written),
    WithJsonSchema(_range),
]
CarryOver = Annotated[
    str | dict[str, tuple[float, float]],
    PlainValidator(values.carry_over),
    PlainSerializer(values.carry_over_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["geometric", "delayed"]},
                {"type": "object", "additionalProperties": _range},
            ]
        }
    ),
]
Lift = Annotated[
    float,
    BeforeValidator(partial(values.percent, least=-1.0)),
    WithJsonSchema(_percent),
    PlainSerializer(partial(values.as_percent, sign="+"), return_type=str),
]
Day = Annotated[
    date,
    PlainValidator(horizon.day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema(_date),
]
Index = Annotated[
    float | dict[str, float],
    PlainValidator(values.index),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {
                    "type": "object",
                    "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
                },
            ]
        }
    ),
]
Change = Annotated[
    tuple[float | None, float | None],
    PlainValidator(values.change),
    PlainSerializer(values.change_written),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "array",
                    "items": {"anyOf": [_percent, _free]},
                    "minItems": 2,
                    "maxItems": 2,
                },
                _percent,
                _free,
            ]
        }
    ),
]
PercentOrFree = Annotated[
    float | Literal["free"],
    PlainValidator(values.percent_or_free),
    PlainSerializer(values.percent_or_free_written),
    WithJsonSchema({"anyOf": [_percent, _free]}),
]
BudgetAmount = Annotated[
    float | values.OfCurrent,
    PlainValidator(values.budget_amount),
    PlainSerializer(values.budget_written),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"const": "current"}, _percent, _scaled]}),
]
Current = Annotated[
    values.Today | dict[str, float],
    PlainValidator(values.current),
    PlainSerializer(values.current_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^last\s+\d+\s+days?$"},
                {"type": "object", "additionalProperties": _amount},
            ]
        }
    ),
]
Period = Annotated[
    horizon.Span,
    PlainValidator(horizon.span),
    PlainSerializer(horizon.span_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d{4}-(\d{1,2}|Q[1-4])$"},
                {"type": "integer", "minimum": 1000, "maximum": 9998},
                _object(start=_date, end=_date),
                _object(days={"type": "integer", "minimum": 1}),
            ]
        }
    ),
]
