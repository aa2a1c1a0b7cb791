"""What is wrong with a value of a curves file, and what to do, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.errors import nearest


def refuse(*found: tuple[tuple[str | int, ...], str, str]) -> NoReturn:
    """Refuse a value: for each fault the path below it, what is wrong, what to do."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("refused", "{problem}", {"problem": what, "remedy": remedy}),
            loc=path,
            input=None,
        )
        for path, what, remedy in found
    ]
    raise ValidationError.from_exception_data("curves", details)


def one_of(value: str, known: Iterable[str]) -> str:
    """The value, where it is a known one."""
    if value not in known:
        refuse(((), *unknown(value, list(known))))
    return value


def unknown(value: Any, known: list[str]) -> tuple[str, str]:
    """What is wrong with a value of a few, and what to do."""
    near = nearest(str(value), known)
    choices = f"Did you mean {near}?" if near else f"Write one of {', '.join(known)}."
    return f"is {shown(value)}", choices


def nearest_of(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is not known."""
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else f"Known: {', '.join(known)}."


def shown(value: Any) -> str:
    """A value as JSON writes it, short enough for a message."""
    is_float = isinstance(value, float)  # nan among them, which JSON writes NaN
    text = str(value) if is_float else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."
