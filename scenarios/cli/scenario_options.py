"""The options that change a scenario from the command line, shared by every command on one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import click


def scenario_options(command: Callable) -> Callable:
    """Give a command `--set` and `--budget`; it receives them as `settings`, key=value each."""

    @functools.wraps(command)
    def wrapped(*args, settings: tuple[str, ...], budget: str | None, **kwargs):
        given = settings if budget is None else (*settings, f"budget={budget}")
        return command(*args, settings=given, **kwargs)

    for option in (
        click.option(
            "--budget", metavar="AMOUNT", help="120000, current or +10%: as --set budget=..."
        ),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="KEY=VALUE",
            help="Set a key of the scenario, e.g. channels.tv.min_spend=5000; may be repeated.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


scenario_argument = click.argument("scenario", type=click.Path(path_type=Path))
