"""The curves of a history, for the terminal and as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from models.curves.curveset import ChannelCurve, CurveSet
from scenarios.language.numbers import amount, percent, rate
from scenarios.report.prose.curve_facts import UNITS, half_saturation
from scenarios.report.terminal.table_style import plain_table

SHARED = 5  # channels with the same reason, from which it may be said once
COLUMNS = (
    "channel",
    "family",
    "parameters",
    "carry_over",
    "current_spend",
    "max_observed_spend",
    "response",
    "marginal_response",
    "value_per_conversion",
    "error",
    "holdout_error",
    "baseline_error",
    "evidence",
)


def curves_report(curves: CurveSet) -> list[Any]:
    """One row per channel: its curve, how well it fits and predicts, how far it can be trusted."""
    from rich.padding import Padding
    from rich.text import Text

    unit = UNITS.get(curves.period_days, f"{curves.period_days} days")
    table = plain_table("channel")
    table.add_column("curve", no_wrap=True)
    for title in ("half at", "carries over", "spend", "next one costs"):
        table.add_column(title, justify="right")
    for title in ("fit", "ahead", "naive"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("evidence", no_wrap=True)
    for entry in curves:
        _, slope = _at_today(entry)
        error, ahead, naive = _errors(entry)
        table.add_row(
            Text(entry.channel),
            entry.curve.family,
            amount(half_saturation(entry.curve)),
            percent(entry.carry_over, 0),
            amount(entry.current_spend),
            rate(1.0 / slope if slope else None),
            *(percent(value, 0) for value in (error, ahead, naive)),
            entry.evidence.verdict,
        )
    head = (
        f"Curves per {unit}. Half at: spend that brings half of the most there is; fit, ahead and "
        "naive: mean error of a period fitted, of a week predicted, and of the best simple rule."
    )
    return [Text(head), table, *(Padding(Text(line), (0, 0, 0, 2)) for line in _reasons(curves))]


def _reasons(curves: CurveSet) -> Iterator[str]:
    """Why channels are trusted no further: what most of many share once, then one by one."""
    count = Counter(reason for entry in curves for reason in entry.evidence.reasons)
    many = max(SHARED, len(curves) / 2)
    shared = [reason for reason, channels in count.items() if channels >= many]
    yield from (f"{count[reason]} of {len(curves)} channels: {reason}" for reason in shared)
    for entry in curves:
        own = (reason for reason in entry.evidence.reasons if reason not in shared)
        yield from (f"{entry.channel}: {reason}" for reason in own)


def _errors(entry: ChannelCurve) -> tuple[float | None, float | None, float | None]:
    """In the fit, in held-out weeks, and of the best baseline there; None where unknown."""
    holdout = entry.fit.get("holdout", {})
    return entry.fit.get("error"), holdout.get("error"), holdout.get("baseline_error")


def curve_rows(curves: CurveSet) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per channel; spends and responses per fit period."""
    yield COLUMNS
    for entry in curves:
        response, slope = _at_today(entry)
        parameters = " ".join(f"{name}={value}" for name, value in entry.curve.parameters.items())
        yield (
            entry.channel,
            entry.curve.family,
            parameters,
            entry.carry_over,
            entry.current_spend,
            entry.max_observed_spend,
            response,
            slope,
            entry.value_per_conversion,
            *_errors(entry),
            entry.evidence.verdict,
        )


def _at_today(entry: ChannelCurve) -> tuple[float | None, float | None]:
    """Response and slope at today's spend, where that is known."""
    if entry.current_spend is None:
        return None, None
    return (
        float(entry.curve.response(entry.current_spend)),
        float(entry.curve.marginal(entry.current_spend)),
    )
