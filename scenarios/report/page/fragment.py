"""The head of a plan's page as HTML that a notebook shows: no script, no picture, its own look."""

from __future__ import annotations

import re

from markupsafe import Markup

from models.phrases import said
from scenarios.language.language import Language
from scenarios.plan.plan import Plan
from scenarios.report.page import sections
from scenarios.report.page.charts import Figure
from scenarios.report.page.document import style
from scenarios.report.page.markup import NOTHING, Page
from scenarios.report.prose.findings import findings, subtitle_of, title_of
from scenarios.report.templates import rendered


class Still(Page):
    """Writes the parts of a page without its pictures."""

    def picture(self, figure: Figure | None, caption: str, says: str) -> Markup:
        return NOTHING


def fragment(plan: Plan, spoken: Language | None = None) -> str:
    """What is recommended and why, and the table of channels, as the page has them."""
    page = Still(spoken)
    warnings = (page.paragraph(text, "warning") for text in plan.warnings)
    told = [
        sections.allocation(plan, page) if plan.proposed is not None else None,
        page.section(said("Warnings"), *warnings),
    ]
    head = [sections.cards(plan, page), page.listing(findings(plan))]
    return rendered(
        "page/fragment.html.j2",
        page.spoken,
        style=_nested(style()),
        title=title_of(plan),
        subtitle=subtitle_of(plan),
        parts=[*head, *(section.html for section in told if section)],
    )


def _nested(css: Markup) -> Markup:
    """The page's style for what stands in one element (CSS nesting): nothing else is touched."""
    return Markup(re.sub(r"^(:root|body) \{", "& {", css, flags=re.MULTILINE))
