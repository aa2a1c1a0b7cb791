"""The check of a history, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from models.diagnostics.metrics import CATALOGUE, Metric
from models.diagnostics.trend import WINDOW, Movement
from models.phrases import Phrase, said
from scenarios.language.language import Language
from scenarios.plan.labels import VERDICTS
from scenarios.report.prose.data_findings import FLAGS, LEAKS, flag_lines, leak_lines
from scenarios.report.prose.glossary import METRICS, STAGES
from scenarios.report.prose.movement import change_text, figure_text, goodness
from scenarios.sources.check import Check, Totals, first_flags

if TYPE_CHECKING:
    from rich.table import Table

ACTIVE = {1: said("active days"), 7: said("active weeks")}
OUTCOMES = ("conversions", "cpa", "revenue", "roas")
COLOUR = {"usable": "green", "weak": "yellow", "unusable": "red"}


def check_report(result: Check, spoken: Language, *, with_metrics: bool = False) -> list[Any]:
    """What to print, top to bottom: what was read, the channels, how they fare, what is odd.

    Parameters
    ----------
    with_metrics : also the tables of all metrics, with their definitions
    """
    from rich.text import Text

    parts: list[Any] = [Text(line) for line in _headlines(result, spoken)]
    gap = Text("")
    parts += [gap, _totals_table(result, spoken), gap, _verdict_table(result, spoken), gap]
    for entry in result.channels:
        if entry.reasons:
            line = f"{entry.channel}: {spoken.say(VERDICTS[entry.verdict])}"
            parts.append(Text(line, style=COLOUR[entry.verdict]))
            parts += _items(spoken.say(reason) for reason in entry.reasons)
    if with_metrics:
        parts += _metric_tables(result, spoken)
    for title, lines in (
        (LEAKS, leak_lines(result.leaks, spoken)),
        (FLAGS, flag_lines(*first_flags(result.flags), spoken)),
        (said("What was understood:"), _understood(result, spoken)),
    ):
        if lines:
            parts += [Text(spoken.say(title)), *_items(lines)]
    return parts


def _headlines(result: Check, spoken: Language) -> list[str]:
    money = result.currency or spoken.say(said("currency not named"))
    shape = said("tidy shape") if result.shape == "tidy" else said("mix shape")
    lines = [
        said(
            "{file}: {rows:,} rows, {shape}, {money}",
            file=result.file,
            rows=result.rows,
            shape=shape,
            money=money,
        ),
        _span(result),
    ]
    if result.shape == "mix":
        pairs = [
            f"{spoken.say(METRICS[name][0])} {_outcome(result.totals, name, spoken)}"
            for name in ("spend", *OUTCOMES)
            if getattr(result.totals, name) is not None
        ]
        lines.append(said("all channels together: {pairs}", pairs=pairs))
    return [spoken.say(line) for line in lines]


def _span(result: Check) -> Phrase:
    """From when to when, in how many days, weeks or months."""
    span = {"first": result.first, "last": result.last, "n": result.periods}
    if result.period_days == 1:
        return said("{first} to {last}: {n:,} days", **span)
    if result.period_days == 7:
        return said("{first} to {last}: {n:,} weeks", **span)
    return said("{first} to {last}: {n:,} months", **span)


def _items(lines: Iterable[str]) -> list[Any]:
    from rich.padding import Padding
    from rich.text import Text

    return [Padding(Text(line), (0, 0, 0, 4), expand=False) for line in lines]


def _table(columns: Iterable[tuple[str, Any, str]]) -> Table:
    """An empty table of (title, footer, side); the first column holds names and gives way."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    first, *others = columns
    has_footer = any(column[1] for column in (first, *others))
    table = Table(
        show_footer=has_footer,
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        show_edge=False,
    )
    table.add_column(first[0], first[1], overflow="fold", min_width=12)
    for title, footer, side in others:
        table.add_column(title, footer, justify=side, no_wrap=True)  # type: ignore[arg-type]
    return table


