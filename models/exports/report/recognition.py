"""Which platform's report a file is, told from its content; what is none of them is refused."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from models.errors import Fault, HistoryError
from models.exports.cells.headers import find, plain
from models.exports.cells.places import listed, one_of
from models.exports.fields import MEASURES
from models.exports.platforms.other import OTHER
from models.exports.platforms.platform import Platform
from models.exports.platforms.registry import PLATFORMS
from models.exports.records.text_records import AGAIN, JSON, NAMES, SourceFile, open_source
from models.phrases import said

_HEAD = 60  # records in which the first header must stand
_EXAMPLES = 5  # headers that a refusal shows


@dataclass(frozen=True)
class Recognised:
    """A file whose platform is known.

    Parameters
    ----------
    form : delimiter or sheet
    header_at : which record is the header, counted from 0
    """

    platform: Platform
    form: str
    header_at: int


@dataclass(frozen=True)
class _Candidate:
    signs: int
    is_whole: bool
    fields: int
    cells: int
    platform: Platform
    form: str
    header_at: int


def recognise(
    source: SourceFile, name: str | None, columns: Mapping[str, str] | None = None
) -> Recognised:
    """Find the header of a report, and whose report it is.

    A platform is told by what only it writes: its signs. A table without any is read only where
    a column of it says whose money a row is, or where the person names the platform.

    Parameters
    ----------
    name : the platform, where the person gives it
    columns : further wordings of headers, by field

    Raises
    ------
    HistoryError : no platform fits, or two fit equally well
    """
    columns = columns or {}
    platforms = [_with(platform, columns) for platform in _asked(name)]
    heads = {form: _head(source, form) for form in source.forms}
    candidates = [
        found
        for form, head in heads.items()
        for at in range(len(head))
        for platform in platforms
        if (found := _candidate(head, at, form, platform, is_named=name is not None))
    ]
    if not candidates or (name is None and _is_tidy(heads)):
        raise HistoryError(_unknown(source, heads, platforms))
    # Of equal ones the widest record: a bar in a name must not pass for a delimiter.
    best = max(candidates, key=lambda c: (*_rank(c), c.fields, c.cells, -c.header_at))
    rivals = {c.platform.name for c in candidates if _rank(c) == _rank(best)}
    if len(rivals) > 1:
        header = heads[best.form][best.header_at]
        raise HistoryError(_several(source, sorted(rivals), header))
    return Recognised(best.platform, best.form, best.header_at)


def _rank(candidate: _Candidate) -> tuple[int, bool]:
    return candidate.signs, candidate.is_whole


def _candidate(
    head: list[list[str]], at: int, form: str, platform: Platform, *, is_named: bool
) -> _Candidate | None:
    """What a record is as a platform's header; None where it is none."""
    record = head[at]
    found = find(record, platform.fields)
    if len(found) < 2 or not set(MEASURES) & set(found):
        return None
    above = [" ".join(filter(None, line)) for line in head[:at]]
    signs = platform.signs_in(record, above)
    whole = _is_whole(found, platform)
    if not signs and not is_named and not (whole and _says_whose(platform, found)):
        return None
    return _Candidate(signs, whole, len(found), len(record), platform, form, at)


def _says_whose(platform: Platform, found: Mapping[str, int]) -> bool:
    """Whether a column of a table of no platform's own form says whose money a row is."""
    return platform.name == OTHER.name and "platform" in found


def _several(source: SourceFile, rivals: list[str], header: list[str]) -> Fault:
    return Fault(
        source.name,
        said(
            "could be of {platforms}: its columns ({columns}) fit each",
            platforms=" or ".join(rivals),
            columns=listed(header),
        ),
        said(
            "Say which: --platform {file}={platform}",
            file=source.path.name,
            platform=rivals[0],
        ),
    )


def header_of(path: Path) -> list[str] | None:
    """The header of a file that is one platform's report; None of any other file."""
    try:
        source = open_source(path, str(path))
        found = recognise(source, None)
    except HistoryError:
        return None
    return _head(source, found.form)[found.header_at]


def _is_whole(found: Mapping[str, int], platform: Platform) -> bool:
    """Whether a header has all that its platform's report needs."""
    has_date = bool({"date", "week", "start"} & set(found))
    return has_date and set(platform.needs) - {"conversions"} <= set(found)


