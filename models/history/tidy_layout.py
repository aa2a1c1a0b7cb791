"""Tidy histories: one row per date and channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from models.history import credits
from models.history.column_mapping import COUNTED, normalised, quoted, tidy_columns
from models.history.controls import controls_by_date
from models.history.history import HistorySpec, NewSetting
from models.history.parsed_rows import Rows, first_rows, one_currency, other_columns
from models.history.parsing import Faults, parse_dates, parse_numbers, parse_text
from models.history.week_starts import one_weekday
from models.phrases import Phrase, said
from models.visible import UNSEEN, folded, visible

if TYPE_CHECKING:
    import pandas as pd

ATTRIBUTION = {"attribution", "attribution_setting", "attribution_settings", "attribution_window"}
SUMS = {"total", "totals", "grand total", "subtotal", "sum", "all", "all channels", "overall"}


def tidy_rows(spec: HistorySpec, faults: Faults, today: date | None) -> Rows:
    """Read one row per date and channel; several rows of one date and channel are summed later."""
    import pandas as pd

    columns = tidy_columns(spec, faults)
    found = columns.found
    cells = _cells(found, spec, faults, today)
    explained: list[Phrase] = []
    controls = None
    if "date" in cells:
        controls = controls_by_date(cells["date"], spec, faults, explained)
    _refuse_repeats(faults)
    currency = one_currency(found.get("currency"), columns.currency, spec.currency, faults)
    faults.check()
    dates, channels = cells.pop("date"), cells.pop("channel")
    dates, moved = one_weekday(dates, channels, faults)
    explained += moved
    explained += _scaled(cells, spec, dates, channels, faults)
    explained += _netted(cells, found, dates, channels, faults)
    faults.check()
    segments, unused = other_columns({*found.values(), *spec.controls}, faults)
    notices = [*columns.notices, *explained]
    changes, mixed = _attribution(segments, dates, channels, faults)
    notices += [*(change.reason for change in changes), *mixed]
    groups = len(pd.DataFrame({"d": dates, "c": channels}).drop_duplicates())
    if groups < len(dates):
        n = len(dates)
        notices.append(
            said(
                "{n:,} rows are summed to {groups:,} by date and channel, over {columns}",
                n=n,
                groups=groups,
                columns=segments,
            )
            if segments
            else said("{n:,} rows are summed to {groups:,} by date and channel", n=n, groups=groups)
        )
        unused = [name for name in unused if name not in segments]
    else:
        unused = [*segments, *unused]
    if unused:
        notices.append(said("not used: {columns}", columns=unused))
    return Rows(
        dates,
        channels,
        pd.DataFrame(cells),
        tuple(segments),
        currency,
        tuple(notices),
        controls,
        tuple(changes),
    )


def _cells(
    found: Mapping[str, str], spec: HistorySpec, faults: Faults, today: date | None
) -> dict[str, pd.Series]:
    """The columns that are there, read by what they mean; all their faults are recorded."""
    cells: dict[str, pd.Series] = {}
    if "date" in found:
        cells["date"] = parse_dates(found["date"], faults, spec.date_format, today)
    if "channel" in found:
        cells["channel"] = parse_text(found["channel"], faults)
        _check_channels(cells["channel"], found["channel"], faults)
    for name in ("spend", *COUNTED):
        if name in found:
            cells[name] = parse_numbers(found[name], faults, spec.decimal, may_be_negative=True)
    return cells


def _scaled(
    cells: dict[str, pd.Series],
    spec: HistorySpec,
    dates: pd.Series,
    channels: pd.Series,
    faults: Faults,
) -> list[Phrase]:
    """Money in another unit from a day on, brought to the one before it, in place."""
    import pandas as pd

    notices: list[Phrase] = []
    for scale in spec.scales:
        rows = (channels == scale.channel) & (dates >= pd.Timestamp(scale.since))
        if scale.column not in cells or not rows.any():
            faults.add(
                scale.nothing,
                said("There are: {names}", names=sorted(map(str, channels.unique()))[:12]),
            )
            continue
        values = cells[scale.column]
        cells[scale.column] = values.where(~rows, values * scale.factor)
        if scale.factor != 1:
            notices.append(scale.done(int(rows.sum())))
    return notices


def _netted(
    cells: dict[str, pd.Series],
    found: Mapping[str, str],
    dates: pd.Series,
    channels: pd.Series,
    faults: Faults,
) -> list[Phrase]:
    """Credits, netted in place to their channel's day or week; what cannot be is a fault."""
    import pandas as pd

    notices = []
    groups = pd.factorize(channels)[0]
    for name in [name for name, values in cells.items() if (values < 0).any()]:
        netted = credits.net(cells[name].to_numpy(), dates.to_numpy(), groups)
        if netted.rows.any():
            notices.append(credits.told(name, netted, by=said("channel")))
        values = cells[name].to_numpy()
        faults.add_rows(
            pd.Series(netted.left),
            lambda row, values=values: credits.below_zero(float(values[row])),
            credits.REMEDY,
            found[name],
        )
        cells[name] = pd.Series(netted.values)
    return notices


