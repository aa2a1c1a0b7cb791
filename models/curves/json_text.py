"""JSON as a curves file is written: readable by people, and read without being lenient."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models.errors import CurvesError, Fault


def parsed(text: str, where: str) -> Any:
    """What a JSON text says; CurvesError where it is none, or says one thing twice.

    Parameters
    ----------
    where : the file's name, for the fault
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            twice = next(name for name in names if names.count(name) > 1)
            fault = Fault(where, f"the key {twice!r} occurs twice", "Keep one of them.")
            raise CurvesError(fault)
        return found

    if not text.strip():
        raise CurvesError(Fault(where, "is empty", "Write one with `budgetopt fit`."))
    try:
        return json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}, column {error.colno}"
        raise CurvesError(Fault(place, f"is not JSON: {error.msg}", "")) from None
    except ValueError:  # Python reads no number of thousands of digits
        raise CurvesError(Fault(where, "holds a number with too many digits", "")) from None
    except RecursionError:
        raise CurvesError(Fault(where, "is nested too deeply", "")) from None


def json_text(value: Any, indent: int = 0) -> str:
    """JSON with one key per line, and lists of numbers on one line each, for people."""
    pad = "  " * (indent + 1)
    if isinstance(value, Mapping) and value:
        inner = [f"{pad}{json_text(str(k))}: {json_text(v, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner) + "\n" + "  " * indent + "}"
    if isinstance(value, list | tuple) and any(isinstance(v, list | dict) for v in value):
        inner = [pad + json_text(item, indent + 1) for item in value]
        return "[\n" + ",\n".join(inner) + "\n" + "  " * indent + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
