"""What was understood of a history, how it fares, and what it is good for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from models.curves.curveset import Verdict
from models.diagnostics import metrics
from models.diagnostics.anomalies import Flag, suspect
from models.diagnostics.funnel import Leak, leaks
from models.diagnostics.trend import Movement, movements
from models.fit.side_tables import WEIGHT_COLUMNS

if TYPE_CHECKING:
    from models.history.history import History

FLAGS_SHOWN = 5  # of a channel and kind


@dataclass(frozen=True)
class Totals:
    """What was spent and what came of it; None where the history does not say."""

    spend: float
    conversions: float | None
    revenue: float | None
    cpa: float | None
    roas: float | None


@dataclass(frozen=True)
class ChannelCheck:
    """One channel.

    Parameters
    ----------
    totals : over the whole history; in a mix only the spend is the channel's own
    active : periods with spend
    first, last : first day of the first and the last period with spend
    variation : standard deviation of the spend per period over its mean, a fraction
    verdict, reasons : whether the history can carry a decision on this channel, and why
    metrics : the last four weeks against the four before, by metric; empty in a mix
    """

    channel: str
    totals: Totals
    active: int
    first: date
    last: date
    variation: float
    verdict: Verdict
    reasons: tuple[str, ...]
    metrics: Mapping[str, Movement]


@dataclass(frozen=True)
class Check:
    """What `budgetopt check` shows.

    Parameters
    ----------
    first, last : first and last day covered
    periods : days, weeks or months on the history's regular grid
    metrics : as of each channel, for all together
    leaks : where the funnel loses what other channels keep
    flags : stretches of days that look wrong
    notices : what was taken for what, summed, or left out
    """

    file: str
    rows: int
    sha256: str
    shape: str
    kpi: str
    currency: str | None
    period_days: int
    periods: int
    first: date
    last: date
    totals: Totals
    channels: tuple[ChannelCheck, ...]
    metrics: Mapping[str, Movement]
    leaks: tuple[Leak, ...]
    flags: tuple[Flag, ...]
    notices: tuple[str, ...]


def check(history: History, days: History | None = None) -> Check:
    """Sum a history up, channels by falling spend.

    Parameters
    ----------
    history : what a fit will see
    days : the same in the file's own grain, to look for suspicious days; default: `history`
    """
    from models.mix_fit.identifiability import first_look

    evidence = first_look(history)
    by_spend = history.spend.sum().sort_values(ascending=False, kind="stable").index
    channels = []
    for channel in by_spend:
        spend = history.spend[channel]
        active = spend.index[spend > 0]
        channels.append(
            ChannelCheck(
                channel=channel,
                totals=_totals(history, channel),
                active=len(active),
                first=active[0].date(),
                last=active[-1].date(),
                variation=float(np.std(spend) / np.mean(spend)),
                verdict=evidence[channel].verdict,
                reasons=evidence[channel].reasons,
                metrics=movements(history, channel) if history.shape == "tidy" else {},
            )
        )
    return Check(
        file=history.source.file,
        rows=history.source.rows,
        sha256=history.source.sha256,
        shape=history.shape,
        kpi=history.kpi,
        currency=history.currency,
        period_days=history.period_days,
        periods=len(history.dates),
        first=history.dates[0].date(),
        last=history.last_day,
        totals=_totals(history),
        channels=tuple(channels),
        metrics=movements(history),
        leaks=leaks(history),
        flags=suspect(days or history),
        notices=history.notices,
    )


def _totals(history: History, channel: str | None = None) -> Totals:
    """Of one channel, or of all."""
    panel = history.as_written(history.spend)
    spend = panel if channel is None else panel[channel]
    sums: dict[str, float | None] = {}
    for metric in ("conversions", "revenue"):
        panel = history.metrics.get(metric)
        if panel is None or (channel is not None and channel not in panel):
            sums[metric] = None
        else:
            amounts = history.as_written(panel if channel is None else panel[[channel]])
            sums[metric] = float(np.sum(amounts.to_numpy()))
    total = float(np.sum(spend.to_numpy()))
    conversions, revenue = sums["conversions"], sums["revenue"]
    return Totals(
        spend=total,
        conversions=conversions,
        revenue=revenue,
        cpa=None if conversions is None else metrics.known(metrics.cpa(total, conversions)),
        roas=None if revenue is None else metrics.known(metrics.roas(revenue, total)),
    )


def to_json(result: Check) -> str:
    """The check as a document with `"schema": "budgetopt/check/1"`; dates in ISO form."""
    document = {"schema": "budgetopt/check/1", **asdict(result)}
    return json.dumps(document, indent=2, default=date.isoformat, ensure_ascii=False) + "\n"


def first_flags(
    flags: Iterable[Flag],
) -> tuple[tuple[Flag, ...], dict[tuple[str, str | None], int]]:
    """The first few flags of each kind in a channel, and how many more of them there are."""
    shown: list[Flag] = []
    seen: Counter[tuple[str, str | None]] = Counter()
    for flag in flags:
        seen[flag.kind, flag.channel] += 1
        if seen[flag.kind, flag.channel] <= FLAGS_SHOWN:
            shown.append(flag)
    more = {key: count - FLAGS_SHOWN for key, count in seen.items() if count > FLAGS_SHOWN}
    return tuple(shown), more


def weight_rows(flags: Iterable[Flag]) -> list[list[object]]:
    """Headers and one row per flag, as `models.fit.side_tables.read_weights` takes them."""
    rows: list[list[object]] = [[*WEIGHT_COLUMNS, "reason"]]
    rows += [[f.channel, f.first, f.last, f.weight, str(f.reason)] for f in flags]
    return rows


def to_rows(result: Check) -> list[list[object]]:
    """Headers and one row per channel, for CSV; what is not known is empty."""
    names = [field.name for field in fields(Totals)]
    rows: list[list[object]] = [
        ["channel", *names, "active", "first", "last", "variation", "verdict", "reasons"]
    ]
    for entry in result.channels:
        totals = [getattr(entry.totals, name) for name in names]
        said = [entry.active, entry.first, entry.last, entry.variation, entry.verdict]
        rows.append([entry.channel, *totals, *said, "; ".join(entry.reasons)])
    return rows
