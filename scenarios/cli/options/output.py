"""What every command shares: where its result goes, in which form, and what is said meanwhile."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

FORMATS = ("table", "json", "csv")
EXIT_FAILURE, EXIT_INPUT, EXIT_INFEASIBLE = 1, 2, 3
PIPE_WIDTH = 100  # columns of a table that no terminal shows
FILE, FOLDER = click.Path(path_type=Path), click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True)
class Output:
    """Where a command's result goes, and whether it may speak meanwhile.

    Parameters
    ----------
    format : "table", "json" or "csv"
    file : written instead of standard output, whole or not at all
    quiet : nothing on standard error but errors
    """

    format: str
    file: Path | None = None
    quiet: bool = False

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

        write_whole(self.file, _as_text(content, self.width))
        self.note(f"wrote {self.file}")

    def note(self, *lines: str) -> None:
        """Say something on standard error."""
        if not self.quiet:
            for line in lines:
                click.echo(line, err=True)

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


def with_options(command: Callable[..., Any], options: Sequence[Callable]) -> Callable[..., Any]:
    """A command with options of click, which its help shows in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def force_option(text: str = "Replace a file that exists.") -> Callable:
    """`--force`, which a command receives as `force`."""
    return click.option("--force", is_flag=True, help=text)


def output_options(
    command: Callable[..., Any] | None = None, *, formats: tuple[str, ...] = FORMATS
) -> Callable[..., Any]:
    """Give a command `--format`, `--output` and `--quiet`; it receives them as `out: Output`."""
    if command is None:
        return functools.partial(output_options, formats=formats)

    @functools.wraps(command)
    def wrapped(*args, output_format, output_file, quiet, **kwargs):
        chosen = output_format or _format_of(output_file, formats)
        return command(*args, out=Output(chosen, output_file, quiet), **kwargs)

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
            help="Write the result to this file instead, in the format of its suffix.",
        ),
        click.option("--quiet", "-q", is_flag=True, help="Print the result and nothing else."),
    )
    return with_options(wrapped, options)


def _format_of(file: Path | None, formats: tuple[str, ...]) -> str:
    suffix = file.suffix.lower().lstrip(".") if file else ""
    return suffix if suffix in formats else formats[0]


def _print(content: Any, width: int) -> None:
    if isinstance(content, str) or not sys.stdout.isatty():
        text = _as_text(content, width)
        click.echo(text, nl=not text.endswith("\n"))
        return
    from rich.console import Console

    _show(Console(width=width), content)


def _as_text(content: Any, width: int) -> str:
    if isinstance(content, str):
        return content if content.endswith("\n") else content + "\n"
    import io

    from rich.console import Console

    page = io.StringIO()
    _show(Console(file=page, width=width), content)
    # Rich pads every line to the width: of no use to a file, and a nuisance in a diff.
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _show(console: Any, content: Any) -> None:
    for part in content if isinstance(content, list) else [content]:
        # Plain print: no guessing at markup, emoji or numbers in people's names.
        console.print(part, markup=False, emoji=False, highlight=False)
