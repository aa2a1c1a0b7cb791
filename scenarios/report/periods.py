"""The page's section on a plan of several periods: how much when, and what it brings."""

from __future__ import annotations

from scenarios.plan import Money, Plan
from scenarios.report import sentences
from scenarios.report.charts import Figure, axis, figure, short, text
from scenarios.report.markup import paragraph, section, table
from scenarios.report.numbers import amount, rate
from scenarios.report.sections import Pictures

# Told apart in print too: by colour and by pattern.
STACK = (
    ("#1F5A99", ""), ("#B5502B", "/"), ("#4F7F3F", "x"), ("#7A5195", "."), ("#C29A1B", "-"),
    ("#3C8C93", "\\"), ("#8A5A44", "+"), ("#5B6770", "|"), ("#AEB8C1", ""),
)  # fmt: skip


def periods(plan: Plan, pictures: Pictures) -> str:
    """How much when: the channels stacked by period, and the same as a table."""
    if not plan.periods:
        return ""
    labels = [period.label for period in plan.periods]
    says = "; ".join(f"{p.label} {amount(p.proposed.spend)}" for p in plan.periods)
    caption = "Proposed spend by period; the dash: what today's pace would spend."
    tail = sentences.tail(plan)
    return section(
        "By period",
        pictures.add(stacked(plan), caption, f"Proposed spend: {says}"),
        table("Proposed spend by channel and period", ("Channel", *labels, "All periods"),
              _spend_by_period(plan)),
        table("What each period brings", ("", *labels, "All periods"), _result_by_period(plan)),
        paragraph(tail) if tail else "",
        anchor="periods",
    )  # fmt: skip


def _spend_by_period(plan: Plan) -> list[tuple[str, ...]]:
    return [
        (row.channel, *(amount(p.channels[i].spend) for p in plan.periods), amount(row.spend))
        for i, row in enumerate(plan.channels)
    ]


def _result_by_period(plan: Plan) -> list[tuple[str, ...]]:
    """The periods' totals, a line for each; the last column is the whole plan's."""
    sides = [(period.current, period.proposed) for period in plan.periods]
    sides.append((plan.current, plan.proposed or sides[-1][1]))
    lines = [("Spend proposed", *(amount(then.spend) for _, then in sides))]
    if plan.current is not None:
        lines.append(("Spend today", *(amount(now.spend if now else None) for now, _ in sides)))
    for key, title, show in (
        ("conversions", "Conversions", amount),
        ("revenue", "Revenue", amount),
        ("cpa", "CPA", rate),
        ("roas", "ROAS", rate),
    ):
        values = [getattr(then, key) for _, then in sides]
        if any(value is not None for value in values):
            lines.append((title, *map(show, values)))
    if any(period.budget for period in plan.periods):
        budgets = [_budget(period.budget) for period in plan.periods]
        lines.append(("Budget of its own", *budgets, ""))
    return lines


def _budget(money: Money | None) -> str:
    if money is None:
        return ""
    return (
        amount(money.max)
        if money.min == money.max
        else f"{amount(money.min)} to {amount(money.max)}"
    )


def stacked(plan: Plan) -> Figure:
    """Proposed spend by period, the channels on top of each other; today's total as a mark."""
    labels = [text(period.label) for period in plan.periods]
    largest = sorted(plan.channels, key=lambda row: -row.spend)
    named = [row.channel for row in largest[: len(STACK) - 1]]
    stacks = {row.channel: [0.0] * len(labels) for row in plan.channels if row.channel in named}
    rest = [0.0] * len(labels)
    for number, period in enumerate(plan.periods):
        for row in period.channels:
            stacks.get(row.channel, rest)[number] += row.spend
    names = [*map(text, stacks)]
    heights = list(stacks.values())
    if len(plan.channels) > len(named):
        names.append(f"{len(plan.channels) - len(named)} others")
        heights.append(rest)
    traces: list[dict] = [
        {
            "type": "bar",
            "name": name,
            "x": labels,
            "y": [short(y) for y in values],
            "marker": {
                "color": color,
                "pattern": {
                    "shape": pattern,
                    "solidity": 0.2,
                    "fillmode": "overlay",
                    "fgcolor": "#FFFFFF",
                },
            },
            "hovertemplate": f"{name}, %{{x}}: %{{y:,.0f}}<extra></extra>",
        }
        for name, values, (color, pattern) in zip(names, heights, STACK, strict=False)
    ]
    if plan.current is not None:
        today = [period.current.spend if period.current else None for period in plan.periods]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "today, all channels",
                "x": labels,
                "y": [short(y) for y in today],
                "marker": {"symbol": "line-ew-open", "size": 26, "color": "#1B2733",
                           "line": {"width": 3}},
                "hovertemplate": "today, %{x}: %{y:,.0f}<extra></extra>",
            }
        )  # fmt: skip
    return figure(traces, 380, barmode="stack", xaxis=axis(type="category"), yaxis=axis("spend"))
