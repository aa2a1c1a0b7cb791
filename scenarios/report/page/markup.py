"""HTML from plain values: everything that people named is escaped on its way in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scenarios.language.language import Language

CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Figure:
    """A figure with its change in small beside it; `kind` is "good", "bad" or ""."""

    text: str
    change: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Keys:
    """Keys of a scenario, which may break behind each dot."""

    keys: Sequence[str]


class Markup:
    """Writes HTML, and says its phrases in the language of those who will read it."""

    def __init__(self, spoken: Language | None = None) -> None:
        self.spoken = spoken or Language()

    def escape(self, value: object) -> str:
        """Text as HTML shows it unchanged."""
        return html.escape(self.spoken.say(value) if isinstance(value, str) else str(value))

    def table(
        self,
        caption: str,
        heads: Sequence[str],
        rows: Iterable[Sequence[object]],
        foot: Sequence[object] | None = None,
        words: Sequence[int] = (0,),
    ) -> str:
        """A table that scrolls by itself where the screen is narrow.

        Parameters
        ----------
        rows, foot : texts and numbers, `Figure` or `Keys`
        words : numbers of the columns that hold words; the others are figures, set right
        """

        def line(cells: Sequence[object], total: bool = False) -> str:
            parts = []
            for number, cell in enumerate(cells):
                tag, scope = ("th", ' scope="row"') if number == 0 else ("td", "")
                kind = "" if number in words else ' class="figure"'
                parts.append(f"<{tag}{scope}{kind}>{self._shown(cell)}</{tag}>")
            return f"<tr{' class=total' if total else ''}>{''.join(parts)}</tr>"

        head = "".join(
            f'<th scope="col"{"" if number in words else " class=figure"}>{self.escape(title)}</th>'
            for number, title in enumerate(heads)
        )
        body = "".join(line(row) for row in rows)
        last = f"<tfoot>{line(foot, total=True)}</tfoot>" if foot else ""
        title = self.escape(caption)
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
            f"<caption>{title}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody>{last}</table></div>"
        )

    def _shown(self, cell: object) -> str:
        if isinstance(cell, Keys):
            return ", ".join(self.escape(key).replace(".", ".<wbr>") for key in cell.keys)
        if not isinstance(cell, Figure):
            return self.escape(cell)
        look = f' class="{self.escape(cell.kind)}"' if cell.kind else ""
        return f"{self.escape(cell.text)} <small{look}>{self.escape(cell.change)}</small>"

    def section(self, title: str, *parts: str, anchor: str = "") -> str:
        """A part of the page with its heading; nothing where there is nothing in it."""
        content = "".join(parts)
        mark = f' id="{self.escape(anchor)}"' if anchor else ""
        return f"<section{mark}><h2>{self.escape(title)}</h2>{content}</section>" if content else ""

    def paragraph(self, text: str, kind: str = "") -> str:
        """Text in which what stands between backticks is a command or a key."""
        look = f' class="{kind}"' if kind else ""
        content = CODE.sub(r"<code>\1</code>", self.escape(text))
        return f"<p{look}>{content}</p>"

    def listing(self, texts: Iterable[str]) -> str:
        """Sentences one below the other."""
        return f"<ul>{''.join(f'<li>{self.escape(text)}</li>' for text in texts)}</ul>"