def _totals_table(result: Check, spoken: Language) -> Table:
    """What each channel spent, and what came of it where that is known by channel."""
    from rich.text import Text

    outcome = [
        name
        for name in OUTCOMES
        if result.shape == "tidy" and getattr(result.totals, name) is not None
    ]
    columns = [
        (said("channel"), spoken.say(said("total"))),
        (METRICS["spend"][0], _outcome(result.totals, "spend", spoken)),
        (said("share"), spoken.number(1.0, ".0%")),
        *((METRICS[name][0], _outcome(result.totals, name, spoken)) for name in outcome),
    ]
    table = _table((spoken.say(title), footer, "right") for title, footer in columns)
    for entry in result.channels:
        table.add_row(
            Text(entry.channel),
            _outcome(entry.totals, "spend", spoken),
            spoken.number(entry.totals.spend / result.totals.spend, ".1%"),
            *(_outcome(entry.totals, name, spoken) for name in outcome),
        )
    return table


def _verdict_table(result: Check, spoken: Language) -> Table:
    """How far each channel can be judged, and by what."""
    from rich.text import Text

    active = ACTIVE.get(result.period_days, said("active months"))
    columns = (
        (said("channel"), "left"),
        (active, "right"),
        (said("spend varies by"), "right"),
        (said("verdict"), "left"),
    )
    table = _table((spoken.say(title), "", side) for title, side in columns)
    for entry in result.channels:
        table.add_row(
            Text(entry.channel),
            spoken.say(said("{n:,d} of {all:,d}", n=entry.active, all=result.periods)),
            spoken.number(entry.variation, ".0%"),
            Text(spoken.say(VERDICTS[entry.verdict]), style=COLOUR[entry.verdict]),
        )
    return table


def _metric_tables(result: Check, spoken: Language) -> list[Any]:
    """One table per stage of the funnel, where the history knows more than spend."""
    from rich.text import Text

    known = [metric for metric in CATALOGUE if metric.name in result.metrics]
    parts: list[Any] = []
    for stage, title in STAGES.items():
        chosen = [metric for metric in known if metric.stage == stage]
        if chosen:
            heading, gap = Text(spoken.say(title), style="bold"), Text("")
            parts += [heading, gap, _metric_table(result, chosen, spoken), gap]
    if parts:
        note = said(
            "Last {days} days, and the change against the {days} before; ▲ and ▼ mark a change "
            "larger than usual in this history.",
            days=WINDOW,
        )
        parts.append(Text(spoken.say(note)))
    labels = [METRICS[name] for name in ("spend", *(metric.name for metric in known))]
    return parts + _items(f"{spoken.say(label)}: {spoken.say(text)}" for label, text in labels)


def _metric_table(result: Check, chosen: list[Metric], spoken: Language) -> Table:
    from rich.text import Text

    titles = [(said("channel"), spoken.say(said("total")))]
    titles += [
        (METRICS[metric.name][0], _moved(result.metrics.get(metric.name), metric, spoken))
        for metric in chosen
    ]
    table = _table((spoken.say(title), footer, "right") for title, footer in titles)
    for entry in result.channels:
        if entry.metrics:
            cells = (_moved(entry.metrics.get(metric.name), metric, spoken) for metric in chosen)
            table.add_row(Text(entry.channel), *cells)
    return table


def _moved(movement: Movement | None, metric: Metric, spoken: Language) -> Any:
    """``1,234 ▲ 12 %``, green where that is good and red where it is bad."""
    from rich.text import Text

    if movement is None or movement.now is None:
        return Text("-")
    text = Text(figure_text(movement.now, metric.unit, spoken))
    if change := change_text(movement, spoken):
        usual = "bold" if movement.is_notable else ""
        look = {1: "green", -1: "red"}.get(goodness(movement, metric), usual)
        text.append(f" {change}", style=look)
    return text


def _understood(result: Check, spoken: Language) -> list[str]:
    flagged = {flag.reason for flag in result.flags}
    return [spoken.say(notice) for notice in result.notices if notice not in flagged]


def _outcome(totals: Totals, name: str, spoken: Language) -> str:
    value = getattr(totals, name)
    unit = {"conversions": "count", "roas": "ratio"}.get(name, "money")
    return "-" if value is None else figure_text(value, unit, spoken)
