"""Rows as CSV text that a spreadsheet opens without executing anything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from models.visible import visible

# What a spreadsheet takes for the start of a formula (OWASP, CSV injection), at the start of a cell
# or behind whatever another spreadsheet takes for the end of one; also in full width.
RISKY = re.compile(r"""(^|[;,|\t\r\n"])(\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])""")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated lines; None is an empty cell, numbers keep their full precision.

    A text that a spreadsheet would run as a formula gets an apostrophe in front of it; characters
    that do not show are escaped.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = RISKY.sub(r"\1\2'\3", cell)
    # A leading tab or line end may be dropped on the way, and what follows becomes the start.
    return visible(f"'{text}" if text[:1] in ("\t", "\r", "\n") else text)
