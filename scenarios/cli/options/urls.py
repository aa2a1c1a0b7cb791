"""URLs on a command line: `ps` shows them to everybody on the machine, passwords included."""

from __future__ import annotations

import click
from click.core import ParameterSource


def without_password(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """The value, unless it holds a password that was typed; an environment's variable may.

    Raises
    ------
    click.UsageError : it does
    """
    from models.passwords import passwords

    typed = ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    if typed and value and passwords(value):
        raise click.UsageError(
            f"{parameter.get_error_hint(ctx)} holds a password, which `ps` shows to everybody on "
            "this machine. Put it into an environment variable, and write "
            "'...://user:${DB_PASSWORD}@host/...' in single quotes."
        )
    return value
