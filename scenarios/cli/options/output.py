"""What every command shares: where its result goes, in which form, and what is said meanwhile."""

from __future__ import annotations

import functools
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from models.passwords import without_passwords
from models.visible import PLAIN, visible
from scenarios.report.plain_text import as_text, show

SUFFIXES = {".txt": "table", ".json": "json", ".csv": "csv"}
EXIT_FAILURE, EXIT_INPUT, EXIT_INFEASIBLE, EXIT_SOME_FAILED = 1, 2, 3, 4
PIPE_WIDTH = 100  # columns of a table that no terminal shows
FILE, FOLDER = click.Path(path_type=Path), click.Path(path_type=Path, file_okay=False)


def plain_where_needed() -> None:
    """Let streams that cannot write everything, as on Windows with ``>``, write what is near."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
        if isinstance(stream, io.TextIOWrapper) and not encoding.startswith("utf"):
            stream.reconfigure(errors=PLAIN)


@dataclass(frozen=True)
class Output:
    """Where a command's result goes, and whether it may speak meanwhile.

    Parameters
    ----------
    format : "table", "json" or "csv"
    file : written instead of standard output, whole or not at all
    quiet : nothing on standard error but errors
    force : replace files that exist; never one that the command has read
    """

    format: str
    file: Path | None = None
    quiet: bool = False
    force: bool = False

    @property
    def width(self) -> int:
        """Columns that a table has."""
        if self.file is None and (sys.stdout.isatty() or "COLUMNS" in os.environ):
            return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
        return PIPE_WIDTH

    def write(self, forms: Mapping[str, Callable[[], Any]]) -> None:
        """Write the result in the form that was asked for.

        Parameters
        ----------
        forms : by format, what makes it: text for "json" and "csv"; for "table" whatever rich can
            print, one thing or a list. Use `rich.text.Text`, not markup, for people's names.
        """
        content = forms[self.format]()
        if self.file is None:
            _print(content, self.width)
            return
        from models.files import write_whole

        write_whole(self.file, visible(as_text(content, self.width)))
        self.note(f"wrote {self.file}")

    def show(
        self,
        found: Any,
        table: Callable[[Any], Any],
        as_json: Callable[[Any], str],
        rows: Callable[[Any], Iterable[Sequence[object]]],
    ) -> None:
        """Write a finding in the form that was asked for, by what makes each form of it."""
        from scenarios.plan.csv_text import csv_text

        self.write(
            {
                "table": lambda: table(found),
                "json": lambda: as_json(found),
                "csv": lambda: csv_text(rows(found)),
            }
        )

    def claim(self, *targets: Path) -> None:
        """Refuse what may not be written, before any work is done.

        Raises
        ------
        InputError : all the targets that exist, are folders, or lie in none
        """
        from scenarios.report.output_paths import free_to_write

        free_to_write(targets, self.force)

    def note(self, *lines: str) -> None:
        """Say something on standard error."""
        if not self.quiet:
            for line in lines:
                echo(line, err=True)

    @contextmanager
    def progress(self, doing: str) -> Iterator[Callable[[str], None]]:
        """Show on standard error what goes on, if that is a terminal; yields a way to change it."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console
        from rich.text import Text

        with Console(stderr=True).status(Text(doing)) as status:
            yield lambda text: status.update(Text(text))


def echo(text: str, nl: bool = True, err: bool = False) -> None:
    """Print a text whose every character shows, in what the stream's encoding has.

    What goes to standard error may quote what a person wrote: it shows no passwords.
    """
    click.echo(visible(without_passwords(text) if err else text), nl=nl, err=err)


def pairs(option: str, given: Iterable[str], form: str = "CHANNEL=VALUE") -> dict[str, str]:
    """``NAME=VALUE`` by name; `form` is what people are shown where it is written otherwise."""
    found: dict[str, str] = {}
    for pair in given:
        name, mark, value = pair.partition("=")
        if not (name and mark and value):
            raise click.UsageError(f"{option} {pair}: write it as {option} {form}.")
        if name in found:
            raise click.UsageError(f"{option} {pair}: {name} is named twice.")
        found[name] = value
    return found


def leave_without_plan() -> NoReturn:
    """End the command as one whose rules leave no plan."""
    click.get_current_context().exit(EXIT_INFEASIBLE)


def choice_option(name: str, choices: Sequence[str], text: str, default: str = "") -> Callable:
    """An option that is one of several words, by default the first."""
    shown = default or choices[0]
    return click.option(
        name, type=click.Choice(choices), default=shown, show_default=True, help=text
    )


def count_option(name: str, least: int, most: int | None, default: int, text: str) -> Callable:
    """An option that is a whole number within bounds."""
    within = click.IntRange(least, most)
    return click.option(name, type=within, default=default, show_default=True, help=text)


def with_options(command: Callable[..., Any], options: Sequence[Callable]) -> Callable[..., Any]:
    """A command with options of click, which its help shows in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def force_option(text: str = "Replace a file that exists.") -> Callable:
    """`--force`, which a command receives as `force`."""
    return click.option("--force", is_flag=True, help=text)


def output_options(
    command: Callable[..., Any] | None = None,
    *,
    suffixes: Mapping[str, str] = SUFFIXES,
    also: tuple[str, ...] = (),
) -> Callable[..., Any]:
    """Give a command `--format`, `--output`, `--force`, `--quiet`; it receives `out: Output`.

    Parameters
    ----------
    suffixes : the format that each suffix of `--output` stands for, the default one's first
    also : the command's own options that name further files to write
    """
    if command is None:
        return functools.partial(output_options, suffixes=suffixes, also=also)
    formats = tuple(dict.fromkeys(suffixes.values()))

    @functools.wraps(command)
    def wrapped(*args, output_format, output_file, force, quiet, **kwargs):
        chosen = _format_of(output_file, output_format, suffixes)
        out = Output(chosen, output_file, quiet, force)
        targets = [output_file, *(kwargs[name] for name in also)]
        out.claim(*(target for target in targets if target is not None))
        return command(*args, out=out, **kwargs)

    options = (
        click.option(
            "--format",
            "output_format",
            type=click.Choice(formats),
            help=f"Form of the result; by default {formats[0]}.",
        ),
        click.option(
            "--output",
            "-o",
            "output_file",
            type=FILE,
            help=f"Write the result to this file instead: {', '.join(suffixes)}.",
        ),
        force_option(),
        click.option("--quiet", "-q", is_flag=True, help="Print the result and nothing else."),
    )
    return with_options(wrapped, options)


def _format_of(file: Path | None, asked: str | None, suffixes: Mapping[str, str]) -> str:
    """The form of the result: as asked for, or as the file's suffix says; they must agree."""
    from models.errors import Fault, InputError

    default = next(iter(suffixes.values()))
    if file is None or not file.suffix:
        return asked or default
    meant = suffixes.get(file.suffix.lower())
    if meant is None:
        reports = "; `budgetopt report` writes workbooks and pages" if len(suffixes) > 1 else ""
        problem = f"a result is not written as {file.suffix}"
        raise InputError(Fault(str(file), problem, f"Name it {', '.join(suffixes)}{reports}."))
    if asked not in (None, meant):
        problem = f"{file.suffix} is not what --format {asked} writes"
        raise InputError(Fault(str(file), problem, "Leave out --format, or name it otherwise."))
    return meant


def _print(content: Any, width: int) -> None:
    if isinstance(content, str) or not sys.stdout.isatty():
        text = as_text(content, width)
        echo(text, nl=not text.endswith("\n"))
        return
    from rich.console import Console

    show(Console(width=width), content)
