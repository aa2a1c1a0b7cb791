"""HTML from plain values: everything that people named is escaped on its way in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure with its change in small beside it; `kind` is "good", "bad" or ""."""

    text: str
    change: str = ""
    kind: str = ""


CODE = re.compile(r"`([^`]+)`")


def escape(value: object) -> str:
    """Text as HTML shows it unchanged."""
    return html.escape(str(value))


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[object]],
    foot: Sequence[object] | None = None,
    words: Sequence[int] = (0,),
) -> str:
    """A table that scrolls by itself where the screen is narrow.

    Parameters
    ----------
    rows, foot : texts and numbers, or `Figure`
    words : numbers of the columns that hold words; the others are figures, set right
    """

    def line(cells: Sequence[object], total: bool = False) -> str:
        parts = []
        for number, cell in enumerate(cells):
            tag, scope = ("th", ' scope="row"') if number == 0 else ("td", "")
            kind = "" if number in words else ' class="figure"'
            parts.append(f"<{tag}{scope}{kind}>{_shown(cell)}</{tag}>")
        return f"<tr{' class=total' if total else ''}>{''.join(parts)}</tr>"

    head = "".join(
        f'<th scope="col"{"" if number in words else " class=figure"}>{escape(title)}</th>'
        for number, title in enumerate(heads)
    )
    body = "".join(line(row) for row in rows)
    last = f"<tfoot>{line(foot, total=True)}</tfoot>" if foot else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody>{last}</table></div>"
    )


def _shown(cell: object) -> str:
    if not isinstance(cell, Figure):
        return escape(cell)
    look = f' class="{escape(cell.kind)}"' if cell.kind else ""
    return f"{escape(cell.text)} <small{look}>{escape(cell.change)}</small>"


def section(title: str, *parts: str, anchor: str = "") -> str:
    """A part of the page with its heading; nothing where there is nothing in it."""
    content = "".join(parts)
    mark = f' id="{escape(anchor)}"' if anchor else ""
    return f"<section{mark}><h2>{escape(title)}</h2>{content}</section>" if content else ""


def paragraph(text: str, kind: str = "") -> str:
    """Text in which what stands between backticks is a command or a key."""
    look = f' class="{kind}"' if kind else ""
    content = CODE.sub(r"<code>\1</code>", escape(text))
    return f"<p{look}>{content}</p>"


def listing(texts: Iterable[str]) -> str:
    """Sentences one below the other."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
