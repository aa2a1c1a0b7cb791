"""The rows of a history as numbers: tidy and mix, with everything that is wrong in a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from models.columns import (
    COMMON_NAMES,
    COUNTED,
    guess_spend,
    is_there,
    normalised,
    split_currency,
    tidy_columns,
)
from models.history import HistorySpec
from models.parsing import Faults, parse_dates, parse_numbers, parse_text

if TYPE_CHECKING:
    import pandas as pd

SUMS = {"total", "totals", "grand total", "subtotal", "sum", "all", "all channels", "overall"}
MOST_VALUES = 20  # of a control that holds text
ONCE = "Remove it if it is the same row twice; add a column that tells them apart if not"


@dataclass(frozen=True)
class Rows:
    """One row per row of the file.

    Parameters
    ----------
    dates : datetime64, shape (rows,)
    channels : names, shape (rows,); None in a mix
    values : tidy: one column per metric; mix: columns (metric, name), where the metrics are
        "spend" and media by channel, "conversions" and "revenue" by "total", and "control"
    segments : text columns that say what a row stands for beside its date and channel
    """

    dates: pd.Series
    channels: pd.Series | None
    values: pd.DataFrame
    segments: tuple[str, ...] = ()
    currency: str | None = None
    notices: tuple[str, ...] = ()

    def wide(self, chosen: np.ndarray | None = None) -> pd.DataFrame:
        """Sums by date, columns (metric, name); controls are means. `chosen` masks rows."""
        import pandas as pd

        keep = slice(None) if chosen is None else chosen
        values, dates = self.values[keep], self.dates[keep].rename("date")
        if self.channels is not None:
            grouped = values.groupby([dates, self.channels[keep].rename("channel")])
            return pd.DataFrame(grouped.sum().unstack("channel", fill_value=0.0))
        controls = values.columns.get_level_values(0) == "control"
        means = values.loc[:, controls].groupby(dates).mean()
        return values.loc[:, ~controls].groupby(dates).sum().join(means)


def tidy_rows(spec: HistorySpec, faults: Faults, today: date | None) -> Rows:
    """Read one row per date and channel; several rows of one date and channel are summed later."""
    import pandas as pd

    columns = tidy_columns(spec, faults)
    found = columns.found
    if not {"date", "channel", "spend", "conversions"} <= set(found):
        faults.check()
    dates = parse_dates(found["date"], faults, spec.date_format, today)
    channels = parse_text(found["channel"], faults)
    _check_channels(channels, found["channel"], faults)
    values = {
        name: parse_numbers(found[name], faults, spec.decimal)
        for name in ("spend", *COUNTED)
        if name in found
    }
    _refuse_repeats(faults)
    currency = _currency(found.get("currency"), columns.currency, spec.currency, faults)
    segments, unused = _other_columns(set(found.values()), faults)
    notices = [*columns.notices]
    groups = len(pd.DataFrame({"d": dates, "c": channels}).drop_duplicates())
    if groups < len(dates):
        over = f" (over {_listed(segments)})" if segments else ""
        notices.append(f"{len(dates):,} rows are summed to {groups:,} by date and channel{over}")
        unused = [name for name in unused if name not in segments]
    else:
        unused = [*segments, *unused]
    if unused:
        notices.append(f"not used: {_listed(unused)}")
    return Rows(dates, channels, pd.DataFrame(values), tuple(segments), currency, tuple(notices))


def mix_rows(spec: HistorySpec, faults: Faults, today: date | None) -> Rows:
    """Read one row per date (and segment): one KPI, a column of spend per channel."""
    import pandas as pd

    named, notices = _mix_columns(spec, faults)
    date_column = _mix_date(spec, faults, notices)
    faults.check()
    dates = parse_dates(date_column, faults, spec.date_format, today)
    values: dict[tuple[str, str], pd.Series] = {}
    for key, header in named.items():
        if key[0] != "value_per_conversion":
            values[key] = parse_numbers(header, faults, spec.decimal)
    if ("value_per_conversion", "total") in named:
        worth = parse_numbers(named["value_per_conversion", "total"], faults, spec.decimal)
        values["revenue", "total"] = values["conversions", "total"] * worth
        notices.append(f"revenue is conversions times '{spec.value_per_conversion}'")
    for control in spec.controls:
        for name, column in _control(control, spec, faults, notices).items():
            values["control", name] = column
    headers = {normalised(header): header for header in faults.table.frame.columns}
    currency_column = next((headers[n] for n in COMMON_NAMES["currency"] if n in headers), None)
    currency = _currency(currency_column, None, spec.currency, faults)
    claimed = {date_column, *named.values(), *spec.controls, currency_column}
    segments, unused = _other_columns(claimed, faults)
    if dates.is_unique:
        unused, segments = [*segments, *unused], []
    else:
        _check_segments(dates, segments, faults, notices)
    if unused:
        notices.append(f"not used: {_listed(unused)}")
    frame = pd.DataFrame(values)
    frame.columns = pd.MultiIndex.from_tuples(list(values))
    return Rows(dates, None, frame, tuple(segments), currency, tuple(notices))


def _mix_columns(spec: HistorySpec, faults: Faults) -> tuple[dict[tuple[str, str], str], list[str]]:
    """Headers by (metric, name), with what was taken for what."""
    headers = list(faults.table.frame.columns)
    notices: list[str] = []
    if isinstance(spec.spend, str):
        faults.add("a mix needs a column of spend for each channel", "Write --spend tv=COLUMN")
        spend: Mapping[str, str] = {}
    elif spec.spend:
        spend = spec.spend
    else:
        spend = guess_spend(headers)
        if spend:
            pairs = [f"{channel} from '{header}'" for channel, header in spend.items()]
            notices.append(f"spend is taken for {_listed(pairs)}")
        if not spend:
            faults.add(
                "no columns of spend are named, and none ends in _spend, _cost or _S",
                "Name each channel's column: --spend tv=COLUMN (in a scenario's history: spend:)",
            )
    named = {("spend", channel): header for channel, header in spend.items()}
    named |= _kpi_columns(spec, headers, faults, notices)
    for metric, by_channel in spec.media.items():
        named |= {(metric, channel): header for channel, header in by_channel.items()}
    by_header: dict[str, str] = {}
    for (metric, name), header in named.items():
        what = metric if name == "total" else f"{metric} of {name}"
        if is_there(header, headers, faults) and header in by_header:
            problem = f"column '{header}' is named twice, as {by_header[header]} and as {what}"
            faults.add(problem, "Name it once")
        by_header.setdefault(header, what)
    for control in spec.controls:
        is_there(control, headers, faults)
    return named, notices


def _kpi_columns(
    spec: HistorySpec, headers: list[str], faults: Faults, notices: list[str]
) -> dict[tuple[str, str], str]:
    kpi, revenue = spec.kpi, spec.revenue
    if kpi is None and revenue is None:
        plain = {normalised(header): header for header in headers}
        kpi = next((plain[name] for name in COMMON_NAMES["conversions"] if name in plain), None)
        revenue = next((plain[name] for name in COMMON_NAMES["revenue"] if name in plain), None)
        for header, what in ((kpi, "conversions"), (revenue, "revenue")):
            if header is not None and header != what:
                notices.append(f"column '{header}' is taken as {what}")
        if kpi is None and revenue is None:
            faults.add(
                "no KPI is named",
                "Name the column that the spend is to explain: --kpi COLUMN "
                "(in a scenario's history: kpi: COLUMN, or revenue: COLUMN for money)",
            )
    elif kpi is not None and revenue is None and _is_money(kpi):
        notices.append(f"the KPI '{kpi}' is taken as revenue: there are no conversions")
        kpi, revenue = None, kpi
    if spec.value_per_conversion is not None and (kpi is None or revenue is not None):
        faults.add(
            "a value per conversion needs conversions (kpi), and leaves no room for revenue",
            "Name kpi and value_per_conversion, or kpi and revenue",
        )
    chosen = {
        "conversions": kpi,
        "revenue": revenue,
        "value_per_conversion": spec.value_per_conversion,
    }
    return {(metric, "total"): header for metric, header in chosen.items() if header is not None}


def _is_money(header: str) -> bool:
    return normalised(split_currency(header)[0]) in COMMON_NAMES["revenue"]


def _mix_date(spec: HistorySpec, faults: Faults, notices: list[str]) -> str:
    headers = list(faults.table.frame.columns)
    if spec.date is not None:
        is_there(spec.date, headers, faults)
        return spec.date
    plain = {normalised(header): header for header in headers}
    hits = [plain[name] for name in COMMON_NAMES["date"] if name in plain]
    if not hits:
        faults.add("there is no column of dates", "Name it: --date COLUMN (date: in a scenario)")
        return ""
    if len(hits) > 1 and normalised(hits[0]) != "date":
        listed = " and ".join(f"'{hit}'" for hit in hits)
        faults.add(f"{listed} could each be the date", "Name one: --date COLUMN")
    elif normalised(hits[0]) != "date":
        notices.append(f"column '{hits[0]}' is taken as date")
    return hits[0]


def _control(
    column: str, spec: HistorySpec, faults: Faults, notices: list[str]
) -> dict[str, pd.Series]:
    """A control's numbers; one of text becomes a 0/1 column per value but the most frequent."""
    import pandas as pd

    from models.parsing import holds_numbers

    if holds_numbers(faults.table.frame[column], spec.decimal):
        return {column: parse_numbers(column, faults, spec.decimal, may_be_negative=True)}
    words = parse_text(column, faults)
    counts = words.value_counts()
    if len(counts) > MOST_VALUES:
        faults.add(
            f"the control '{column}' holds {len(counts)} different texts",
            f"Use at most {MOST_VALUES}, or numbers",
        )
        return {}
    common = min(counts[counts == counts.max()].index)
    others = sorted(set(counts.index) - {common})
    notices.append(
        f"control '{column}' holds text: a 0/1 column for each of {_listed(others) or 'none'}; "
        f"'{common}' is the usual case"
    )
    return {f"{column}={word}": pd.Series((words == word).astype(float)) for word in others}


