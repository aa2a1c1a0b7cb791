"""Defaults of options from environment variables: ``BUDGETOPT_PLAN_FORMAT=json``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches

import click

PREFIX = "BUDGETOPT"


def with_variables(command: click.Command, prefix: str) -> None:
    """Name the variables of a command's options, and of those of the commands below it.

    Parameters
    ----------
    prefix : of the command, e.g. ``BUDGETOPT_PLAN``; a variable is called like the option
    """
    for option in _options(command):
        if option.envvar is None:
            option.envvar = f"{prefix}_{_upper(long_name(option))}"
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            with_variables(below, f"{prefix}_{_upper(name)}")


def refuse_unknown(command: click.Command, prefix: str, ctx: click.Context) -> None:
    """A variable of this command that none of its options reads is a slip, not silence.

    Raises
    ------
    click.UsageError : with the nearest variable there is
    """
    known = set(_variables(command))
    unknown = sorted(
        name for name in os.environ if name.startswith(f"{prefix}_") and name not in known
    )
    if unknown:
        near = get_close_matches(unknown[0], known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        ctx.fail(f"No option reads the environment variable {unknown[0]}.{hint}")


def long_name(option: click.Option) -> str:
    """What an option is called without its dashes: ``no-cache`` of ``--no-cache``."""
    return max(option.opts, key=len).lstrip("-")


def _options(command: click.Command) -> Iterator[click.Option]:
    return (option for option in command.params if isinstance(option, click.Option))


def _variables(command: click.Command) -> Iterator[str]:
    for option in _options(command):
        if isinstance(option.envvar, str):
            yield option.envvar
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from _variables(below)


def _upper(name: str) -> str:
    return name.replace("-", "_").upper()
