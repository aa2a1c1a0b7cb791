"""The curves of a history, for the terminal and as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.curveset import ChannelCurve, CurveSet
from scenarios.report.numbers import amount, percent, rate
from scenarios.report.tables import plain_table

UNITS = {1: "day", 7: "week"}
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
    "evidence",
)


def curves_report(curves: CurveSet) -> list[Any]:
    """One row per channel: its curve at today's spend, and how far it can be trusted."""
    from rich.padding import Padding
    from rich.text import Text

    unit = UNITS.get(curves.period_days, f"{curves.period_days} days")
    counted = curves.kpi
    table = plain_table("channel")
    table.add_column("curve", no_wrap=True)
    for title in ("carries over", "spend", counted, "one more costs", "evidence"):
        table.add_column(title, justify="right" if title != "evidence" else "left", no_wrap=True)
    for entry in curves:
        response, slope = _at_today(entry)
        table.add_row(
            Text(entry.channel),
            entry.curve.family,
            percent(entry.carry_over, 0),
            amount(entry.current_spend),
            amount(response),
            rate(1.0 / slope if slope else None),
            entry.evidence.verdict,
        )
    parts: list[Any] = [Text(f"Curves per {unit}, at today's spend:"), table]
    for entry in curves:
        parts += [
            Padding(Text(f"{entry.channel}: {reason}"), (0, 0, 0, 2))
            for reason in entry.evidence.reasons
        ]
    return parts


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
