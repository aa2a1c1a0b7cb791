"""The plan as one HTML file that opens offline and can be mailed: Plotly is in it, once."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.plan import Plan
from scenarios.report import sections
from scenarios.report.document import Pictures, document
from scenarios.report.frontier import SweepDocument
from scenarios.report.markup import listing, paragraph, section
from scenarios.report.performance import performance
from scenarios.report.periods import periods
from scenarios.report.words import findings, period_name

METHOD = """\
Every channel has a response curve: what a steady spend per period is expected to bring. The plan
divides the budget so that the objective is as high as the rules allow.

Each curve is replaced by straight pieces, once from below and once from above. The best split on
the lower pieces can be carried out; the best on the upper ones bounds what any plan can reach. The
pieces are refined until the two agree within the stated gap: that is the proof.

Today's split and the proposal are scored by the same function on the same curves. The price of a
rule says what one more unit of its limit is worth; its cost is the objective without it minus the
objective with it, solved again.

A curve says what history supports. It is causal only as far as the history is: an experiment is
the better evidence."""


def page(plans: Sequence[Plan], plan_sha256: str = "", sweep: SweepDocument | None = None) -> str:
    """The page of a plan.

    Parameters
    ----------
    plans : the plan; further ones only appear side by side with it
    plan_sha256 : hash of the first plan's file, for its provenance
    sweep : the optimum along one number, to be drawn as a frontier
    """
    plan, pictures = plans[0], Pictures()
    why = sections.cards(plan) + listing(findings(plan))
    body = [section("What is recommended and why", why, anchor="why")]
    if plan.proposed is not None:
        body += [
            sections.moves(plan, pictures),
            sections.allocation(plan, pictures),
            periods(plan, pictures),
            performance(plan),
            sections.curves(plan, pictures),
            sections.rules(plan, pictures),
            sections.certainty(plan),
        ]
    else:
        body.append(performance(plan))
    body += [
        sections.frontier(plan, sweep, pictures),
        sections.scenarios(plans, pictures),
        section("Warnings", *(paragraph(t, "warning") for t in plan.warnings), anchor="warnings"),
        section("Method", *map(paragraph, METHOD.split("\n\n")), anchor="method"),
        sections.provenance(plan, plan_sha256),
    ]
    currency = f", amounts in {plan.currency}" if plan.currency else ""
    return document(
        f"{plan.name}: recommended budget",
        period_name(plan) + currency,
        body,
        pictures,
        made_by=f"budgetopt {plan.provenance.version}",
        skip="Skip to the recommendation",
    )