def _attribution(
    segments: list[str], dates: pd.Series, channels: pd.Series, faults: Faults
) -> tuple[list[NewSetting], list[Phrase]]:
    """What a column of attribution settings says: where they change, and where several hold."""
    import pandas as pd

    changes: list[NewSetting] = []
    mixed: list[Phrase] = []
    for column in (name for name in segments if normalised(name) in ATTRIBUTION):
        settings = faults.table.frame[column].fillna("").astype(str)
        table = pd.DataFrame({"channel": channels, "setting": settings, "date": dates})
        table = table[settings.str.strip() != ""]  # other platforms' rows say nothing
        spans = table.groupby(["channel", "setting"])["date"].agg(["min", "max"]).reset_index()
        for channel, found in spans.sort_values("min").groupby("channel"):
            starts, ends = found["min"].tolist(), found["max"].tolist()
            names = found["setting"].tolist()
            if any(end >= start for end, start in zip(ends, starts[1:], strict=False)):
                mixed.append(
                    said(
                        "several attribution settings side by side in {channel}: {settings}",
                        channel=channel,
                        settings=quoted(names),
                    )
                )
                continue
            changes += [
                NewSetting(str(channel), start.date(), before, after)
                for before, after, start in zip(names, names[1:], starts[1:], strict=False)
            ]
    return changes, mixed


def _check_channels(channels: pd.Series, column: str, faults: Faults) -> None:
    seen: dict[str, str] = {}
    for row, name in first_rows(channels):
        line = int(faults.table.lines[row])
        alike = folded(name)
        if UNSEEN.search(name):
            faults.add(
                said("'{name}' holds characters that do not show", name=visible(name)),
                said("Write it with letters, digits, signs and spaces only"),
                line=line,
                column=column,
            )
        if alike in SUMS:
            faults.add(
                said("'{name}' looks like a sum of the other rows", name=name),
                said("Remove such rows: they would count the money twice"),
                line=line,
                column=column,
            )
        if alike in seen:
            first = seen[alike]
            one, other = visible(name), visible(first)
            differ = said("'{a}' and '{b}' differ only in capitals", a=one, b=other)
            if name.casefold() != first.casefold():
                differ = said("'{a}' and '{b}' look the same", a=one, b=other)
            faults.add(differ, said("Write the channel in one way"), line=line, column=column)
        seen.setdefault(alike, name)


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

    def problem(row: int) -> Phrase:
        same = (alike == alike.loc[row]) | (alike.isna() & alike.loc[row].isna())
        first = alike.index[same.all(axis=1)][0]
        return said("the row repeats {place}", place=faults.place(first))

    faults.add_rows(
        repeated,
        problem,
        said("Remove it if it is the same row twice; add a column that tells them apart if not"),
    )
