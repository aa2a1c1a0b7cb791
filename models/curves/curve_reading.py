"""A curves file as its models read it, and what they find wrong as faults with JSON paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from models.curves.curve_document import (
    PARAMETERS,
    POINTS,
    Channel,
    CurvesDocument,
    EvidencePart,
    Part,
    Written,
)
from models.curves.curve_refusals import nearest_of, shown, unknown
from models.curves.curveset import CurveSet
from models.curves.document_values import AMOUNT, LARGEST, LIMITS
from models.errors import CurvesError, Fault

IN_WORDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
TYPES = {  # what pydantic calls a wrong kind of value: what it is not, what to do
    "model_type": ("is {}, not an object", "Write {...}."),
    "dict_type": ("is {}, not an object", "Write {...}."),
    "too_short": ("holds no channel", "Add at least one."),
    "float_type": ("is {}, not a number", "Write a number."),
    "int_type": ("is {}, not a whole number", "Write a whole number."),
    "list_type": ("is {}, not a list", "Write [...]."),
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
                yield f"season.{name}", "is not a known channel", nearest_of(name, channels)


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
        return f"is not a known {what}", nearest_of(str(key), _keys(loc[:-1], document))
    if kind == "literal_error":
        expected = context["expected"].replace(" or ", ", ").replace("'", "")
        return unknown(value, expected.split(", "))
    if key in KEYS or kind in TYPES:
        problem, remedy = KEYS.get(key) or TYPES[kind]
        return problem.format(shown(value)), remedy
    limits = LIMITS.get(str(key), AMOUNT).items()
    must = " and ".join(f"{IN_WORDS[end]} {of:g}" for end, of in limits if of != LARGEST)
    told = f"{value:g}" if isinstance(value, int | float) else shown(value)
    return f"is {told}", f"It must be {must}."


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
