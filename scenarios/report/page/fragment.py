"""The head of a plan's page as HTML that a notebook shows: no script, no picture, its own look."""

from __future__ import annotations

import re

from models.phrases import said, stored
from scenarios.language.language import Language
from scenarios.plan.plan import Plan
from scenarios.report.page import sections
from scenarios.report.page.charts import Figure
from scenarios.report.page.document import Page, style
from scenarios.report.prose.findings import findings, subtitle_of, title_of


class Still(Page):
    """Writes the parts of a page without its pictures."""

    def picture(self, figure: Figure | None, caption: str, says: str) -> str:
        return ""


def fragment(plan: Plan, spoken: Language | None = None) -> str:
    """What is recommended and why, and the table of channels, as the page has them."""
    page = Still(spoken)
    parts = [sections.cards(plan, page), page.listing(findings(plan))]
    if plan.proposed is not None:
        parts.append(sections.allocation(plan, page))
    warnings = (page.paragraph(stored(text), "warning") for text in plan.warnings)
    parts.append(page.section(said("Warnings"), *warnings))
    title, subtitle = page.escape(title_of(plan)), page.escape(subtitle_of(plan))
    return (
        f'<div class="budgetopt"><style>.budgetopt {{ {_nested(style())} }}</style>'
        f'<h1>{title}</h1><p class="quiet">{subtitle}</p>{"".join(parts)}</div>'
    )


def _nested(css: str) -> str:
    """The page's style for what stands in one element (CSS nesting): nothing else is touched."""
    return re.sub(r"^(:root|body) \{", "& {", css, flags=re.MULTILINE)
