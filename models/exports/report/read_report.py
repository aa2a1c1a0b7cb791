"""One file -> tidy rows and their account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.dates import DateForm
from models.exports.cells.distinct_texts import Cells, Mask
from models.exports.cells.number_parsing import Decimal
from models.exports.cells.places import listed
from models.exports.fields import LEVELS
from models.exports.options import ReadOptions, columns_of, ignored_in, is_later, said_of
from models.exports.platforms.platform import Platform
from models.exports.records.text_records import SourceFile
from models.exports.report.date_columns import Period, find_period, hours_summed
from models.exports.report.decimal_mark import decide_decimal
from models.exports.report.drafts import Draft, check_count, draft_of, totals_of
from models.exports.report.made import Made, made_at, time_zone
from models.exports.report.money_units import blanks, netted, units, with_units
from models.exports.report.partial import partial_of
from models.exports.report.parts import Part, total
from models.exports.report.recognition import recognise
from models.exports.report.reconciliation import FileAccount, LeftOut
from models.exports.report.stated_totals import check_totals
from models.exports.report.table_detection import Contents, read_contents
from models.exports.report.tidy_rows import tidy_frame
from models.exports.report.unread import unread
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

_MARKS = {"point": said("point"), "comma": said("comma")}


def read_export(source: SourceFile, options: ReadOptions) -> list[Part]:
    """Read one platform's report.

    Returns
    -------
    one part per table: a file has several where reports were pasted together

    Raises
    ------
    HistoryError : it is no known report, not by day or week, lacks a column, is truncated, or
        leaves open what its figures or dates mean
    """
    platform_name = said_of(options.platform, source.path)
    found = recognise(source, platform_name, columns_of(options, source.path))
    platform = found.platform
    contents = read_contents(source, found.form, found.header_at, platform)
    if not contents.tables:
        header = listed(contents.other_rows)
        problem = said(
            "has no table of {title} by day: it has {header}", title=platform.title, header=header
        )
        raise HistoryError(Fault(source.name, problem, platform.download))
    drafts = [draft_of(table, platform, source) for table in contents.tables]
    period = _period(drafts, platform, source, contents, options)
    decimal = decide_decimal(
        [(draft.cells, draft.kept | totals_of(draft)) for draft in drafts],
        source.name,
        cast(Decimal | None, said_of(options.decimal, source.path)),
    )
    drafts = [with_units(draft, decimal, platform, source, options) for draft in drafts]
    form = said(
        "{form}, decimal {mark}, dates {dates}",
        form=source.describe(found.form),
        mark=_MARKS[decimal],
        dates=period.form.upper(),
    )
    report = _Report(source, platform, options, period, form)
    made = made_at(contents.preamble, source.path)
    parts = [_part(draft, report, index, made) for index, draft in enumerate(drafts)]
    return _with_contents(parts, contents)


def _period(
    drafts: Sequence[Draft],
    platform: Platform,
    source: SourceFile,
    contents: Contents,
    options: ReadOptions,
) -> Period:
    missing = _missing(drafts[0].cells, platform, options)
    declared = said_of(options.period, source.path)
    try:
        if not any(draft.kept.any() for draft in drafts):
            problem = said("has a header and no rows")
            raise HistoryError(Fault(source.name, problem, platform.download))
        period = find_period(
            [(draft.cells, draft.kept) for draft in drafts],
            platform,
            source.name,
            contents.preamble,
            cast(DateForm | None, said_of(options.date_form, source.path)),
            {"day": 1, "week": 7}.get(declared or ""),
            options.today,
        )
    except HistoryError as error:
        raise HistoryError([*missing, *error.faults]) from None
    if missing:
        raise HistoryError(missing)
    check_count(drafts, contents.preamble, source)
    return period


def _missing(cells: Cells, platform: Platform, options: ReadOptions) -> list[Fault]:
    from_ga4 = options.conversions_from == "ga4" and platform.gives_spend
    faults = []
    for name in platform.needs:
        instead = name == "conversions" and (from_ga4 or "results" in cells.where)
        if name not in cells.where and not instead:
            wording = platform.fields[name][0].title()
            faults.append(
                Fault(
                    cells.file,
                    said(
                        "is a {title} report without the column '{column}': it has {header}",
                        title=platform.title,
                        column=wording,
                        header=listed(cells.header),
                    ),
                    said(
                        "{download}. If a header is worded differently: --column {field}=HEADER",
                        download=platform.download,
                        field=name,
                    ),
                )
            )
    return faults


@dataclass(frozen=True)
class _Report:
    """What holds for all tables of a file."""

    source: SourceFile
    platform: Platform
    options: ReadOptions
    period: Period
    form: Phrase


def _part(draft: Draft, report: _Report, index: int, made: Made) -> Part:
    cells, platform, options = draft.cells, report.platform, report.options
    source = report.source
    measured = platform.measures(cells, options)
    says_something = np.zeros(len(cells), dtype=bool)
    for numbers in measured.values.values():
        says_something |= ~np.isnan(numbers)
    kept = draft.kept & says_something
    days = report.period.days[index]
    frame = tidy_frame(cells, kept, days, measured.values, platform, options, source)
    frame, credits = netted(frame, cells, kept)
    partial = partial_of(cells, kept)
    notices = [
        *measured.notices,
        *credits,
        *units(cells, measured.values),
        *blanks(measured.values, kept, platform),
        *hours_summed(cells, draft.kept),
        *unread(cells, draft.kept, platform, ignored_in(options, source.path), source.path.name),
    ]
    if index:
        notices.append(said("the header stands again: what follows is read as another report"))
    if partial is not None:
        notices.append(partial)
    account = _account(draft, report, index, frame, kept, measured.values)
    return Part(
        frame,
        replace(account, notices=tuple(notices)),
        platform.gives_spend,
        made=made,
        is_later=is_later(options, source.path),
        is_partial=partial is not None,
    )


def _account(
    draft: Draft,
    report: _Report,
    index: int,
    frame: pd.DataFrame,
    kept: Mask,
    values: Mapping[str, np.ndarray],
) -> FileAccount:
    """What became of a table's rows; its notices are still to come."""
    cells, name = draft.cells, report.source.name
    level = [level for level in LEVELS if level in cells.where][-1:] or ["account"]
    dated = report.period.days[index][kept]
    return FileAccount(
        file=name if not index else f"{name}, from line {cells.header_line}",
        platform=report.platform.name,
        form=report.form,
        level=level[0],
        period_days=report.period.length,
        first=dated.min().item() if len(dated) else None,
        last=dated.max().item() if len(dated) else None,
        rows_read=len(cells) + len(draft.notes),
        rows_kept=int(kept.sum()),
        left_out=_left_out(draft, draft.kept & ~kept, values),
        spend=total(frame, "spend"),
        conversions=total(frame, "conversions"),
        revenue=total(frame, "revenue"),
        currencies=tuple(sorted(frame["currency"].cat.remove_unused_categories().cat.categories)),
        totals=check_totals(cells, tuple(e for e in draft.excluded if e.label), kept, dict(values)),
        notices=(),
    )


