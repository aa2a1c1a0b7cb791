"""The options that change a scenario from the command line, shared by every command on one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from scenarios.cli.options.output import FILE, FOLDER, with_options

if TYPE_CHECKING:
    from scenarios.cli.options.output import Output
    from scenarios.definition.scenario import Scenario
    from scenarios.language.language import Language
    from scenarios.planning import Evidence


SHORTCUTS = ("budget", "within", "solver", "time_limit")  # keys with an option of their own


def scenario_options(command: Callable) -> Callable:
    """Give a command `--set` and its shortcuts; it receives them as `settings`, key=value each."""

    @functools.wraps(command)
    def wrapped(*args, settings: tuple[str, ...], **kwargs):
        short = {key: kwargs.pop(key) for key in SHORTCUTS}
        given = (f"{key}={value}" for key, value in short.items() if value is not None)
        return command(*args, settings=(*settings, *given), **kwargs)

    options = (
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="KEY=VALUE",
            help="Set a key of the scenario, e.g. channels.tv.min_spend=5000; may be repeated.",
        ),
        click.option(
            "--budget", metavar="AMOUNT", help="120000, current or +10%: as --set budget=..."
        ),
        click.option(
            "--within",
            metavar="PERCENT",
            help="The simplest plan within e.g. 1% of the best: fewest changes, least money moved.",
        ),
        click.option("--solver", metavar="NAME", help="HiGHS (the default), CBC, or another."),
        click.option(
            "--time-limit", metavar="SECONDS", help="Then take the best plan so far, with its gap."
        ),
    )
    return with_options(wrapped, options)


scenario_argument = click.argument("scenario", type=FILE)
plan_argument = click.argument("plan", type=FILE)


def folder_option(
    text: str = "Where the plan's scenario lies; by default where the plan does.",
) -> Callable:
    """`--folder`, which a command on a plan receives as `folder`, a path or None."""
    return click.option("--folder", type=FOLDER, help=text)


def cache_option(command: Callable) -> Callable:
    """Give a command `--no-cache`; it receives `use_cache`."""
    return click.option(
        "--no-cache",
        "use_cache",
        flag_value=False,
        default=True,
        help="Fit the curves anew, even where this history has been fitted before.",
    )(command)


def picture_option(command: Callable) -> Callable:
    """Give a command `--picture`; it receives `picture`, a path or None."""
    return click.option(
        "--picture",
        type=FILE,
        metavar="FILE",
        help="Also draw it: .png, or .html for a page that opens offline.",
    )(command)


def evidence_of(
    scenario: Scenario,
    use_cache: bool,
    out: Output,
    say: Callable[[str], None],
    spoken: Language | None = None,
) -> Evidence:
    """What a scenario rests on, with a word to the person where it was fitted before."""
    from scenarios.planning import read_evidence

    evidence = read_evidence(scenario, say, use_cache)
    if evidence.is_cached:
        out.note(spoken.say(cached()) if spoken else cached())
    return evidence


def cached() -> str:
    """The word to a person whose curves were not fitted anew."""
    from models.phrases import said

    return said("curves: this history was fitted before; --no-cache fits it anew")
