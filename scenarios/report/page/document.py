"""An HTML file that opens offline and can be mailed: Plotly is in it once, nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from markupsafe import Markup

from models.phrases import joined, said
from scenarios.report.page.markup import Page, Section
from scenarios.report.templates import rendered

NO_SCRIPT = said("The pictures need JavaScript; every figure is in the tables.")
COMPLETE = said("This file is complete in itself and loads nothing.")


@dataclass(frozen=True)
class Script:
    """A script of the page, which its policy lets run by the hash."""

    text: Markup

    @property
    def sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode()


def document(
    title: str,
    subtitle: str,
    body: Iterable[Section | None],
    page: Page,
    made_by: str,
    skip: str,
    mark: str = "",
) -> str:
    """The whole page.

    Parameters
    ----------
    title, subtitle : plain text
    body : sections, as `Page.section` makes them with an anchor
    page : what wrote the body
    mark : hash that stands in the foot of every printed page, hexadecimal
    skip : of the link to the first section, for those who do not see the list of contents
    """
    scripts, no_script = [Script(_asset("page.js"))], Markup("")
    if page.figures:
        from plotly.offline import get_plotlyjs

        scripts.insert(0, Script(Markup(get_plotlyjs())))
        no_script = page.paragraph(NO_SCRIPT, "warning")
    return rendered(
        "page/document.html.j2",
        page.spoken,
        title=title,
        subtitle=subtitle,
        sections=[section for section in body if section],
        figures=page.figures,
        scripts=scripts,
        style=style(),
        skip=skip,
        mark=mark,
        contents=said("Contents"),
        no_script=no_script,
        foot=joined(" ", [said("Made by {program}.", program=made_by), COMPLETE]),
    )


def style() -> Markup:
    """The look of every page."""
    return _asset("page.css")


def _asset(name: str) -> Markup:
    return Markup(files("scenarios.report.page").joinpath(name).read_text(encoding="utf-8"))
