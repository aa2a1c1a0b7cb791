"""A plan as the page shows it: the words, tables and numbers of the reports, and points to draw."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from models.phrases import joined, said
from scenarios.definition.scenario import Scenario
from scenarios.language.language import Language
from scenarios.language.numbers import amount, change_percent, rate
from scenarios.plan.labels import VERDICTS
from scenarios.plan.plan import ChannelPlan, Plan
from scenarios.report.page import sections
from scenarios.report.page.charts import Figure
from scenarios.report.page.markup import NOTHING, Page, Section
from scenarios.report.page.periods import periods
from scenarios.report.prose import sentences
from scenarios.report.prose.conflict import conflict_lines, way_out
from scenarios.report.prose.findings import findings
from scenarios.serve.grid import written
from scenarios.serve.ways_out import ways_out

MOST_POINTS = 200


class Plain(Page):
    """Writes the parts of a page without its pictures: the live page draws its own."""

    def picture(self, figure: Figure | None, caption: str, says: str) -> Markup:
        return NOTHING


def shown(plan: Plan, scenario: Scenario, spoken: Language) -> dict[str, Any]:
    """Everything that changes on the screen with a plan."""
    page, say = Plain(spoken), spoken.say
    is_possible = plan.proposed is not None
    return {
        "title": say(sentences.headline(plan)),
        "possible": is_possible,
        "cards": sections.cards(plan, page),
        "says": page.listing(findings(plan) if is_possible else _why_not(plan)),
        "ways": [
            {"label": say(way.text), "settings": way.settings} for way in ways_out(plan, scenario)
        ],
        "mind": NOTHING.join(page.paragraph(text) for text in plan.warnings),
        "rules": _html(sections.rules(plan, page)),
        "months": _html(periods(plan, page)),
        "channels": [_channel(plan, row, spoken) for row in plan.channels],
        "total": _total(plan, spoken),
        "spend": plan.proposed.spend if plan.proposed else None,
        "today": plan.current.spend if plan.current else None,
        "best": plan.last_money.budget if plan.last_money else None,
        "status": plan.status,
        "budget": written(scenario.tree.at(("budget",))),
    }


def _why_not(plan: Plan) -> list[str]:
    """Why there is no plan; that nothing is possible is known before the reason is.

    The ways out are the buttons below.
    """
    ways = {way_out(plan, way) for way in plan.conflict.relaxations} if plan.conflict else set()
    return [line for line in conflict_lines(plan) if line not in ways] or [
        said("No allocation satisfies these rules.")
    ]


def _html(section: Section | None) -> Markup:
    return section.html if section else NOTHING


def _channel(plan: Plan, row: ChannelPlan, spoken: Language) -> dict[str, Any]:
    """One line of the table, and the channel's curve."""
    say = spoken.say
    next_unit = row.marginal_roas if row.marginal_roas is not None else row.marginal_cpa
    reasons = say(joined("; ", row.reasons)) if row.reasons else ""
    return {
        "name": row.channel,
        "today": say(amount(row.current_spend)),
        "proposed": say(amount(row.spend)),
        "change": say(change_percent(row.current_spend, row.spend)),
        "next": say(rate(next_unit)),
        "evidence": say(VERDICTS.get(row.evidence, row.evidence)),
        "verdict": row.evidence,
        "reasons": reasons,
        "binding": ", ".join(row.binding),
        "curve": _curve(plan, row),
    }


def _curve(plan: Plan, row: ChannelPlan) -> dict[str, Any] | None:
    """Points over the whole plan: spend, what it brings, and its band; None in several periods."""
    curve = plan.curves.get(row.channel)
    if curve is None or plan.periods or not curve.points:
        return None
    key = "conversions" if plan.kpi == "conversions" else "revenue"
    n, stretch = row.fit_periods, row.fit_periods * row.season
    points = []
    for point in curve.points:
        heights = (getattr(point, key), point.low, point.high)
        points.append([point.spend * n, *(_times(height, stretch) for height in heights)])
    return {
        "points": points[:: max(1, len(points) // MOST_POINTS)],
        "today": [row.current_spend, getattr(row, f"current_{key}")],
        "proposed": [row.spend, getattr(row, key)],
        "limits": [row.min_spend, row.max_spend],
        "observed": None if curve.observed_max is None else curve.observed_max * n,
    }


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _total(plan: Plan, spoken: Language) -> dict[str, str]:
    now, then = plan.current, plan.proposed
    return {
        "today": spoken.say(amount(now.spend if now else None)),
        "proposed": spoken.say(amount(then.spend if then else None)),
        "change": spoken.say(change_percent(now.spend, then.spend)) if now and then else "",
    }