def _check_channels(channels: pd.Series, column: str, faults: Faults) -> None:
    names = [name for name in channels.unique() if name]
    first = {name: int((channels == name).to_numpy().argmax()) for name in names}
    seen: dict[str, str] = {}
    for name in names:
        line = int(faults.table.lines[first[name]])
        folded = name.casefold()
        if folded in SUMS:
            faults.add(
                f"'{name}' looks like a sum of the other rows",
                "Remove such rows: they would count the money twice",
                line=line,
                column=column,
            )
        if folded in seen:
            faults.add(
                f"'{name}' and '{seen[folded]}' differ only in capitals",
                "Write the channel in one way",
                line=line,
                column=column,
            )
        seen.setdefault(folded, name)


def _refuse_repeats(faults: Faults) -> None:
    frame = faults.table.frame
    try:
        repeated = frame.duplicated()
    except TypeError:  # Parquet may hold lists
        frame = frame.astype(str)
        repeated = frame.duplicated()
    if not repeated.any():
        return
    alike = frame[frame.duplicated(keep=False)]

    def problem(row: int) -> str:
        first = alike.index[(alike == alike.loc[row]).all(axis=1)][0]
        return f"the row repeats {faults.table.unit} {faults.table.lines[first]}"

    faults.add_rows(repeated, problem, ONCE)


