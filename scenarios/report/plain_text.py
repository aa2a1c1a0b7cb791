"""What the terminal shows, as plain text: for files, pipes and the live page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.visible import visible


def as_text(content: Any, width: int) -> str:
    """Text, or what rich prints of other content in so many columns."""
    if isinstance(content, str):
        return content if content.endswith("\n") else content + "\n"
    from rich.console import Console

    page = io.StringIO()
    show(Console(file=page, width=width), content)
    # Rich pads every line to the width: of no use to a file, and a nuisance in a diff.
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def show(console: Any, content: Any) -> None:
    """Print content on a console of rich's, with nothing guessed at in people's names."""
    for part in content if isinstance(content, list) else [content]:
        # Plain print: no guessing at markup, emoji or numbers in people's names.
        console.print(_Visible(part), markup=False, emoji=False, highlight=False)


@dataclass(frozen=True)
class _Visible:
    """Something that rich prints: its texts are escaped where they do not show, its codes not."""

    part: Any

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        for piece in console.render(self.part, options):
            yield piece if piece.control else piece._replace(text=visible(piece.text))
