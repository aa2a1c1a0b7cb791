"""The options that say how to fit, shared by every command that fits."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scenarios.cli.options.output import FILE, choice_option, count_option, pairs, with_options

if TYPE_CHECKING:
    from scenarios.cli.options.history_options import Given

FAMILIES = ("auto", "simplest", "hill", "hill_concave")
FAMILIES += ("exponential", "logarithmic", "power", "linear")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def fit_options(command: Callable) -> Callable:
    """Give a command that reads a `history` the options of a fit; it receives `fit: FitRequest`.

    What the history is a scenario for, its `fit` says; an option that is given says otherwise.
    """

    @functools.wraps(command)
    def wrapped(
        *args,
        history: Given,
        events: Path | None,
        channel_family: tuple[str, ...],
        channel_carry_over: tuple[str, ...],
        media_share: str | None,
        doubt: bool,
        weights: Path | None,
        **kwargs,
    ):
        from models.fit.side_tables import read_events, read_weights

        asked = history.fit_request()
        changes: dict[str, Any] = {name: kwargs.pop(name) for name in _PLAIN}
        changes = {name: value for name, value in changes.items() if is_given(name)}
        if channel_family:
            changes["families"] = pairs("--channel-family", channel_family)
        if channel_carry_over:
            option = "--channel-carry-over"
            known = pairs(option, channel_carry_over)
            changes["carry_over_ranges"] = {n: share_range(option, t) for n, t in known.items()}
        if media_share:
            changes["media_share"] = share_range("--media-share", media_share)
        if events:
            changes["events"] = read_events(events)
        if weights:
            changes["doubts"] = read_weights(weights)
        asked = replace(asked, options=replace(asked.options, **changes))
        if is_given("doubt"):
            asked = replace(asked, doubt=doubt)
        return command(*args, history=history, fit=asked, **kwargs)

    return with_options(wrapped, _OPTIONS)


def is_given(option: str) -> bool:
    """Whether somebody said this option, on the command line or by a variable."""
    source = click.get_current_context().get_parameter_source(option)
    return source not in (None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)


def fraction(option: str, text: str) -> float:
    """A share that was written with its per cent sign."""
    said = PERCENT.fullmatch(text.strip())
    if said is None:
        raise click.UsageError(f"{option} {text}: write a percentage with its sign, e.g. 70%.")
    return float(said[1]) / 100.0


def share_range(option: str, text: str) -> tuple[float, float]:
    """Two shares with a colon between them."""
    low, colon, high = text.partition(":")
    if not colon:
        raise click.UsageError(f"{option} {text}: write a range of shares, e.g. 40%:70%.")
    return fraction(option, low), fraction(option, high)


def conversion_lag_option(text: str) -> Callable:
    """`--conversion-lag`, which a command receives as `conversion_lag`, days."""
    return click.option(
        "--conversion-lag",
        metavar="DAYS",
        type=click.IntRange(0, 365),
        default=7,
        show_default=True,
        help=text,
    )


_PLAIN = ("family", "draws", "seed", "carry_over", "conversion_lag", "workers")
_OPTIONS = (
    choice_option(
        "--family",
        FAMILIES,
        "Curve of all channels; auto averages them by how well they predict held-out weeks, "
        "simplest takes the simplest that none clearly beats there.",
        "hill",
    ),
    click.option(
        "--channel-family",
        metavar="CHANNEL=FAMILY",
        multiple=True,
        help="Curve of one channel; may be repeated.",
    ),
    count_option(
        "--draws", 0, 10_000, 200, "Equally likely curves per channel, for intervals and for risk."
    ),
    count_option("--seed", 0, None, 0, "Of the draws."),
    choice_option(
        "--carry-over",
        ("geometric", "delayed"),
        "delayed: the effect peaks up to three periods after the spend.",
    ),
    click.option(
        "--channel-carry-over",
        metavar="CHANNEL=LOW:HIGH",
        multiple=True,
        help="What is known of a channel's carry-over from one period to the next, e.g. "
        "tv=40%:70%; may be repeated.",
    ),
    click.option(
        "--media-share",
        metavar="LOW:HIGH",
        help="What is known of the share of a mix's KPI that all channels bring, e.g. 5%:30%.",
    ),
    conversion_lag_option(
        "Days at the end whose conversions are still arriving, left out of the fit."
    ),
    click.option(
        "--events",
        metavar="FILE",
        type=FILE,
        help="Holidays and the like: a CSV with event, start, end.",
    ),
    click.option(
        "--doubt/--no-doubt",
        default=True,
        show_default=True,
        help="Count days less that `budgetopt check` finds suspicious, such as broken tracking.",
    ),
    click.option(
        "--weights",
        metavar="FILE",
        type=FILE,
        help="Days to count less: a CSV as `budgetopt check --weights` writes it.",
    ),
    count_option(
        "--workers", 1, 256, 1, "Processes to share many channels among; the result is the same."
    ),
)
