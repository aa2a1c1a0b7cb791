"""The reconciliation of an import: every row read, kept or left out, and the stated totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from models.exports.fields import LEVELS
from models.exports.report.reconciliation import (
    Credit,
    FileAccount,
    PlatformSum,
    Reconciliation,
    Unmatched,
)
from models.phrases import Phrase, said
from scenarios.language.language import Language

if TYPE_CHECKING:
    from rich.table import Table

MOST_UNMATCHED = 20
AGREEMENT = {None: said("none"), True: said("agree"), False: said("differ")}
Columns = tuple[Phrase, ...]


def reconciliation_report(found: Reconciliation, spoken: Language) -> list[Any]:
    """What to print, top to bottom: files, what was left out, platforms, channels, notices."""
    from rich.text import Text

    parts: list[Any] = [Text(spoken.say(_headline(found))), files_table(found.files, spoken)]
    parts += _section(said("Left out"), _left_out(found.files), spoken)
    title = said("Totals that the files state and their rows do not reach")
    parts += _section(title, _differing(found, spoken), spoken)
    parts += [platforms_table(found.platforms, spoken)]
    if found.credit:
        title = said("Conversions by the platforms and by GA4, on the same dates")
        parts += [Text(spoken.say(title)), credit_table(found.credit, spoken)]
    title = said("In no channel ('unmatched' in the history)")
    parts += _section(title, _unmatched(found.unmatched, spoken), spoken)
    parts += _section(said("What was understood"), _notices(found), spoken)
    return parts


def reconciliation_json(found: Reconciliation) -> str:
    """The whole account as JSON, in English."""
    import json

    told = asdict(found)
    for one, file in zip(told["files"], found.files, strict=True):
        one["agrees"] = file.agrees
    for one, credit in zip(told["credit"], found.credit, strict=True):
        one["over_crediting"] = credit.over_crediting
    return json.dumps(told, indent=1, default=str, ensure_ascii=False, allow_nan=False)


def files_table(files: Iterable[FileAccount], spoken: Language) -> Table:
    """One row per report: what it is, its rows, its money."""
    table = _table(
        (said("file"), said("report"), said("dates")),
        (said("rows kept"), said("spend"), said("conversions"), said("totals")),
        spoken,
    )
    for file in files:
        dates = said("{first} to {last}", first=file.first, last=file.last)
        rows = said("{kept:,d} of {read:,d}", kept=file.rows_kept, read=file.rows_read)
        money = " ".join([_amount(file.spend, spoken), *filter(None, file.currencies)])
        table.add_row(
            _text(file.file),
            file.platform,
            spoken.say(dates) if file.first else "-",
            spoken.say(rows),
            "-" if file.spend is None else money,
            _amount(file.conversions, spoken),
            spoken.say(AGREEMENT[file.agrees]),
        )
    return table


def platforms_table(platforms: Iterable[PlatformSum], spoken: Language) -> Table:
    """One row per platform over all files, in the history's currency."""
    counts = (said("reports"), said("rows"), said("spend"), said("conversions"), said("revenue"))
    table = _table((said("platform"),), (*counts, said("stated totals")), spoken)
    for one in platforms:
        table.add_row(
            _text(one.platform),
            spoken.number(one.files, ",d"),
            spoken.number(one.rows, ",d"),
            *(_amount(value, spoken) for value in (one.spend, one.conversions, one.revenue)),
            spoken.say(AGREEMENT[one.agrees]),
        )
    return table


def credit_table(credit: Iterable[Credit], spoken: Language) -> Table:
    """How much more the platforms claim per channel than GA4 counts."""
    columns = (said("platforms"), said("GA4"), said("difference"), said("over-crediting"))
    table = _table((said("channel"),), columns, spoken)
    for one in credit:
        difference = None if one.platforms is None else one.platforms - one.ga4
        over = one.over_crediting
        table.add_row(
            _text(one.channel),
            _amount(one.platforms, spoken),
            _amount(one.ga4, spoken),
            ("+" if difference and difference > 0 else "") + _amount(difference, spoken),
            "-" if over is None else spoken.number(over, "+,.1%"),
        )
    return table


