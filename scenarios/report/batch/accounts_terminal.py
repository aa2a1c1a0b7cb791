"""The summary of many accounts on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.batch.batch_summary import BatchSummary
from scenarios.language.language import Language
from scenarios.report.batch.summary_tables import SummaryTable, sentences, tables, title_of
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from rich.table import Table


def batch_report(found: BatchSummary, spoken: Language | None = None) -> list[Any]:
    """What came of all accounts, for rich to print."""
    from rich.text import Text

    spoken = spoken or Language()
    parts: list[Any] = [Text(spoken.say(title_of(found)), style="bold")]
    parts += [Text(spoken.say(sentence)) for sentence in sentences(found)]
    for table in tables(found):
        parts += [Text(), Text(spoken.say(table.title), style="bold"), _table(table, spoken)]
    return parts


def _table(found: SummaryTable, spoken: Language) -> Table:
    from rich.text import Text

    first, *others = (spoken.say(head) for head in found.heads)
    table = plain_table(first, least=8)
    for number, head in enumerate(others, start=1):
        is_text = all(row[number].style == "text" for row in found.rows)
        justify = "left" if is_text else "right"
        table.add_column(head, justify=justify, no_wrap=not is_text, overflow="fold")
    for row in found.rows:
        table.add_row(*(Text(spoken.say(cell.shown)) for cell in row))
    return table
