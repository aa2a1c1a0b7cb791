"""The scenario file described: for people (with comments) and for editors (JSON Schema).

Both are made from the models that read the file, so that they cannot say anything else.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scenarios.definition.definition import Definition
from scenarios.definition.faults import block_in
from scenarios.definition.located_yaml import parse_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COLUMN, WIDTH = 40, 100  # where comments begin, and where lines end
# What may stand where a block does.
SHORT_FORMS: dict[str, list[dict[str, Any]]] = {
    "HistoryFile": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    "BudgetRange": [
        {"type": "number", "exclusiveMinimum": 0},
        {"const": "current"},
        {"type": "string", "pattern": r"^[+-]\d+(\.\d+)?\s*%$"},
    ],
}


def commented() -> str:
    """A scenario file that shows every key with its meaning. It can be read as it stands."""
    return "\n".join(_lines(Definition, 0, set())) + "\n"


def _lines(block: type[BaseModel], indent: int, shown: set[type]) -> Iterator[str]:
    """Every key of a block; those that it shares with a block shown before only by name."""
    bases = [base for base in block.__mro__ if base in shown and base.model_fields]
    known = {name for base in bases for name in base.model_fields} - set(block.__annotations__)
    for name, field in block.model_fields.items():
        if name in known:
            continue
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        lines = _key_lines(name, field, str(extra["example"]), indent, shown)
        if extra.get("alternative"):
            lines = (_commented_out(line, indent) for line in lines)
        yield from lines
    if known:
        names = ", ".join(name for name in block.model_fields if name in known)
        yield from textwrap.wrap(
            f"and as at a channel: {names}",
            WIDTH,
            initial_indent=" " * indent + "# ",
            subsequent_indent=" " * indent + "# ",
        )
    shown.update(base for base in block.__mro__ if issubclass(base, BaseModel))


def _key_lines(
    name: str, field: FieldInfo, example: str, indent: int, shown: set[type]
) -> Iterator[str]:
    """The key with its example, or the block below it written out."""
    block, meaning = block_in(field.annotation), field.description or ""
    container = get_origin(field.annotation)
    if block is None:
        yield from _line(f"{name}: {example}", meaning, indent)
        return
    yield from _line(f"{name}:", meaning, indent)
    if container is dict:
        yield from _line(f"{example}:", "", indent + 2)
        yield from _lines(block, indent + 4, shown)
    elif container is list:
        first, *others = _lines(block, indent + 4, shown)
        yield " " * (indent + 2) + "- " + first.lstrip()
        yield from others
    else:
        yield from _lines(block, indent + 2, shown)


def _line(text: str, meaning: str, indent: int) -> Iterator[str]:
    """A line and its comment, which goes on below itself where it is long."""
    start = " " * indent + text
    column = max(COLUMN, len(start) + 2)
    first, *others = textwrap.wrap(meaning, WIDTH - column) or [""]
    yield f"{start:<{column}}# {first}" if first else start
    for more in others:
        yield f"{'':<{column}}# {more}"


def _commented_out(line: str, indent: int) -> str:
    # Two blanks fewer, so that what the key means stays in its column.
    return f"{line[:indent]}# {line[indent:].replace('  #', '#', 1)}"


def json_schema() -> str:
    """The JSON Schema of a scenario file."""
    schema = Definition.model_json_schema()
    for definition in (schema, *schema["$defs"].values()):
        for name, described in definition.get("properties", {}).items():
            definition["properties"][name] = _described(described)
    for name, forms in SHORT_FORMS.items():
        schema["$defs"][name] = {"anyOf": [*forms, schema["$defs"][name]]}
    schema["title"] = "budgetopt scenario"
    return json.dumps({"$schema": DIALECT, **schema}, indent=1) + "\n"


def _described(described: dict[str, Any]) -> dict[str, Any]:
    """A key without the reference's own notes; it may also be empty, which removes it."""
    kept = {k: v for k, v in described.items() if k not in ("example", "alternative", "title")}
    example = described.get("example")
    if example and "$ref" not in kept and "additionalProperties" not in kept:
        kept["examples"] = [parse_value(example, "example")]
    return kept