def _headline(found: Reconciliation) -> Phrase:
    money = said("{code}", code=found.currency) if found.currency else said("no currency named")
    rates = [
        said("1 {code} = {rate} {money}", code=code, rate=f"{rate:g}", money=money)
        for code, rate in found.rates.items()
    ]
    return said(
        "reports: {files:,d}, rows of history: {rows:,d}, {money}",
        files=len(found.files),
        rows=found.rows,
        money=[money, *rates],
    )


def _table(left: Columns, right: Columns, spoken: Language) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    first, *words = left
    table.add_column(spoken.say(first), overflow="fold", min_width=12)
    for name in words:
        # Dates may go on two lines, names of platforms not.
        table.add_column(spoken.say(name), no_wrap=name != "dates")
    for name in right:
        table.add_column(spoken.say(name), justify="right", no_wrap=True)
    return table


def _text(name: str) -> Any:
    from rich.text import Text

    return Text(name)


def _amount(value: float | None, spoken: Language) -> str:
    """Money or a count: 12,345; below a thousand with its cents, if it has any."""
    if value is None:
        return "-"
    if abs(value) >= 999.995 or round(value, 2) == round(value):
        return spoken.number(value, ",.0f")
    return spoken.number(value, ",.2f")


def _section(title: Phrase, lines: Iterator[Phrase], spoken: Language) -> list[Any]:
    from rich.padding import Padding
    from rich.text import Text

    found = [Padding(Text(spoken.say(line)), (0, 0, 0, 4)) for line in lines]
    return [Text(spoken.say(title)), *found] if found else []


def _left_out(files: Iterable[FileAccount]) -> Iterator[Phrase]:
    for file in files:
        for out in file.left_out:
            rows = said("{n:,d} of {all:,d} rows", n=out.rows, all=file.rows_read)
            if out.spend:
                rows = said("{rows}, spend {spend:,.2f}", rows=rows, spend=out.spend)
            yield said("{file}: {rows}: {reason}", file=file.file, rows=rows, reason=out.reason)


def _differing(found: Reconciliation, spoken: Language) -> Iterator[Phrase]:
    for file in found.files:
        for total in file.totals:
            if not total.agrees:
                yield said(
                    "{file}: '{label}' states {measure} of {stated}, its rows come to {counted} "
                    "({short})",
                    file=file.file,
                    label=total.label,
                    measure=said(total.measure),
                    stated=_amount(total.stated, spoken),
                    counted=_amount(total.counted, spoken),
                    short=spoken.number(total.counted - total.stated, "+,.2f"),
                )


def _unmatched(unmatched: tuple[Unmatched, ...], spoken: Language) -> Iterator[Phrase]:
    total = sum(one.spend for one in unmatched)
    for one in unmatched[:MOST_UNMATCHED]:
        yield said(
            "{platform}: '{campaign}', spend {spend} ({share:.1%})",
            platform=", ".join(filter(None, (one.platform, one.campaign_type))),
            campaign=one.campaign,
            spend=_amount(one.spend, spoken),
            share=one.spend / total if total else 0.0,
        )
    rest = unmatched[MOST_UNMATCHED:]
    if rest:
        spend = _amount(sum(one.spend for one in rest), spoken)
        yield said("and {n:,d} more, spend {spend}", n=len(rest), spend=spend)


def _notices(found: Reconciliation) -> Iterator[Phrase]:
    yield from found.notices
    for file in found.files:
        form = said(
            "{form}, one row per {level} and {period}",
            form=file.form,
            level=LEVELS[file.level],
            period=said("day") if file.period_days == 1 else said("week"),
        )
        for notice in (form, *file.notices):
            yield said("{file}: {notice}", file=file.file, notice=notice)
