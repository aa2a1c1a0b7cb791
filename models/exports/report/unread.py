"""The columns of a report that are not read: named, and asked about where they look like money."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells import number_parsing
from models.exports.cells.distinct_texts import Cells, Mask
from models.exports.cells.headers import plain
from models.exports.cells.places import listed, place
from models.exports.platforms.platform import Platform
from models.phrases import Phrase, said

# What the conversions brought, in six languages ...
_REVENUE = re.compile(
    r"\brevenue|\bsales\b|turnover|\bvalue\b|doanh thu|giá trị|chiffre d'affaires|\brevenus?\b"
    r"|\bvaleur\b|receita|\bvalor\b|ingresos|umsatz|\bwert\b|-wert\b"
)
# ... and what only sounds like it: rates, costs of one, settings, names.
_NO_SUM = re.compile(
    r"/|%|\bper\b|\bpro\b|\bpor\b|\bpar\b|rate\b|ratio|avg|average|durchschn|\bcp[acm]\b|roas|acos"
    r"|\bcost\b|\bid\b|name|type|status|setting|currency|model|rule|objective|strategy|target"
    r"|\bas of\b|lifetime|ltv|view-through|cross-device"
)


def suspects(header: Sequence[str], where: Mapping[str, int]) -> tuple[int, ...]:
    """Columns that nothing reads and that look like revenue, where no column of it is read."""
    if "revenue" in where:
        return ()
    read = set(where.values())
    return tuple(
        position
        for position, text in enumerate(header)
        if position not in read and _REVENUE.search(plain(text)) and not _NO_SUM.search(plain(text))
    )


def unread(
    cells: Cells, kept: Mask, platform: Platform, ignored: Sequence[str], file: str
) -> tuple[Phrase, ...]:
    """A notice that names the columns which are not read.

    Parameters
    ----------
    ignored : headers that the person does not want read
    file : its name, as options call it

    Raises
    ------
    HistoryError : one of them holds sums that look like revenue, and no revenue is read
    """
    known = {plain(text) for text in ignored}
    asked = [
        position
        for position in suspects(cells.header, cells.where)
        if plain(cells.header[position]) not in known and _holds_sums(cells, position, kept)
    ]
    if asked and platform.gives_spend:
        raise HistoryError(_asked(cells.header[position], cells.file, file) for position in asked)
    left = set(range(len(cells.header))) - set(cells.where.values())
    names = [cells.header[position] for position in sorted(left)]
    shown = listed(names)
    return (said("not read: {columns}", columns=shown),) if shown else ()


def _asked(header: str, name: str, file: str) -> Fault:
    return Fault(
        place(name, column=" ".join(header.split())),
        said("is not read, and looks like revenue"),
        said(
            'Say what it is: --column "{file}:revenue={header}", or that it is not to be read: '
            '--column "{file}:ignore={header}"',
            file=file,
            header=" ".join(header.split()),
        ),
    )


def _holds_sums(cells: Cells, position: int, kept: Mask) -> bool:
    texts = [text for _, text in cells.columns[position].used(kept)]
    values = number_parsing.values(texts, cells.decimal)
    return bool(np.nansum(np.abs(values)) > 0)
