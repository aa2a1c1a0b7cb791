"""The summary of many accounts as a page: one HTML file that loads nothing."""

from __future__ import annotations

from models import __version__
from models.phrases import said
from scenarios.batch.batch_summary import BatchSummary
from scenarios.language.language import Language
from scenarios.report.batch.summary_tables import sentences, tables, title_of
from scenarios.report.page.document import document
from scenarios.report.page.markup import Page


def accounts_page(found: BatchSummary, spoken: Language | None = None) -> str:
    """The page's HTML."""
    page = Page(spoken)
    told = page.listing(sentences(found))
    body = [page.section(said("What came of it"), told, anchor="what")]
    for number, table in enumerate(tables(found), start=1):
        words = [
            column
            for column in range(len(table.heads))
            if all(row[column].style == "text" for row in table.rows)
        ]
        rows = [[cell.shown for cell in row] for row in table.rows]
        shown = page.table(table.title, table.heads, rows, words=words)
        body.append(page.section(table.title, shown, anchor=f"table-{number}"))
    subtitle = said("{n:,.0f} seconds of work in this run", n=found.seconds)
    return document(
        title_of(found),
        subtitle,
        body,
        page,
        made_by=f"budgetopt {__version__}",
        skip=said("Skip to what came of it"),
    )
