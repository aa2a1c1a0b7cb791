"""What people can call: commands with their arguments and options, and the names of `budgetopt`.

    python -m tests.support.public_face    writes the list anew, after a wanted change

`tests/public_face.txt` holds it line by line, so that a change shows in a diff and nothing gets
lost unnoticed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

import budgetopt
from scenarios.cli import COMMANDS, main

OURS = ("models", "optimizer", "scenarios", "budgetopt")
STORED = Path(__file__).parents[1] / "public_face.txt"


def lines() -> list[str]:
    """One line per command, argument, option, name, parameter and method, sorted."""
    return sorted({*_commands(), *_names()})


def _commands() -> Iterator[str]:
    with click.Context(main) as ctx:
        yield from _one("budgetopt", main)
        for name in COMMANDS:
            command = main.get_command(ctx, name)
            assert command is not None
            yield from _one(f"budgetopt {name}", command)


def _one(path: str, command: click.Command) -> Iterator[str]:
    yield path
    for parameter in command.params:
        names = [*parameter.opts, *parameter.secondary_opts]
        if isinstance(parameter, click.Argument):
            yield f"{path} {parameter.make_metavar(click.Context(command))}"
        else:
            yield from (f"{path} {name}" for name in names)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _one(f"{path} {name}", below)


def _names() -> Iterator[str]:
    for name in budgetopt.__all__:
        value, path = getattr(budgetopt, name), f"budgetopt.{name}"
        yield path
        if inspect.isclass(value):
            ours = [kind for kind in value.__mro__ if kind.__module__.split(".")[0] in OURS]
            own = {key for kind in ours for key in vars(kind) if not key.startswith("_")}
            yield from (f"{path}.{key}" for key in own if not key.startswith("model_"))
        if callable(value) and name != "BudgetoptError":  # an error is caught, not made
            yield from (f"{path}({parameter})" for parameter in inspect.signature(value).parameters)


if __name__ == "__main__":
    STORED.write_text("".join(f"{line}\n" for line in lines()), encoding="utf-8")
