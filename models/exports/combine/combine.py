"""Files of several platforms -> one tidy frame, and the account of every row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import Fault, HistoryError, InputError
from models.exports.channel_mapping import UNMATCHED, assign
from models.exports.combine import credit
from models.exports.combine.campaigns import one_campaign
from models.exports.combine.currencies import convert
from models.exports.combine.weeks import one_grain
from models.exports.fields import MEASURES
from models.exports.options import ReadOptions, check_options, said_of
from models.exports.records.text_records import open_source
from models.exports.report.parts import Part, together, total, with_notice, without
from models.exports.report.read_report import read_export
from models.exports.report.reconciliation import (
    Credit,
    FileAccount,
    PlatformSum,
    Reconciliation,
    Unmatched,
)
from models.history.history import Source
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

DATA = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".zip", ".gz", ".json", ".jsonl", ".ndjson", ""}
)
OWN = re.compile(rb'"schema"\s*:\s*"budgetopt/|"\$schema"\s*:')
BEGINNING = 2_000  # bytes
SUMMED = ("spend", "conversions", "revenue")
ALL = said("the files")
_KEYS = {
    "channel": (),
    "account": ("platform", "account"),
    "campaign": ("platform", "account", "campaign"),
    "adset": ("platform", "account", "campaign", "adset"),
    "ad": ("platform", "account", "campaign", "adset", "ad"),
}


@dataclass(frozen=True)
class Imported:
    """What a set of exports comes to.

    Parameters
    ----------
    frame : columns date, channel, the names down to the level asked for, and those measures
        that every platform with spend gives; sorted, one row per combination
    period_days : what a row stands for, 1 or 7 days
    reconciliation : what became of every row that was read
    sources : the files
    """

    frame: pd.DataFrame
    period_days: int
    reconciliation: Reconciliation
    sources: tuple[Source, ...] = ()


def read_exports(paths: Iterable[str | Path], options: ReadOptions | None = None) -> Imported:
    """Read the exports of several platforms into one history.

    Parameters
    ----------
    paths : files, and folders whose data files are read
    options : what the files do not say themselves

    Raises
    ------
    HistoryError : with everything that is wrong or undecided, over all the files
    """
    options = options or ReadOptions()
    files, ignored = _files(paths)
    check_options(options, [path for path, _ in files])
    parts, sources, notices = _read(files, options)
    if ignored:
        notices.append(said("not read: {files}", files=ignored))
    return replace(combine(parts, options, notices), sources=tuple(sources))


def _files(paths: Iterable[str | Path]) -> tuple[list[tuple[Path, str]], list[str]]:
    """The files to read with the names to call them by, and what a folder holds beside them."""
    files: list[tuple[Path, str]] = []
    ignored: list[str] = []
    for given in map(Path, paths):
        if not given.is_dir():
            files.append((given, str(given)))
            continue
        inside = [p for p in sorted(given.iterdir()) if p.is_file() and p.name[0] not in ".~"]
        data = [p for p in inside if p.suffix.lower() in DATA and not _is_own_document(p)]
        ignored += [path.name for path in inside if path not in data]
        files += [(path, path.name) for path in data]
        if not data:
            problem = said("the folder holds no exports")
            raise HistoryError(Fault(str(given), problem, said("Put them there")))
    return files, ignored


def _is_own_document(path: Path) -> bool:
    """Whether a file beside the exports is a plan, curves or a schema, by how its JSON begins."""
    if path.suffix.lower() != ".json":
        return False
    with path.open("rb") as stream:
        return OWN.search(stream.read(BEGINNING)) is not None


def _read(
    files: Sequence[tuple[Path, str]], options: ReadOptions
) -> tuple[list[Part], list[Source], list[Phrase]]:
    parts: list[Part] = []
    sources: list[Source] = []
    notices: list[Phrase] = []
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for path, name in files:
        try:
            source = open_source(path, name, said_of(options.encoding, path))
            if first := seen.get(source.sha256):
                notices.append(
                    said(
                        "{file} is the same file as {first}, and is not read again",
                        file=name,
                        first=first,
                    )
                )
                continue
            seen[source.sha256] = name
            found = read_export(source, options)
            rows = sum(part.account.rows_read for part in found)
            sources.append(Source(str(path), source.sha256, rows))
            parts += found
        except InputError as error:
            faults += error.faults
        except OSError as error:
            faults.append(Fault(name, said("cannot be read: {why}", why=str(error.strerror))))
    if faults:
        raise HistoryError(faults)
    return parts, sources, notices


def combine(
    parts: Sequence[Part], options: ReadOptions, notices: Sequence[Phrase] = ()
) -> Imported:
    """Put tidy parts together: each day's money once, in one currency, by channel.

    Raises
    ------
    HistoryError : weeks beside days, a missing rate, files that may overlap or not, or no spend
    """
    counted, period_days = one_grain(parts, options.weeks)
    platforms = [part for part in counted if part.gives_spend]
    ga4 = [part for part in counted if not part.gives_spend]
    if not platforms:
        problem = said("there is no report with spend, only GA4's")
        raise HistoryError(Fault(ALL, problem, said("Add the platforms' own reports")))
    money = convert([*platforms, *ga4], options.currency.get(""), options.rates)
    platforms, ga4 = money.parts[: len(platforms)], money.parts[len(platforms) :]
    platforms, told = one_campaign(platforms)
    platforms = [_with_channel(part, options) for part in platforms]
    unmatched = _unmatched(platforms)
    platforms = _without_silent(platforms)
    rows, platforms, ga4, over = _joined(platforms, ga4, options)
    frame, dropped = _summed(rows, platforms, options)
    if not len(frame):
        raise HistoryError(Fault(ALL, said("no row with spend is left")))
    reconciliation = Reconciliation(
        files=tuple(part.account for part in (*platforms, *ga4)),
        platforms=_platforms([*platforms, *ga4]),
        rows=len(frame),
        currency=money.currency,
        rates=money.rates,
        unmatched=unmatched,
        credit=over,
        notices=(*notices, *told, *dropped),
    )
    return Imported(frame, period_days, reconciliation)


def _with_channel(part: Part, options: ReadOptions) -> Part:
    return replace(part, frame=part.frame.assign(channel=assign(part.frame, options.channels)))


def _unmatched(parts: Sequence[Part]) -> tuple[Unmatched, ...]:
    names = ["platform", "campaign_type", "campaign"]
    rows = together([part.frame[[*names, "channel", "spend"]] for part in parts])
    rows = rows[rows["channel"] == UNMATCHED]
    sums = rows.groupby(names, observed=True)["spend"].sum().sort_values(ascending=False)
    return tuple(
        Unmatched(str(platform), str(kind), str(campaign), float(spend))
        for (platform, kind, campaign), spend in zip(sums.index, sums.to_numpy(), strict=True)
    )


def _without_silent(parts: Sequence[Part]) -> list[Part]:
    """Without channels that never spent: there is nothing to learn from them."""
    rows = together([part.frame[["channel", "spend"]] for part in parts])
    spend = rows.groupby("channel", observed=True)["spend"].sum()
    silent = [str(channel) for channel in spend.index[spend == 0]]
    for channel in silent:
        reason = said("channel {channel} never spent", channel=channel)
        parts = [without(p, (p.frame["channel"] == channel).to_numpy(), reason) for p in parts]
    return list(parts)


def _joined(
    platforms: list[Part], ga4: list[Part], options: ReadOptions
) -> tuple[pd.DataFrame, list[Part], list[Part], tuple[Credit, ...]]:
    """The platforms' rows, with GA4's conversions where they are asked for."""
    rows = together([part.frame for part in platforms])
    channels = set(map(str, rows["channel"].unique()))
    by_ga4 = options.conversions_from == "ga4"
    if by_ga4:
        credit.check_mapped(options.channels, channels, bool(ga4))
    rules = credit.of_ga4(options.channels)
    if not ga4:
        return rows, platforms, ga4, ()
    if not rules.rules:
        notice = said("not compared: no rule of the channels file names the platform ga4")
        return rows, platforms, [with_notice(part, notice) for part in ga4], ()
    groups = together([part.frame[["campaign"]] for part in ga4])["campaign"].unique()
    ga4 = [credit.in_channels(part, rules, channels) for part in ga4]
    counts = credit.counts(ga4)
    if by_ga4:
        credit.check_counted(counts, groups, channels)
    over = credit.compare(rows, counts)
    if not by_ga4:
        return rows, platforms, ga4, over
    reason = said("GA4 has no data of that date")
    platforms = [without(p, ~credit.covered(p.frame["date"], counts), reason) for p in platforms]
    rows = together([part.frame for part in platforms])
    measures = list(MEASURES)
    daily = rows.astype({"channel": str}).groupby(["date", "channel"])[measures].sum(min_count=1)
    return credit.instead(daily, counts), platforms, ga4, over


def _summed(
    rows: pd.DataFrame, parts: Sequence[Part], options: ReadOptions
) -> tuple[pd.DataFrame, list[Phrase]]:
    """One row per combination of names; a measure that some platform lacks is left out."""
    by_ga4 = options.conversions_from == "ga4"
    # Rows of several attribution settings stay apart: what they count is not the same.
    keys = ["date", "channel"]
    keys += [] if by_ga4 else [*_KEYS[options.level], "attribution"]
    notices = [said("GA4 counts by channel: so does the history")] if by_ga4 else []
    known, lacking = [], {}
    for measure in MEASURES:
        without_it = {
            p.account.file for p in parts if len(p.frame) and p.frame[measure].isna().any()
        }
        if by_ga4 and measure in credit.COUNTED:
            without_it = set()
        if not without_it:
            known.append(measure)
        elif len(without_it) < len(parts):
            lacking[measure] = without_it
    notices += [
        said(
            "{measure} left out of the history: no such column in {files}",
            measure=said(measure),
            files=sorted(files),
        )
        for measure, files in lacking.items()
    ]
    if "account" in keys:
        rows = rows.assign(account=_account(rows))
    sums = rows.groupby(keys, observed=True, sort=True)[known].sum().reset_index()
    names = {name: sums[name].astype(str) for name in keys if name != "date"}
    frame = sums.assign(**names)
    blank = [name for name in names if not frame[name].any()]
    order = [key for key in keys if key not in blank]
    return frame[[*order, *known]].sort_values(order, ignore_index=True), notices


def _account(rows: pd.DataFrame) -> pd.Series:
    """The account's name, or its id where it has no name."""
    if not (rows["account"] == "").any():
        return rows["account"]
    name, number = rows["account"].astype(str), rows["account_id"].astype(str)
    return name.where(name != "", number).astype("category")


def _platforms(parts: Sequence[Part]) -> tuple[PlatformSum, ...]:
    rows = together([part.frame[["platform", *SUMMED]] for part in parts])
    names = sorted(map(str, rows["platform"].unique()))
    sums = []
    for name in names:
        own = rows[rows["platform"] == name]
        accounts = [part.account for part in parts if (part.frame["platform"] == name).any()]
        spend, conversions, revenue = (total(own, measure) for measure in SUMMED)
        agreed = _agreed(accounts)
        sums.append(PlatformSum(name, len(accounts), len(own), spend, conversions, revenue, agreed))
    return tuple(sums)


def _agreed(accounts: Sequence[FileAccount]) -> bool | None:
    agreed = [account.agrees for account in accounts if account.agrees is not None]
    return all(agreed) if agreed else None
