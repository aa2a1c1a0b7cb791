"""The options that say what a history's columns mean, shared by every command that reads one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import click

from models.history import HistorySpec

GRAINS, SHAPES = ("auto", "day", "week"), ("tidy", "mix")
LANGUAGES = ("en", "vi")

language_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of tables and of messages about data.",
)


def history_options(command: Callable) -> Callable:
    """Give a command the argument HISTORY and its options; it receives `history: HistorySpec`."""

    @functools.wraps(command)
    def wrapped(*args, file: Path, spend: tuple[str, ...], controls: tuple[str, ...], **kwargs):
        named = {name: kwargs.pop(name) for name in _PLAIN}
        spec = HistorySpec(file, spend=_spend(spend, named["shape"]), controls=controls, **named)
        return command(*args, history=spec, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _spend(pairs: tuple[str, ...], shape: str) -> str | dict[str, str] | None:
    """``tv=tv_S`` by channel for a mix, one column's name for a tidy history."""
    if not pairs:
        return None
    if shape == "tidy":
        column, *others = pairs
        if others or "=" in column:
            raise click.UsageError("Several columns of spend need --shape mix.")
        return column
    by_channel: dict[str, str] = {}
    for pair in pairs:
        channel, mark, column = pair.partition("=")
        if not (channel and mark and column):
            raise click.UsageError(f"--spend {pair}: write it as --spend CHANNEL=COLUMN.")
        if channel in by_channel:
            raise click.UsageError(f"--spend {pair}: the channel {channel} is named twice.")
        by_channel[channel] = column
    return by_channel


_PLAIN = (
    *("shape", "date", "channel", "kpi", "revenue", "value_per_conversion"),
    *("date_format", "grain", "decimal", "currency", "sheet", "encoding"),
)
_OPTIONS = (
    click.argument("file", metavar="HISTORY", type=click.Path(path_type=Path)),
    click.option(
        "--shape",
        type=click.Choice(SHAPES),
        default="tidy",
        show_default=True,
        help="tidy: one row per date and channel; mix: one row per date and one KPI.",
    ),
    click.option("--date", metavar="COLUMN", help="Column of the dates."),
    click.option("--channel", metavar="COLUMN", help="Column of the channels' names (tidy)."),
    click.option("--kpi", metavar="COLUMN", help="Column of the conversions, or of a mix's KPI."),
    click.option(
        "--spend",
        metavar="[CHANNEL=]COLUMN",
        multiple=True,
        help="Column of spend; for a mix once per channel, e.g. --spend tv=tv_S.",
    ),
    click.option("--revenue", metavar="COLUMN", help="Column of the revenue."),
    click.option(
        "--value-per-conversion", metavar="COLUMN", help="Instead of --revenue, in a mix."
    ),
    click.option(
        "--control",
        "controls",
        metavar="COLUMN",
        multiple=True,
        help="Column that explains the KPI beside spend, one value per date; may be repeated.",
    ),
    click.option("--date-format", metavar="FORM", help="E.g. DD/MM/YYYY; default YYYY-MM-DD."),
    click.option(
        "--grain",
        type=click.Choice(GRAINS),
        default="auto",
        show_default=True,
        help="auto: by week where there are enough days for it.",
    ),
    click.option("--decimal", type=click.Choice((".", ",")), default=".", show_default=True),
    click.option("--currency", metavar="CODE", help="Where the file names none, e.g. EUR."),
    click.option("--sheet", metavar="NAME", help="Sheet of an XLSX; default the first."),
    click.option("--encoding", metavar="NAME", help="Of a CSV that is not UTF-8, e.g. cp1252."),
)
