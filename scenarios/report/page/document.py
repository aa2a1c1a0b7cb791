"""An HTML file that opens offline and can be mailed: Plotly is in it once, nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from models.phrases import joined, said
from scenarios.language.language import Language
from scenarios.report.page.charts import Figure
from scenarios.report.page.markup import Markup

NO_SCRIPT = said("The pictures need JavaScript; every figure is in the tables.")
COMPLETE = said("This file is complete in itself and loads nothing.")


class Page(Markup):
    """Writes the parts of a page, and keeps its pictures by their element's id, as they come."""

    def __init__(self, spoken: Language | None = None) -> None:
        super().__init__(spoken)
        self.figures: dict[str, Figure] = {}

    def picture(self, figure: Figure | None, caption: str, says: str) -> str:
        """The element for a picture; `says` is what it shows, for those who do not see it."""
        if figure is None:
            return ""
        name = f"picture-{len(self.figures) + 1}"
        self.figures[name] = self._spoken(figure)
        height = figure["layout"]["height"]
        return (
            f'<figure><div class="picture" id="{name}" role="img" aria-label="{self.escape(says)}"'
            f' style="height:{height}px"></div>'
            f"<figcaption>{self.escape(caption)}</figcaption></figure>"
        )

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


def document(
    title: str,
    subtitle: str,
    body: Iterable[str],
    page: Page,
    made_by: str,
    skip: str,
) -> str:
    """The whole page.

    Parameters
    ----------
    title, subtitle : plain text
    body : sections, as `markup.section` makes them with an anchor; empty ones are left out
    page : what wrote the body
    skip : of the link to the first section, for those who do not see the list of contents
    """
    from plotly.offline import get_plotlyjs

    parts = [part for part in body if part]
    library, ours = get_plotlyjs(), _asset("page.js")
    # Escaped so that no name can end the script element that carries the data.
    data = json.dumps(page.figures, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    # Nothing may be loaded from anywhere, and no script runs but these two.
    policy = (
        f"default-src 'none'; script-src {_hash(library)} {_hash(ours)}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    contents = page.escape(said("Contents"))
    foot = page.escape(joined(" ", [said("Made by {program}.", program=made_by), COMPLETE]))
    return f"""<!DOCTYPE html>
<html lang="{page.spoken.code}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{page.escape(title)}</title>
<style>{style()}</style>
</head>
<body>
<a class="skip" href="#{_anchor(parts[0])}">{page.escape(skip)}</a>
<header>
<h1>{page.escape(title)}</h1>
<p class="quiet">{page.escape(subtitle)}</p>
<noscript>{page.paragraph(NO_SCRIPT, "warning")}</noscript>
<nav aria-label="{contents}"><ul>{_contents(parts)}</ul></nav>
</header>
<main>{"".join(parts)}</main>
<footer>{foot}</footer>
<script type="application/json" id="charts">{data}</script>
<script>{library}</script>
<script>{ours}</script>
</body>
</html>
"""


def _contents(parts: Iterable[str]) -> str:
    links = []
    for part in parts:
        title = part.split("<h2>", 1)[1].split("</h2>", 1)[0]
        links.append(f'<li><a href="#{_anchor(part)}">{title}</a></li>')
    return "".join(links)


def _anchor(part: str) -> str:
    return part.split('id="', 1)[1].split('"', 1)[0]


def style() -> str:
    """The look of every page."""
    return _asset("page.css")


def _asset(name: str) -> str:
    return files("scenarios.report.page").joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
