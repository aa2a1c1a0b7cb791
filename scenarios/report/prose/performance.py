"""How the channels fared before the plan: the words and tables that its reports share.

The figures and findings are those of `budgetopt check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.diagnostics.anomalies import ALL
from models.diagnostics.metrics import CATALOGUE, Metric
from models.phrases import Phrase, capital, formed, said
from scenarios.language.language import Language
from scenarios.language.numbers import UNKNOWN
from scenarios.plan.money import OF_MONEY, Money, measure
from scenarios.plan.performance import Fares, Performance
from scenarios.report.prose.data_findings import FLAGS, LEAKS, flag_lines, leak_lines
from scenarios.report.prose.glossary import METRICS
from scenarios.report.prose.movement import change_text, figure_text

TITLE = said("How channels fared")
CHANNEL = said("channel")
MEANING = said("What the metrics mean")
NOTHING = said("No leak of the funnel and no day that looks wrong was found.")
COUNTED = said(
    "They are of all channels together and count also what would have come without advertising; "
    "the plan counts only what the channels bring."
)
KINDS = {1: "good", -1: "bad", 0: ""}


@dataclass(frozen=True)
class Row:
    """One channel, or all of them together."""

    name: str
    fares: Fares


def rows_of(found: Performance) -> list[Row]:
    """The channels in the history's order."""
    return [Row(one.channel, one) for one in found.channels]


def total_of(found: Performance) -> Row:
    """All channels together."""
    return Row(capital(ALL), found.total)


def known_metrics(found: Performance) -> list[Metric]:
    """The metrics of which anything is known, in the catalogue's order."""
    told = {name for fares in (found.total, *found.channels) for name in fares.now}
    return [metric for metric in CATALOGUE if metric.name in told]


def note_of(found: Performance) -> Phrase:
    """Which days the figures are of, what they are compared with, and what they count."""
    span = {"days": found.days, "first": found.first, "last": found.last}
    note = said(
        "The last {days} days of the history, {first} to {last}, and the change against the "
        "{days} days before; ▲ and ▼ mark a change larger than usual in this history.",
        **span,
    )
    if not any(fares.before for fares in (found.total, *found.channels)):
        note = said("The last {days} days of the history, {first} to {last}.", **span)
    return note if found.channels else formed("{note} {counted}", note=note, counted=COUNTED)


def findings_of(found: Performance, spoken: Language) -> Iterator[tuple[Phrase, list[str]]]:
    """Leaks of the funnel and suspicious days: a heading and its lines, where there are any."""
    leaks = leak_lines(found.found_leaks(), spoken)
    flags = flag_lines(found.found_flags(), found.left_out(), spoken)
    for title, lines in ((LEAKS, leaks), (FLAGS, flags)):
        if lines:
            yield title, lines


def plain_table(
    found: Performance, spoken: Language, money: Money
) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of text, the last one of all channels: ``1,234 ▲12 %``."""
    metrics = known_metrics(found)
    rows = [
        [
            row.name,
            *(" ".join(filter(None, cell(metric, row, spoken, money))) for metric in metrics),
        ]
        for row in (*rows_of(found), total_of(found))
    ]
    return heads(metrics, money), rows


def heads(metrics: Sequence[Metric], money: Money) -> list[str]:
    """A table's heads, with the unit of what is money."""
    return [capital(CHANNEL), *(_head(metric, money) for metric in metrics)]


def _head(metric: Metric, money: Money) -> Phrase:
    if metric.unit != "money":
        return label(metric)
    return measure(metric.name if metric.name in OF_MONEY else "cpa", money).head(label(metric))


def cell(metric: Metric, row: Row, spoken: Language, money: Money) -> tuple[str, str]:
    """A metric and its change as people read them; sums of money in the plan's unit."""
    movement = row.fares.movement(metric.name)
    if movement.now is None:
        return UNKNOWN, ""
    change = change_text(movement, spoken)
    if metric.name in OF_MONEY and money.factor != 1.0:
        return spoken.say(money.amount(movement.now)), change
    return figure_text(movement.now, metric.unit, spoken), change


def label(metric: Metric) -> Phrase:
    return capital(METRICS[metric.name][0])