def _currency(
    column: str | None, in_header: str | None, declared: str | None, faults: Faults
) -> str | None:
    """The one currency of the file; several are a fault at the first row of each."""
    named = in_header or declared
    if column is not None:
        codes = parse_text(column, faults).str.upper()
        first = {code: int((codes == code).to_numpy().argmax()) for code in codes.unique() if code}
        usual, *others = first or {named: 0}
        for code in others:
            line = faults.table.lines[first[usual]]
            faults.add(
                f"the currency is {code}, but {usual} in {faults.table.unit} {line}",
                "Convert the money to one currency",
                line=int(faults.table.lines[first[code]]),
                column=column,
            )
        named = usual
    if declared is not None and named is not None and declared.upper() != named:
        faults.add(f"the currency is declared as {declared}, the file says {named}", "Correct one")
    return named


def _check_segments(
    dates: pd.Series, segments: list[str], faults: Faults, notices: list[str]
) -> None:
    """A mix has one row per date and segment; what a second row is for cannot be known."""
    keys = faults.table.frame[segments].astype(str).assign(**{"\0date": dates})
    faults.add_rows(
        keys.duplicated(),
        lambda row: (
            f"a second row for {dates.iloc[row]:%Y-%m-%d}"
            + (f" and the same {_listed(segments)}" if segments else "")
        ),
        "A mix has one row per date: sum the rows, or add a column such as geo",
    )
    notices.append(f"summed over {_listed(segments)}; controls are averaged")
    counts = dates.value_counts()
    if counts.nunique() > 1:
        notices.append(
            f"not every date has a row for every {_listed(segments)}: "
            f"{counts.min()} to {counts.max()} rows per date"
        )


def _other_columns(claimed: set, faults: Faults) -> tuple[list[str], list[str]]:
    """Columns that nobody asked for: those of text, and the others."""
    from models.parsing import holds_numbers

    frame = faults.table.frame
    others = [name for name in frame.columns if name not in claimed]
    text = [name for name in others if not holds_numbers(frame[name].head(1000), any_mark=True)]
    return text, [name for name in others if name not in text]


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names)
