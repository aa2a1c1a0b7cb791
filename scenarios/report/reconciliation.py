"""The reconciliation of an import: every row read, kept or left out, and the stated totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from models.exports.reconciliation import (
    Credit,
    FileAccount,
    PlatformSum,
    Reconciliation,
    Unmatched,
)
from scenarios.report.numbers import amount, percent, plural, signed, signed_percent

if TYPE_CHECKING:
    from rich.table import Table

MOST_UNMATCHED = 20


def reconciliation_report(found: Reconciliation) -> list[Any]:
    """What to print, top to bottom: files, what was left out, platforms, channels, notices."""
    from rich.text import Text

    money = found.currency or "no currency named"
    rates = "".join(f", 1 {code} = {rate:g} {money}" for code, rate in found.rates.items())
    parts: list[Any] = [
        Text(
            f"{plural(len(found.files), 'report')}, {found.rows:,} rows of history, {money}{rates}"
        ),
        files_table(found.files),
    ]
    parts += _section("Left out", _left_out(found.files))
    parts += _section("Totals that the files state and their rows do not reach", _differing(found))
    parts += [platforms_table(found.platforms)]
    if found.credit:
        parts += [Text("Conversions by the platforms and by GA4, on the same dates")]
        parts += [credit_table(found.credit)]
    parts += _section("In no channel ('unmatched' in the history)", _unmatched(found.unmatched))
    parts += _section("What was understood", _notices(found))
    return parts


def reconciliation_json(found: Reconciliation) -> str:
    """The whole account as JSON."""
    import json

    told = asdict(found)
    for one, file in zip(told["files"], found.files, strict=True):
        one["agrees"] = file.agrees
    for one, credit in zip(told["credit"], found.credit, strict=True):
        one["over_crediting"] = credit.over_crediting
    return json.dumps(told, indent=1, default=str, ensure_ascii=False, allow_nan=False)


def files_table(files: Iterable[FileAccount]) -> Table:
    """One row per report: what it is, its rows, its money."""
    table = _table(
        ("file", "report", "dates"), ("read", "kept", "left out", "spend", "conversions", "totals")
    )
    for file in files:
        table.add_row(
            _text(file.file),
            f"{file.platform}, {file.level}",
            f"{file.first} to {file.last}" if file.first else "-",
            f"{file.rows_read:,}",
            f"{file.rows_kept:,}",
            f"{file.rows_read - file.rows_kept:,}",
            _money(file),
            amount(file.conversions),
            _agreement(file.agrees),
        )
    return table


def platforms_table(platforms: Iterable[PlatformSum]) -> Table:
    """One row per platform over all files, in the history's currency."""
    table = _table(
        ("platform",), ("reports", "rows", "spend", "conversions", "revenue", "stated totals")
    )
    for one in platforms:
        table.add_row(
            _text(one.platform),
            f"{one.files:,}",
            f"{one.rows:,}",
            amount(one.spend),
            amount(one.conversions),
            amount(one.revenue),
            _agreement(one.agrees),
        )
    return table


def credit_table(credit: Iterable[Credit]) -> Table:
    """How much more the platforms claim per channel than GA4 counts."""
    table = _table(("channel",), ("platforms", "GA4", "difference", "over-crediting"))
    for one in credit:
        table.add_row(
            _text(one.channel),
            amount(one.platforms),
            amount(one.ga4),
            signed(None if one.platforms is None else one.platforms - one.ga4),
            signed_percent(one.over_crediting),
        )
    return table


def _table(left: Iterable[str], right: Iterable[str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _text(name: str) -> Any:
    from rich.text import Text

    return Text(name)


def _money(file: FileAccount) -> str:
    if file.spend is None:
        return amount(None)
    return " ".join([amount(file.spend), *filter(None, file.currencies)])


def _agreement(agrees: bool | None) -> str:
    return "none" if agrees is None else "agree" if agrees else "differ"


def _section(title: str, lines: Iterator[str]) -> list[Any]:
    from rich.padding import Padding
    from rich.text import Text

    found = list(lines)
    return [Text(title), *(Padding(Text(line), (0, 0, 0, 4)) for line in found)] if found else []


def _left_out(files: Iterable[FileAccount]) -> Iterator[str]:
    for file in files:
        for out in file.left_out:
            money = f", spend {amount(out.spend)}" if out.spend else ""
            yield f"{file.file}: {plural(out.rows, 'row')}{money}: {out.reason}"


def _differing(found: Reconciliation) -> Iterator[str]:
    for file in found.files:
        for total in file.totals:
            if not total.agrees:
                short = total.counted - total.stated
                yield (
                    f"{file.file}: '{total.label}' states {total.measure} of "
                    f"{amount(total.stated)}, its rows come to {amount(total.counted)} "
                    f"({signed(short)})"
                )


def _unmatched(unmatched: tuple[Unmatched, ...]) -> Iterator[str]:
    total = sum(one.spend for one in unmatched)
    for one in unmatched[:MOST_UNMATCHED]:
        share = percent(one.spend / total) if total else "0 %"
        kind = f", {one.campaign_type}" if one.campaign_type else ""
        yield f"{one.platform}{kind}: '{one.campaign}', spend {amount(one.spend)} ({share})"
    if more := len(unmatched) - MOST_UNMATCHED:
        rest = sum(one.spend for one in unmatched[MOST_UNMATCHED:])
        if more > 0:
            yield f"and {more:,} more, spend {amount(rest)}"


def _notices(found: Reconciliation) -> Iterator[str]:
    yield from found.notices
    for file in found.files:
        yield f"{file.file}: {file.form}"
        yield from (f"{file.file}: {notice}" for notice in file.notices)