def _left_out(draft: Draft, blank: Mask, values: Mapping[str, np.ndarray]) -> tuple[LeftOut, ...]:
    spend = values.get("spend", np.zeros(len(draft.cells)))
    out: dict[str, LeftOut] = {}
    for exclusion in draft.excluded:
        money = 0.0 if exclusion.label else float(np.nansum(spend[exclusion.rows]))
        before = out.get(exclusion.reason, LeftOut(exclusion.reason, 0))
        rows = before.rows + int(exclusion.rows.sum())
        out[exclusion.reason] = LeftOut(exclusion.reason, rows, before.spend + money)
    if blank.any():
        out["blank"] = LeftOut(said("nothing recorded in the row"), int(blank.sum()))
    if draft.notes:
        out["notes"] = LeftOut(said("a line of text, no row"), len(draft.notes))
    return tuple(out.values())


def _with_contents(parts: list[Part], contents: Contents) -> list[Part]:
    """Add to the last part's account what belongs to the file as a whole."""
    account = parts[-1].account
    others = tuple(
        LeftOut(said("another table, without spend by day: {header}", header=header), rows)
        for header, rows in contents.other_rows.items()
        if rows
    )
    incomplete = any("incomplete data: true" in text.casefold() for text in contents.preamble)
    notice = (said("the report says that its last days may be incomplete"),) if incomplete else ()
    notice += time_zone(contents.preamble)
    account = replace(
        account,
        rows_read=account.rows_read + sum(out.rows for out in others),
        left_out=(*account.left_out, *others),
        notices=(*account.notices, *notice),
    )
    return [*parts[:-1], replace(parts[-1], account=account)]
