"""The parts of a page from plain values; their HTML stands in `parts.html.j2`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from scenarios.language.language import Language
from scenarios.report.page import charts
from scenarios.report.templates import macros

CODE = re.compile(r"`([^`]+)`")
NOTHING = Markup("")


@dataclass(frozen=True)
class Figure:
    """A figure with its change in small beside it; `kind` is "good", "bad" or ""."""

    text: str
    change: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Amount:
    """An amount as it is counted here, and the whole of it for whoever points at it."""

    text: str
    full: str


@dataclass(frozen=True)
class Keys:
    """Keys of a scenario, which may break behind each dot."""

    keys: Sequence[str]


@dataclass(frozen=True)
class Card:
    """One of the totals: what it is now, and today's below it where that is known."""

    title: str
    now: str
    unit: str = ""
    today: str = ""
    change: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page that its list of contents names."""

    anchor: str
    title: str
    html: Markup


class Page:
    """Writes the parts of a page in the language of those who will read it.

    Keeps the pictures by their element's id, as they come.
    """

    def __init__(self, spoken: Language | None = None) -> None:
        self.spoken = spoken or Language()
        self.figures: dict[str, charts.Figure] = {}
        self._parts: Any = macros("page/parts.html.j2", self.spoken)

    def table(
        self,
        caption: str,
        heads: Sequence[str],
        rows: Iterable[Sequence[object]],
        foot: Sequence[object] = (),
        words: Sequence[int] = (0,),
    ) -> Markup:
        """A table that scrolls by itself where the screen is narrow.

        Parameters
        ----------
        rows, foot : texts and numbers, `Amount`, `Figure` or `Keys`
        words : numbers of the columns that hold words; the others are figures, set right
        """
        lines = [[self._shown(cell) for cell in row] for row in rows]
        last = [self._shown(cell) for cell in foot]
        return self._parts.table(caption, heads, lines, last, words)

    def _shown(self, cell: object) -> object:
        if isinstance(cell, Keys):
            return self._parts.keys(cell.keys)
        if isinstance(cell, Amount):
            return self._parts.amount(cell.text, cell.full)
        if isinstance(cell, Figure):
            return self._parts.figure(cell.text, cell.change, cell.kind)
        return cell

    def section(self, title: str, *parts: Markup, anchor: str = "") -> Section | None:
        """A part of the page with its heading; nothing where there is nothing in it."""
        content = NOTHING.join(parts)
        if not content:
            return None
        return Section(anchor, title, self._parts.section(anchor, title, content))

    def paragraph(self, text: str, kind: str = "") -> Markup:
        """Text in which what stands between backticks is a command or a key."""
        return self._parts.paragraph(CODE.split(self.spoken.say(text)), kind)

    def listing(self, texts: Iterable[str]) -> Markup:
        """Sentences one below the other."""
        return self._parts.listing(texts)

    def cards(self, cards: Sequence[Card]) -> Markup:
        """The totals at the top of the page."""
        return self._parts.cards(cards)

    def block(self, kind: str, *parts: Markup) -> Markup:
        """Parts that the style sheet sets together, by the name of its class."""
        return self._parts.block(kind, parts)

    def titled(self, title: str, content: Markup) -> Markup:
        """A part under a small heading."""
        return self._parts.titled(title, content)

    def folded(self, summary: str, content: Markup) -> Markup:
        """What is shown only when it is asked for."""
        return self._parts.folded(summary, content)

    def picture(self, figure: charts.Figure | None, caption: str, says: str) -> Markup:
        """The element for a picture; `says` is what it shows, for those who do not see it."""
        if figure is None:
            return NOTHING
        name = f"picture-{len(self.figures) + 1}"
        self.figures[name] = self._spoken(figure)
        return self._parts.picture(name, figure["layout"]["height"], caption, says)

    def _spoken(self, part: Any) -> Any:
        """A figure with its phrases said, and numbers written as the language has them."""
        if isinstance(part, str):
            return self.spoken.say(part)
        if isinstance(part, list | tuple):
            return [self._spoken(one) for one in part]
        if not isinstance(part, dict):
            return part
        spoken = {key: self._spoken(value) for key, value in part.items()}
        if "paper_bgcolor" in part and self.spoken.separators != Language.separators:
            spoken["separators"] = self.spoken.separators  # of the layout
        return spoken
