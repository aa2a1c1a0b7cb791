"""Mix histories: one row per date, one KPI, a column of spend per channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from models.history.column_mapping import (
    COMMON_NAMES,
    guess_spend,
    is_there,
    normalised,
    quoted,
    split_currency,
    taken_as,
)
from models.history.controls import read_control
from models.history.history import HistorySpec
from models.history.parsed_rows import Rows, one_currency, other_columns
from models.history.parsing import Faults, parse_dates, parse_numbers
from models.phrases import Phrase, said
from models.visible import indistinct, visible

if TYPE_CHECKING:
    import pandas as pd


def mix_rows(spec: HistorySpec, faults: Faults, today: date | None) -> Rows:
    """Read one row per date (and segment): one KPI, a column of spend per channel."""
    import pandas as pd

    named, notices = _mix_columns(spec, faults)
    date_column = _mix_date(spec, faults, notices)
    there = faults.table.frame.columns
    dates = pd.Series(dtype="datetime64[s]")
    if date_column in there:
        dates = parse_dates(date_column, faults, spec.date_format, today)
    values = {
        key: parse_numbers(header, faults, spec.decimal)
        for key, header in named.items()
        if header in there
    }
    for control in spec.controls:
        if control in there:
            for name, column in read_control(control, spec, faults, notices).items():
                values["control", name] = column
    faults.check()
    if ("value_per_conversion", "total") in named:
        worth = values.pop(("value_per_conversion", "total"))
        values["revenue", "total"] = values["conversions", "total"] * worth
        notices.append(
            said("revenue is conversions times '{column}'", column=spec.value_per_conversion)
        )
    notices += _scaled(values, spec, dates, faults)
    faults.check()
    headers = {normalised(header): header for header in faults.table.frame.columns}
    currency_column = next((headers[n] for n in COMMON_NAMES["currency"] if n in headers), None)
    currency = one_currency(currency_column, None, spec.currency, faults)
    claimed = {date_column, *named.values(), *spec.controls, currency_column}
    segments, unused = other_columns(claimed, faults)
    if dates.is_unique:
        unused, segments = [*segments, *unused], []
    else:
        _check_segments(dates, segments, faults, notices)
    if unused:
        notices.append(said("not used: {columns}", columns=unused))
    frame = pd.DataFrame(values)
    frame.columns = pd.MultiIndex.from_tuples(list(values))
    return Rows(dates, None, frame, tuple(segments), currency, tuple(notices))


def _scaled(
    values: dict[tuple[str, str], pd.Series], spec: HistorySpec, dates: pd.Series, faults: Faults
) -> list[Phrase]:
    """Money in another unit from a day on, brought to the one before it, in place.

    Revenue is that of all channels, which goes by the name "total".
    """
    import pandas as pd

    notices: list[Phrase] = []
    for scale in spec.scales:
        key = (scale.column, scale.channel)
        rows = dates >= pd.Timestamp(scale.since)
        if key not in values or not rows.any():
            names = sorted(name for column, name in values if column == scale.column)
            faults.add(scale.nothing, said("There are: {names}", names=names[:12]))
            continue
        values[key] = values[key].where(~rows, values[key] * scale.factor)
        if scale.factor != 1:
            notices.append(scale.done(int(rows.sum())))
    return notices


def _mix_columns(
    spec: HistorySpec, faults: Faults
) -> tuple[dict[tuple[str, str], str], list[Phrase]]:
    """Headers by (metric, name), with what was taken for what."""
    headers = list(faults.table.frame.columns)
    notices: list[Phrase] = []
    if isinstance(spec.spend, str):
        faults.add(
            said("a mix needs a column of spend for each channel"),
            said("Write --spend CHANNEL=COLUMN for each"),
        )
        spend: Mapping[str, str] = {}
    elif spec.spend:
        spend = spec.spend
    else:
        spend = guess_spend(headers)
        if spend:
            pairs = [f"{channel} ('{header}')" for channel, header in spend.items()]
            notices.append(said("spend is taken for {pairs}", pairs=pairs))
        if not spend:
            faults.add(
                said("no columns of spend are named, and none ends in _spend, _cost or _S"),
                said("Name them: --spend CHANNEL=COLUMN (in a scenario's history: spend:)"),
            )
    for name, other in indistinct(spend):
        problem = said("'{name}' holds characters that do not show", name=visible(name))
        if other is not None:
            problem = said("'{a}' and '{b}' look the same", a=visible(name), b=visible(other))
        faults.add(problem, said("Write it with letters, digits, signs and spaces only"))
    named = {("spend", channel): header for channel, header in spend.items()}
    named |= _kpi_columns(spec, headers, faults, notices)
    for metric, by_channel in spec.media.items():
        named |= {(metric, channel): header for channel, header in by_channel.items()}
    by_header: dict[str, str] = {}
    for (metric, name), header in named.items():
        what = metric if name == "total" else said("{metric} of {name}", metric=metric, name=name)
        if is_there(header, headers, faults) and header in by_header:
            first = by_header[header]
            faults.add(
                said(
                    "column '{header}' is named twice, as {first} and as {second}",
                    header=header,
                    first=first,
                    second=what,
                ),
                said("Name it once"),
            )
        by_header.setdefault(header, what)
    for control in spec.controls:
        is_there(control, headers, faults)
    return named, notices


def _kpi_columns(
    spec: HistorySpec, headers: list[str], faults: Faults, notices: list[Phrase]
) -> dict[tuple[str, str], str]:
    kpi, revenue = spec.kpi, spec.revenue
    if kpi is None and revenue is None:
        plain = {normalised(header): header for header in headers}
        kpi = next((plain[name] for name in COMMON_NAMES["conversions"] if name in plain), None)
        revenue = next((plain[name] for name in COMMON_NAMES["revenue"] if name in plain), None)
        for header, what in ((kpi, "conversions"), (revenue, "revenue")):
            if header is not None and header != what:
                notices.append(taken_as(header, what))
        if kpi is None and revenue is None:
            faults.add(
                said("no KPI is named"),
                said(
                    "Name the column that the spend is to explain: --kpi COLUMN "
                    "(in a scenario's history: kpi: COLUMN, or revenue: COLUMN for money)"
                ),
            )
    elif kpi is not None and revenue is None and _is_money(kpi):
        notices.append(
            said("the KPI '{column}' is taken as revenue: there are no conversions", column=kpi)
        )
        kpi, revenue = None, kpi
    if spec.value_per_conversion is not None and (kpi is None or revenue is not None):
        faults.add(
            said("a value per conversion needs conversions (kpi), and leaves no room for revenue"),
            said("Name kpi and value_per_conversion, or kpi and revenue"),
        )
    chosen = {
        "conversions": kpi,
        "revenue": revenue,
        "value_per_conversion": spec.value_per_conversion,
    }
    return {(metric, "total"): header for metric, header in chosen.items() if header is not None}


def _is_money(header: str) -> bool:
    return normalised(split_currency(header)[0]) in COMMON_NAMES["revenue"]


def _mix_date(spec: HistorySpec, faults: Faults, notices: list[Phrase]) -> str:
    headers = list(faults.table.frame.columns)
    if spec.date is not None:
        is_there(spec.date, headers, faults)
        return spec.date
    plain = {normalised(header): header for header in headers}
    hits = [plain[name] for name in COMMON_NAMES["date"] if name in plain]
    if not hits:
        faults.add(
            said("there is no column of dates"),
            said("Name it: --date COLUMN (in a scenario's history: date: COLUMN)"),
        )
        return ""
    if len(hits) > 1 and normalised(hits[0]) != "date":
        faults.add(
            said("{headers} could each be the {name}", headers=quoted(hits), name="date"),
            said("Name one: --date COLUMN"),
        )
    elif normalised(hits[0]) != "date":
        notices.append(taken_as(hits[0], "date"))
    return hits[0]


def _check_segments(
    dates: pd.Series, segments: list[str], faults: Faults, notices: list[Phrase]
) -> None:
    """A mix has one row per date and segment; what a second row is for cannot be known."""
    keys = faults.table.frame[segments].astype(str).assign(**{"\0date": dates})
    faults.add_rows(
        keys.duplicated() & dates.notna(),
        lambda row: said("a second row for {date}", date=dates.iloc[row]),
        said("A mix has one row per date: sum the rows, or add a column such as geo"),
    )
    notices.append(said("summed over {columns}; controls are averaged", columns=segments))
    counts = dates.value_counts()
    if counts.nunique() > 1:
        notices.append(
            said(
                "not every date has as many rows: from {least} to {most}",
                least=int(counts.min()),
                most=int(counts.max()),
            )
        )
