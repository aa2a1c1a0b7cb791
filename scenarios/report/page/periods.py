"""The page's section on a plan of several periods: how much when, and what it brings."""

from __future__ import annotations

from models.phrases import capital, formed, joined, said
from scenarios.plan.money import Money, measure, money_of
from scenarios.plan.plan import Money as Range
from scenarios.plan.plan import Plan
from scenarios.report.page.charts import Figure, axis, figure, measured, scaled, text
from scenarios.report.page.markup import NOTHING, Page, Section
from scenarios.report.prose import sentences
from scenarios.report.prose.glossary import METRIC, PROPOSED, TODAY

# Told apart in print too: by colour and by pattern.
STACK = (
    ("#1F5A99", ""), ("#B5502B", "/"), ("#4F7F3F", "x"), ("#7A5195", "."), ("#C29A1B", "-"),
    ("#3C8C93", "\\"), ("#8A5A44", "+"), ("#5B6770", "|"), ("#AEB8C1", ""),
)  # fmt: skip


def periods(plan: Plan, page: Page) -> Section | None:
    """How much when: the channels stacked by period, and the same as a table."""
    if not plan.periods:
        return None
    labels = [period.label for period in plan.periods]
    money = money_of(plan)
    spends = [joined(" ", [p.label, money.told(p.proposed.spend)]) for p in plan.periods]
    says = said("Proposed spend: {spends}", spends=joined("; ", spends))
    caption = said("Proposed spend by period; the dash: what today's pace would spend.")
    whole = said("All periods")
    tail = sentences.tail(plan)
    return page.section(
        said("By period"),
        page.picture(stacked(plan), caption, says),
        page.table(money.head(said("Proposed spend by channel and period")),
                   (said("Channel"), *labels, whole), _spend_by_period(plan)),
        page.table(said("What each period brings"), ("", *labels, whole),
                   _result_by_period(plan)),
        page.paragraph(tail) if tail else NOTHING,
        anchor="periods",
    )  # fmt: skip


def _spend_by_period(plan: Plan) -> list[tuple[str, ...]]:
    show = money_of(plan).amount
    return [
        (row.channel, *(show(p.channels[i].spend) for p in plan.periods), show(row.spend))
        for i, row in enumerate(plan.channels)
    ]


def _result_by_period(plan: Plan) -> list[tuple[str, ...]]:
    """The periods' totals, a line for each; the last column is the whole plan's."""
    money = money_of(plan)
    sides = [(period.current, period.proposed) for period in plan.periods]
    sides.append((plan.current, plan.proposed or sides[-1][1]))
    spends = (money.amount(then.spend) for _, then in sides)
    lines: list[tuple[str, ...]] = [(money.head(PROPOSED["spend"]), *spends)]
    if plan.current is not None:
        spends = (money.amount(now.spend if now else None) for now, _ in sides)
        lines.append((money.head(TODAY["spend"]), *spends))
    for key in ("conversions", "revenue", "cpa", "roas"):
        values, show = [getattr(then, key) for _, then in sides], measure(key, money)
        if any(value is not None for value in values):
            lines.append((show.head(capital(METRIC[key])), *map(show.bare, values)))
    if any(period.budget for period in plan.periods):
        budgets = [_budget(money, period.budget) for period in plan.periods]
        lines.append((money.head(said("Budget of its own")), *budgets, ""))
    return lines


def _budget(written: Money, budget: Range | None) -> str:
    if budget is None:
        return ""
    if budget.min == budget.max:
        return written.amount(budget.max)
    return said(
        "{first} to {last}", first=written.amount(budget.min), last=written.amount(budget.max)
    )


def stacked(plan: Plan) -> Figure:
    """Proposed spend by period, the channels on top of each other; today's total as a mark."""
    money = measure("spend", money_of(plan))
    labels = [text(period.label) for period in plan.periods]
    largest = sorted(plan.channels, key=lambda row: -row.spend)
    named = [row.channel for row in largest[: len(STACK) - 1]]
    stacks = {row.channel: [0.0] * len(labels) for row in plan.channels if row.channel in named}
    rest = [0.0] * len(labels)
    for number, period in enumerate(plan.periods):
        for row in period.channels:
            stacks.get(row.channel, rest)[number] += row.spend
    names: list[str] = [*map(text, stacks)]
    heights = list(stacks.values())
    if len(plan.channels) > len(named):
        names.append(said("{n} others", n=len(plan.channels) - len(named)))
        heights.append(rest)
    traces: list[dict] = [
        {
            "type": "bar",
            "name": name,
            "x": labels,
            "y": [scaled(y, money) for y in values],
            "customdata": [money.told(y) for y in values],
            "marker": {
                "color": color,
                "pattern": {
                    "shape": pattern,
                    "solidity": 0.2,
                    "fillmode": "overlay",
                    "fgcolor": "#FFFFFF",
                },
            },
            "hovertemplate": formed("{name}, %{{x}}: %{{customdata}}<extra></extra>", name=name),
        }
        for name, values, (color, pattern) in zip(names, heights, STACK, strict=False)
    ]
    if plan.current is not None:
        today = [period.current.spend if period.current else None for period in plan.periods]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": said("today, all channels"),
                "x": labels,
                "y": [scaled(y, money) for y in today],
                "customdata": [money.told(y) for y in today],
                "marker": {"symbol": "line-ew-open", "size": 26, "color": "#1B2733",
                           "line": {"width": 3}},
                "hovertemplate": said("today, %{{x}}: %{{customdata}}<extra></extra>"),
            }
        )  # fmt: skip
    spend = measured(METRIC["spend"], money)
    return figure(traces, 380, barmode="stack", xaxis=axis(type="category"), yaxis=spend)
