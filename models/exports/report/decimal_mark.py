"""The decimal mark of a whole file, from all the cells that hold its measures."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import Fault, HistoryError
from models.exports.cells.distinct_texts import Cells, Mask
from models.exports.cells.number_parsing import DECIMALS, Decimal, Reading, bare, decide, parse
from models.exports.cells.places import at_most, place
from models.exports.fields import MEASURES
from models.phrases import Phrase, said

Rows = Sequence[tuple[Cells, Mask]]


def decide_decimal(rows: Rows, name: str, declared: Decimal | None) -> Decimal:
    """Which mark is the decimal one in a file.

    Parameters
    ----------
    rows : its tables, and which of their rows are read
    declared : what the person says, asked only where the file does not tell

    Raises
    ------
    HistoryError : a cell is no number, the marks contradict each other, or nothing tells
    """
    texts = {field: tuple(_distinct(rows, field)) for field in _fields(rows[0][0])}
    reading = decide(texts, declared)
    if reading.decimal is not None:
        return reading.decimal
    raise HistoryError(_faults(reading, rows, name))


def _fields(cells: Cells) -> list[str]:
    """The measures, and Meta's results where nothing else counts conversions."""
    fields = [field for field in MEASURES if field in cells.where]
    return fields + (["results"] if "results" in cells.where else [])


def _distinct(rows: Rows, field: str) -> dict[str, None]:
    columns = [(cells.text(field), mask) for cells, mask in rows]
    return {text: None for texts, mask in columns if texts for _, text in texts.used(mask)}


def _faults(reading: Reading, rows: Rows, name: str) -> list[Fault]:
    if reading.ambiguous:
        field, text = reading.ambiguous
        point, comma = (parse(bare(text), d) for d in DECIMALS)
        problem = said(
            "'{text}' is {point} with a decimal point and {comma} with a decimal comma, and "
            "nothing else in the file tells",
            text=text.strip(),
            point=f"{point:,.10g}",
            comma=f"{comma:,.10g}",
        )
        remedy = said("Say which: --decimal {file}=point or --decimal {file}=comma", file=name)
        return [Fault(_place(rows, name, field, text), problem, remedy)]
    if reading.conflict:
        (point_field, point), (comma_field, comma) = reading.conflict
        problem = said(
            "'{point}' has a decimal point, but '{comma}' ({place}) a decimal comma",
            point=point.strip(),
            comma=comma.strip(),
            place=_place(rows, name, comma_field, comma),
        )
        remedy = said("Download the report again: it was edited, or two were pasted together")
        return [Fault(_place(rows, name, point_field, point), problem, remedy)]
    faults = [
        Fault(
            _place(rows, name, field, text),
            said("'{text}' is not a number", text=text.strip()[:40]),
            said("Download the report again, or correct the cell"),
        )
        for field, texts in (reading.wrong or {}).items()
        for text in texts
    ]
    return at_most(faults, name)


def _place(rows: Rows, name: str, field: str, text: str) -> Phrase:
    """File, line and header of the first cell that holds a text."""
    for cells, mask in rows:
        texts = cells.text(field)
        for code, found in texts.used(mask) if texts else ():
            if found == text and texts:
                line = cells.lines[texts.first_row(code, mask)]
                return place(name, int(line), cells.title(field))
    return place(name, column=field)
