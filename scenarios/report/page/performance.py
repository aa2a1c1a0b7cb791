"""How the channels fared, on the page."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from models.diagnostics.metrics import Metric
from models.phrases import formed
from scenarios.language.language import Language
from scenarios.plan.money import Money, money_of
from scenarios.plan.performance import Performance
from scenarios.plan.plan import Plan
from scenarios.report.page.markup import Figure, Page, Section
from scenarios.report.prose.glossary import METRICS, STAGES
from scenarios.report.prose.movement import goodness
from scenarios.report.prose.performance import (
    KINDS,
    MEANING,
    NOTHING,
    TITLE,
    Row,
    cell,
    findings_of,
    heads,
    known_metrics,
    label,
    note_of,
    rows_of,
    total_of,
)


def performance(plan: Plan, page: Page) -> Section | None:
    """The section of the page: a table per stage of the funnel, and what was found in plain words.

    Nothing where the plan was not made from a history.
    """
    found = plan.performance
    if found is None:
        return None
    metrics = known_metrics(found)
    tables = [
        _table(plan, found, title, chosen, page)
        for stage, title in STAGES.items()
        if (chosen := [metric for metric in metrics if metric.stage == stage])
    ]
    findings = [
        page.paragraph(title) + page.listing(lines)
        for title, lines in findings_of(found, page.spoken)
    ] or [page.paragraph(NOTHING)]
    meaning = page.listing(
        formed("{metric}: {meaning}", metric=label(metric), meaning=METRICS[metric.name][1])
        for metric in metrics
    )
    return page.section(
        TITLE,
        page.paragraph(note_of(found)),
        page.block("pairs", *tables),
        page.folded(MEANING, meaning),
        *findings,
        anchor="fared",
    )


def _table(
    plan: Plan, found: Performance, title: str, metrics: Sequence[Metric], page: Page
) -> Markup:
    money = money_of(plan)

    def cells(row: Row) -> list[object]:
        return [row.name, *(_figure(metric, row, page.spoken, money) for metric in metrics)]

    return page.table(
        title, heads(metrics, money), map(cells, rows_of(found)), cells(total_of(found))
    )


def _figure(metric: Metric, row: Row, spoken: Language, money: Money) -> Figure:
    kind = KINDS[goodness(row.fares.movement(metric.name), metric)]
    return Figure(*cell(metric, row, spoken, money), kind)
