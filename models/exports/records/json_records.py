"""JSON (of APIs, and of what pipelines store of them) as records of text: one header, flat rows.

Nested objects become columns such as ``metrics.costMicros``, lists of typed values such as Meta's
``actions`` one column per type, such as ``actions_purchase``. A column ``_airbyte_data`` is the
row itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TextIO

from models.errors import HistoryError
from models.history.raw_file import refuse
from models.phrases import said

RAW = "_airbyte_data"
TYPED = ("actions", "action_values", "conversions", "conversion_values")  # of Meta, by action_type
DEEPEST = 12  # objects within objects; what is deeper stays text
_WRAPPERS = ("results", "data", "records", "rows")  # what APIs wrap their rows in
_AMBIGUOUS = re.compile(r"-?\d+\.\d{3}", re.ASCII)
_AGAIN = said("Download it again")
Row = tuple[int, Mapping[str, str]]


def looks_like_json(text: str) -> bool:
    """Whether a text begins as an object, or as a list of objects."""
    return bool(re.match(r"\ufeff?\s*(?:\{\s*[\"}]|\[\s*\{)", text))


def is_nested(header: Iterable[str]) -> bool:
    """Whether a CSV's header has columns that hold JSON."""
    return bool({RAW, *TYPED[:2]} & set(header))


class FlatRecords:
    """Rows of names and texts as records under one header, the union of all names."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = list(rows)
        names = dict.fromkeys(name for _, row in self._rows for name in row)
        self._header = list(names)
        self._at = -1
        self.line_num = 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._at += 1
        if self._at == 0 and self._header:
            return self._header
        if self._at > len(self._rows) or not self._header:
            raise StopIteration
        self.line_num, row = self._rows[self._at - 1]
        return [row.get(name, "") for name in self._header]


def json_rows(stream: TextIO, name: str) -> Iterator[Row]:
    """The rows of a JSON document, or of one document per line, with their line or number.

    Raises
    ------
    HistoryError : it is no JSON, or holds something else than rows
    """
    text = stream.read().lstrip("\ufeff")
    for line, document in _documents(text, name):
        rows = _unwrapped(document)
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                raise refuse(_place(name, line + number), said("is no row of JSON"), _AGAIN)
            yield line + number, flat(row)


def csv_rows(records: Iterable[list[str]], line_of: Any) -> Iterator[Row]:
    """The rows of a CSV some of whose cells hold JSON.

    Parameters
    ----------
    line_of : what knows the line of the record just read, as `line_num`
    """
    header: list[str] | None = None
    for record in records:
        if header is None:
            header = record
            continue
        if any(record):
            cells = dict(zip(header, record, strict=False))
            cells |= {f"(column {n + 1})": record[n] for n in range(len(header), len(record))}
            yield line_of.line_num, flat(cells)


def _documents(text: str, name: str) -> Iterator[tuple[int, Any]]:
    try:
        yield 1, json.loads(text)
        return
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not looks_like_json(lines[1]):
            raise _broken(name, getattr(error, "lineno", 1), error) from None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise _broken(name, number, error) from None


def _unwrapped(document: Any) -> list[Any]:
    """The rows within what an API wraps them in, page by page."""
    if isinstance(document, list):
        return [row for page in document for row in _unwrapped(page)]
    if isinstance(document, dict):
        for wrapper in _WRAPPERS:
            if isinstance(document.get(wrapper), list):
                return document[wrapper]
    return [document]


def flat(row: Mapping[str, Any], depth: int = 0) -> dict[str, str]:
    """A row's values as texts, by the path to each."""
    found: dict[str, str] = {}
    for name, value in row.items():
        value = _parsed(value) if name == RAW or name in TYPED else value
        if name == RAW and isinstance(value, dict) and depth < DEEPEST:
            found |= flat(value, depth + 1)
        elif isinstance(value, dict) and depth < DEEPEST:
            inside = flat(value, depth + 1)
            found |= {f"{name}.{inner}": text for inner, text in inside.items()}
        elif name in TYPED and _is_typed(value):
            for one in value:
                column = f"{name}_{str(one['action_type']).rpartition('.')[2]}"
                found[column] = _sum(found.get(column), _text(one.get("value")))
        else:
            found[name] = _text(value)
    return found


def _sum(one: str | None, other: str) -> str:
    """Two values of one type, such as of two devices, come to their sum."""
    try:
        return other if one is None else str(Decimal(one) + Decimal(other))
    except InvalidOperation:
        return f"{one} {other}"  # no number: refused where it is read


def _parsed(value: Any) -> Any:
    """What a text of JSON says; the text where it is none."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _is_typed(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and "action_type" in one for one in value
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, str):
        # JSON has decimal points only: 1.234 must not look like 1,234.
        return value + "0" if _AMBIGUOUS.fullmatch(value) else value
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def _place(name: str, line: int) -> str:
    return said("{file}, line {line}", file=name, line=line)


def _broken(name: str, line: int, error: Exception) -> HistoryError:
    why = getattr(error, "msg", "") or type(error).__name__
    return refuse(
        _place(name, line), said("cannot be read as {kind}: {why}", kind="JSON", why=why), _AGAIN
    )
