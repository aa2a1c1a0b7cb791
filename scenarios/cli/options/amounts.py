"""Amounts and settings on a command line, as they are written in a scenario file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from scenarios.cli.options.scenario_options import SHORTCUTS


class _Amount(click.ParamType):
    """An amount above 0, such as ``50000``, ``50k`` or ``1.2m``."""

    name = "amount"

    def convert(self, value, param, ctx) -> float:
        from scenarios.definition.values import is_signed, scaled

        found = scaled(str(value))
        if found is None or found <= 0.0 or is_signed(str(value)):
            self.fail(f"'{value}' is not an amount above 0, such as 50000 or 50k", param, ctx)
        return found


AMOUNT = _Amount()
NAMED = "as="  # a setting that closes a variant and names it


class InOrder(click.Command):
    """A command on which ``--as NAME`` names what the settings before it make of a scenario.

    Options keep no order among each other, so all that is a setting is written as `--set`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if any(arg == "--as" or arg.startswith("--as=") for arg in args):
            args = list(_as_settings(args))
        return super().parse_args(ctx, args)


def _as_settings(args: Sequence[str]) -> Iterator[str]:
    keys = {f"--{key.replace('_', '-')}": key for key in (*SHORTCUTS, "as")}
    left = iter(args)
    for arg in left:
        option, has_value, value = arg.partition("=")
        if option not in keys:
            yield arg
            continue
        if not has_value:
            value = next(left, None)
        if value is None:
            yield option  # without its value: click says so
        else:
            yield from ("--set", f"{keys[option]}={value}")


def variants(settings: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The named variants in order, each with its settings; those after the last name are refused.

    Raises
    ------
    click.UsageError : settings that no name follows
    """
    found, open_settings = [], []
    for setting in settings:
        if setting.startswith(NAMED):
            found.append((setting.removeprefix(NAMED), tuple(open_settings)))
            open_settings = []
        else:
            open_settings.append(setting)
    if found and open_settings:
        raise click.UsageError(
            f"the settings after '--as {found[-1][0]}' ({', '.join(open_settings)}) have no name: "
            "end them with --as NAME"
        )
    return found