def _is_tidy(heads: Mapping[str, list[list[str]]]) -> bool:
    """Whether a file is a history already."""
    rows = ({plain(cell) for cell in record} for head in heads.values() for record in head)
    return any({"date", "channel", "spend"} <= row for row in rows)


def _asked(name: str | None) -> Iterable[Platform]:
    if name is None:
        return PLATFORMS.values()
    if name not in PLATFORMS:
        problem = said("there is no platform '{name}'", name=name)
        raise HistoryError(Fault("--platform", problem, one_of(name, PLATFORMS)))
    return [PLATFORMS[name]]


def _with(platform: Platform, columns: Mapping[str, str]) -> Platform:
    """The platform with the person's own wordings, which win."""
    if not columns:
        return platform
    added = {
        field: (plain(header), *platform.fields.get(field, ())) for field, header in columns.items()
    }
    return replace(platform, fields={**platform.fields, **added})


def _head(source: SourceFile, form: str) -> list[list[str]]:
    try:
        with source.open(form) as records:
            return list(islice(_until_broken(records), _HEAD))
    except HistoryError:
        if form == JSON:  # which has no other form to try
            raise
        return []


def _until_broken(records) -> Iterable[list[str]]:
    """A delimiter that is not the file's may break on a quote; what came before may still tell."""
    try:
        yield from records
    except csv.Error:
        return


def _unknown(
    source: SourceFile,
    heads: dict[str, list[list[str]]],
    platforms: list[Platform],
) -> Fault:
    records = next((head for head in heads.values() if head), [])
    if not records:
        return Fault(source.name, said("cannot be taken apart into cells"), AGAIN)
    if _is_tidy(heads):
        problem = said("is a tidy history already, not a platform's report")
        remedy = said("Name it as the history itself: it needs no import")
        return Fault(source.name, problem, remedy)
    for record in (record for head in heads.values() for record in head):
        fitting = [one.name for one in platforms if _is_whole(find(record, one.fields), one)]
        if fitting:
            return _of_nobody(source, record, fitting)
    return _no_report(source, heads, records, platforms)


def _of_nobody(source: SourceFile, header: list[str], fitting: list[str]) -> Fault:
    """A table with days and spend that shows no platform's sign."""
    file = source.path.name
    return Fault(
        source.name,
        said(
            "does not say whose it is: its columns ({columns}) would fit {platforms}",
            columns=listed(header),
            platforms=fitting,
        ),
        said(
            "Say it: --platform {file}=NAME; or --platform {file}=other, with --channel-from file "
            "to call its channel '{stem}'",
            file=file,
            stem=source.path.stem,
        ),
    )


def _no_report(
    source: SourceFile,
    heads: dict[str, list[list[str]]],
    records: list[list[str]],
    platforms: list[Platform],
) -> Fault:
    seen = _widest(heads)
    shown = listed(seen) or said("blank")
    problem = said("is no report that is known here: its widest row is {row}", row=shown)
    if source.encoding and len(seen) < 2:
        problem = said(
            "has no columns: none of {delimiters} parts its lines, such as {line}",
            delimiters=list(NAMES.values()),
            line=shown,
        )
        if other := _other_delimiter(" ".join(records[-1])):
            problem = said("{problem} ('{mark}' might)", problem=problem, mark=other)
    shown_platforms = platforms if len(platforms) < len(PLATFORMS) else platforms[:_EXAMPLES]
    remedy = said(
        "Expected, among the first {lines} lines, a header such as: {headers}",
        lines=_HEAD,
        headers="; ".join(f"{one.title}: {_example(one)}" for one in shown_platforms),
    )
    if source.encoding:
        remedy = said(
            "{remedy}. If a header is worded differently: --column FIELD=HEADER", remedy=remedy
        )
    return Fault(source.name, problem, remedy)


def _widest(heads: dict[str, list[list[str]]]) -> list[str]:
    rows = [record for head in heads.values() for record in head]
    return max(rows, key=lambda record: sum(1 for cell in record if cell.strip()))


def _other_delimiter(line: str) -> str | None:
    return next((mark for mark in ("^", "~", "\x1f", "¦", ":") if line.count(mark) > 2), None)


def _example(platform: Platform) -> str:
    fields = [name for name in ("date", "campaign", *platform.needs) if name in platform.fields]
    return ", ".join(platform.fields[name][0].title() for name in dict.fromkeys(fields))
