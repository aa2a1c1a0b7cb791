"""The plan as one HTML file that opens offline and can be mailed: Plotly is in it, once."""

from __future__ import annotations

from collections.abc import Sequence

from models.phrases import said
from scenarios.language.language import Language
from scenarios.plan.plan import Plan
from scenarios.report.page import bridges, sections
from scenarios.report.page.document import document
from scenarios.report.page.markup import Page
from scenarios.report.page.performance import performance
from scenarios.report.page.periods import periods
from scenarios.report.page.sweep import SweepDocument
from scenarios.report.prose.findings import findings, subtitle_of, title_of

METHOD = (
    said("""\
Every channel has a response curve: what a steady spend per period is expected to bring. The plan
divides the budget so that the objective is as high as the rules allow."""),
    said("""\
Each curve is replaced by straight pieces, once from below and once from above. The best split on
the lower pieces can be carried out; the best on the upper ones bounds what any plan can reach. The
pieces are refined until the two agree within the stated gap: that is the proof."""),
    said("""\
Today's split and the proposal are scored by the same function on the same curves. The price of a
rule says what one more unit of its limit is worth; its cost is the objective without it minus the
objective with it, solved again."""),
    said("""\
A curve says what history supports. It is causal only as far as the history is: an experiment is
the better evidence."""),
)  # fmt: skip


def page(
    plans: Sequence[Plan],
    plan_sha256: str = "",
    sweep: SweepDocument | None = None,
    spoken: Language | None = None,
) -> str:
    """The page of a plan.

    Parameters
    ----------
    plans : the plan; further ones only appear side by side with it
    plan_sha256 : hash of the first plan's file, for its provenance
    sweep : the optimum along one number, to be drawn as a frontier
    spoken : English unless given
    """
    plan, page = plans[0], Page(spoken)
    why = sections.cards(plan, page) + page.listing(findings(plan))
    body = [page.section(said("What is recommended and why"), why, anchor="why")]
    if plan.proposed is not None:
        body += [
            bridges.books(plan, page),
            sections.moves(plan, page),
            bridges.gain(plan, page),
            sections.allocation(plan, page),
            periods(plan, page),
            performance(plan, page),
            sections.curves(plan, page),
            sections.rules(plan, page),
            sections.certainty(plan, page),
        ]
    else:
        body.append(performance(plan, page))
    warnings = (page.paragraph(text, "warning") for text in plan.warnings)
    body += [
        sections.frontier(plan, sweep, page),
        sections.scenarios(plans, page),
        page.section(said("Warnings"), *warnings, anchor="warnings"),
        page.section(said("Method"), *map(page.paragraph, METHOD), anchor="method"),
        sections.provenance(plan, page, plan_sha256),
    ]
    return document(
        title_of(plan),
        subtitle_of(plan),
        body,
        page,
        made_by=f"budgetopt {plan.provenance.version}",
        skip=said("Skip to the recommendation"),
        mark=plan_sha256[:12],
    )
