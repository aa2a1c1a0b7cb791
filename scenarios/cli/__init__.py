"""The command line: parse, call, print. One short file per command."""

from __future__ import annotations

import errno
import importlib
import traceback
from difflib import get_close_matches
from keyword import iskeyword

import click

from models import __version__
from models.errors import InputError
from models.files import inputs_guarded
from models.passwords import without_passwords
from models.visible import visible
from scenarios.cli.contents import COMMANDS
from scenarios.cli.options.environment import PREFIX, refuse_unknown, with_variables
from scenarios.cli.options.output import EXIT_FAILURE, EXIT_INPUT, echo, plain_where_needed


def _module(command: str) -> str:
    """A command's module; Python keeps some words for itself."""
    return f"{command}_" if iskeyword(command) else command


class Failure(click.ClickException):
    """What the person sees instead of a traceback."""

    exit_code = EXIT_FAILURE

    def show(self, file=None) -> None:
        for line in self.message.splitlines():
            echo(f"error: {line}", err=True)


class WrongInput(Failure):
    """All the faults of an input."""

    exit_code = EXIT_INPUT


class Commands(click.Group):
    """Imports a command when it is called, and turns what it raises into exit codes."""

    def make_context(self, *args, **kwargs) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.ClickException as error:
            raise _safely_said(error) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        shown = [click.Command(name, help=line) for name, line in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl([(c.name or "", c.get_short_help_str(limit)) for c in shown])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"scenarios.cli.{_module(cmd_name)}").command
        command.name = cmd_name  # every module calls its own `command`
        if not any(option.name == "debug" for option in command.params):
            command.params.append(_debug_option())
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]):
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else "See 'budgetopt --help'."
            ctx.fail(f"No such command '{args[0]}'. {hint}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name:
            prefix = f"{PREFIX}_{name.upper()}"
            with_variables(command, prefix)
            if not {"--help", "-h"} & set(rest):
                refuse_unknown(command, prefix, ctx)
        return name, command, rest

    def invoke(self, ctx: click.Context):
        try:
            plain_where_needed()
            with inputs_guarded():
                return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, Failure):
            raise
        except click.ClickException as error:
            raise _safely_said(error) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of a pipe has seen enough: click leaves quietly
            if ctx.find_root().meta.get("debug"):
                echo(traceback.format_exc(), err=True)
            raise _failure(error) from None


def _safely_said(error: click.ClickException) -> click.ClickException:
    """Click quotes what was typed: no password of it, and nothing that steers a terminal."""
    vars(error)["message"] = visible(
        without_passwords(error.message)
    )  # typed as never assigned anew
    return error


def _failure(error: Exception) -> Failure:
    if isinstance(error, InputError):
        return WrongInput(str(error))
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return Failure(f"{place}{error.strerror or error}")
    name = type(error).__name__
    return Failure(
        f"this should not have happened: {name}: {error}\n"
        "run it again with --debug to see where, and report it with that output"
    )


def _remember_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().meta["debug"] = True


def _debug_option() -> click.Option:
    return click.Option(
        ["--debug"],
        is_flag=True,
        expose_value=False,
        callback=_remember_debug,
        help="Show where an error comes from.",
    )


@click.group(
    cls=Commands,
    params=[_debug_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="budgetopt")
def main() -> None:
    """Reallocate an advertising budget: from what history says to a proven best split.

    \b
    budgetopt demo                 see a plan for a simulated advertiser
    budgetopt init my-plan         a folder with a history and scenarios to start from
    budgetopt plan scenario.yaml   the best allocation that the scenario's rules allow
    """
