"""The page's pictures, as Plotly's plain data: traces and a layout, no library needed to make them.

Every picture reads without colour: today and the proposal differ in shape and pattern too.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from models.phrases import Phrase, formed, said
from scenarios.language.numbers import rate
from scenarios.plan.labels import name_of
from scenarios.plan.money import Measure, Money, measure, money_of, objective_measure
from scenarios.plan.plan import ChannelPlan, Plan, PlanCurve
from scenarios.report.prose.findings import CENT, change_of, priced_rules
from scenarios.report.prose.glossary import METRIC
from scenarios.report.prose.sentences import objective_of

TODAY, PROPOSED, BAND, LINE = "#7A8793", "#1F5A99", "rgba(31,90,153,0.16)", "#24384C"
SEEN = "rgba(122,135,147,0.13)"
Figure = dict[str, Any]


def text(name: str) -> str:
    """A name as Plotly shows it unchanged: it reads a little HTML in every text."""
    return html.escape(name, quote=False).replace("\n", " ")


def short(value: float | None) -> float | None:
    """Six digits are more than any screen shows."""
    return None if value is None else float(f"{value:.6g}")


def scaled(value: float | None, measure: Measure) -> float | None:
    """A figure as an axis shows it: counted in the unit that its title names."""
    return None if value is None else short(value / measure.factor)


def figure(traces: list[dict], height: int, **layout: Any) -> Figure:
    """Traces with the look that all pictures share."""
    look = {
        "height": height,
        "autosize": True,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#1B2733"},
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "dragmode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
    }
    return {"data": traces, "layout": look | layout}


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """An axis that makes room for its labels."""
    base = {
        "automargin": True,
        "gridcolor": "#E4E9EE",
        "zerolinecolor": "#7A8793",
        "fixedrange": True,
    }
    titled = {"title": {"text": title, "font": {"size": 12}}} if title else {}
    return base | titled | more


def measured(title: str, measure: Measure, **more: Any) -> dict[str, Any]:
    """An axis of figures, its title with their unit."""
    return axis(measure.head(title), tickformat=",~r", **more)


def names_axis() -> dict[str, Any]:
    """Channels from top to bottom, as the tables have them."""
    return axis(type="category", autorange="reversed", gridcolor="#FFFFFF")


def waterfall(plan: Plan) -> Figure:
    """Change by channel, each bar beginning where the one above ended; the last is the net."""
    money = measure("spend", money_of(plan))
    steps = sorted((row for row in plan.channels if abs(change_of(row)) > CENT), key=change_of)
    changes = [change_of(row) for row in steps]
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "measure": ["relative"] * len(steps) + ["total"],
        "y": [text(row.channel) for row in steps] + [said("net change")],
        "x": [scaled(x, money) for x in changes] + [0],
        "text": [money.bare_signed(x) for x in changes] + [money.bare_signed(sum(changes))],
        "customdata": [_full(plan, x) for x in (*changes, sum(changes))],
        "textposition": "auto",
        "decreasing": {"marker": {"color": "#B5502B"}},
        "increasing": {"marker": {"color": PROPOSED}},
        "totals": {"marker": {"color": TODAY}},
        "connector": {"line": {"color": "#7A8793", "width": 1}},
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
    }
    height = 70 + 26 * (len(steps) + 1)
    sums = [scaled(x, money) or 0.0 for x in (0.0, *accumulate(changes))]
    room = 0.4 * (max(sums) - min(sums))  # for the figures beside the first and last bars
    ends = [min(sums) - room, max(sums) + room]
    x = measured(said("change of spend"), money, range=ends)
    return figure([trace], height, yaxis=names_axis(), xaxis=x)


def _full(plan: Plan, value: float | None) -> Phrase:
    """The whole amount, for whoever points at it."""
    return Money(plan.currency).told(value)


def comparison(plan: Plan) -> Figure:
    """Today's spend beside the proposed one, channel by channel."""
    traces = [_bars(plan, said("proposed"), "spend", PROPOSED, "")]
    if plan.current is not None:
        traces.insert(0, _bars(plan, said("today"), "current_spend", TODAY, "/"))
    height = 90 + 34 * len(plan.channels)
    spend = measured(METRIC["spend"], measure("spend", money_of(plan)))
    return figure(traces, height, yaxis=names_axis(), xaxis=spend, barmode="group")


def _bars(plan: Plan, name: str, key: str, color: str, pattern: str) -> dict[str, Any]:
    values, money = [getattr(row, key) for row in plan.channels], measure("spend", money_of(plan))
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": [text(row.channel) for row in plan.channels],
        "x": [scaled(value, money) for value in values],
        "customdata": [_full(plan, value) for value in values],
        "marker": {"color": color, "pattern": {"shape": pattern}},
        "hovertemplate": formed("%{{y}}, {name}: %{{customdata}}<extra></extra>", name=name),
    }


def curve(plan: Plan, row: ChannelPlan, points: PlanCurve) -> Figure:
    """One channel's curve with its band, today's and proposed point and the observed range.

    Over the whole horizon; of a plan with periods, over one fit period, with a mark per period.
    """
    key = "conversions" if plan.kpi == "conversions" else "revenue"
    across, up = (measure(name, money_of(plan)) for name in ("spend", key))
    n, season = (1.0, 1.0) if plan.periods else (row.fit_periods, row.season)
    x = [scaled(point.spend * n, across) for point in points.points]

    def heights(name: str) -> list[float | None]:
        values = (getattr(point, name) for point in points.points)
        return [None if y is None else scaled(y * n * season, up) for y in values]

    line = {"type": "scatter", "mode": "lines", "x": x, "hoverinfo": "skip"}
    traces: list[dict] = []
    if points.points and points.points[0].low is not None:
        traces += [
            {**line, "y": heights("low"), "line": {"width": 0}, "showlegend": False},
            {**line, "y": heights("high"), "line": {"width": 0}, "fill": "tonexty",
             "fillcolor": BAND, "name": said("90 % band")},
        ]  # fmt: skip
    traces.append({**line, "y": heights(key), "name": said("expected"), "hoverinfo": "x+y",
                   "line": {"color": LINE, "width": 2}})  # fmt: skip
    traces += _marks(plan, row, key)
    shapes = []
    if points.observed_max is not None:
        shapes.append({"type": "rect", "layer": "below", "xref": "x", "yref": "paper", "x0": 0,
                       "x1": scaled(points.observed_max * n, across), "y0": 0, "y1": 1,
                       "fillcolor": SEEN, "line": {"width": 0}})  # fmt: skip
    if not plan.periods:
        shapes += [_limit(scaled(end, across)) for end in (row.min_spend, row.max_spend) if end]
    units = {1: said("day"), 7: said("week"), 30: said("month")}
    unit = units.get(plan.period_days, said("period"))
    spend = said("spend per {unit}", unit=unit) if plan.periods else METRIC["spend"]
    x = measured(spend, across, rangemode="tozero")
    y = measured(METRIC[key], up, rangemode="tozero")
    return figure(traces, 250, xaxis=x, yaxis=y, shapes=shapes, showlegend=False)


def _limit(x: float | None) -> dict[str, Any]:
    """A limit on spend: a dashed line."""
    line = {"color": "#B5502B", "width": 1.5, "dash": "dash"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1,
            "line": line}  # fmt: skip


def _marks(plan: Plan, row: ChannelPlan, key: str) -> list[dict]:
    """Today's and the proposed point; of each period, where there are several."""
    across, up = (measure(name, money_of(plan)) for name in ("spend", key))
    if plan.periods:
        rows = [r for period in plan.periods for r in period.channels if r.channel == row.channel]
    else:
        rows = [row]

    def point(r: ChannelPlan, prefix: str) -> tuple[float, float] | None:
        """Where a row stands on the curve; nowhere in a period in which nothing can work."""
        x, y = getattr(r, f"{prefix}spend"), getattr(r, prefix + key)
        if x is None or y is None:
            return None
        if not plan.periods:
            return x, y
        stretch = r.fit_periods * r.season
        return (r.level(bool(prefix)) or 0.0, y / stretch) if stretch else None

    def mark(name: str, prefix: str, symbol: str, color: str, size: int) -> dict:
        pairs = [pair for r in rows if (pair := point(r, prefix)) is not None]
        return {
            "type": "scatter", "mode": "markers", "name": name,
            "x": [scaled(x, across) for x, _ in pairs], "y": [scaled(y, up) for _, y in pairs],
            "customdata": [[across.told(x), up.told(y)] for x, y in pairs],
            "marker": {"symbol": symbol, "size": size, "color": color,
                       "line": {"color": "#1B2733", "width": 1.5}},
            "hovertemplate": said(
                "{name}: %{{customdata[0]}} brings %{{customdata[1]}}<extra></extra>", name=name
            ),
        }  # fmt: skip

    marks = [mark(said("proposed"), "", "diamond", PROPOSED, 10)]
    if plan.current is not None:
        marks.insert(0, mark(said("today"), "current_", "circle", "#FFFFFF", 15))
    return marks


def rule_costs(plan: Plan) -> Figure | None:
    """What each rule costs, the dearest first; None where nothing was priced."""
    priced = priced_rules(plan)[:20]
    if not priced:
        return None
    goal = objective_measure(plan)
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": [text(name_of(rule)) for rule in priced],
        "x": [scaled(rule.cost, goal) for rule in priced],
        "text": [goal.told(rule.cost) for rule in priced],
        "marker": {"color": PROPOSED},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    title = said("{goal} lost to the rule", goal=objective_of(plan))
    return figure([trace], 90 + 28 * len(priced), yaxis=names_axis(), xaxis=measured(title, goal))


def side_by_side(plans: Sequence[Plan]) -> Figure | None:
    """What each plan spends and what that brings, along the spend; None for fewer than two."""
    goal = (
        "revenue" if plans[0].proposed and plans[0].proposed.revenue is not None else "conversions"
    )
    found = [
        (plan.proposed.spend, getattr(plan.proposed, goal), plan.name)
        for plan in plans
        if plan.proposed is not None and getattr(plan.proposed, goal) is not None
    ]
    if len(found) < 2:
        return None
    found.sort()
    across, up = (measure(name, money_of(plans[0])) for name in ("spend", goal))
    trace = {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": [scaled(x, across) for x, _, _ in found],
        "y": [scaled(y, up) for _, y, _ in found],
        "text": [text(name) for _, _, name in found],
        "customdata": [[across.told(x), up.told(y)] for x, y, _ in found],
        "textposition": "top center",
        "cliponaxis": False,
        "line": {"color": LINE, "dash": "dot"},
        "marker": {"symbol": "diamond", "size": 11, "color": PROPOSED},
        "hovertemplate": said(
            "%{{text}}: %{{customdata[0]}} brings %{{customdata[1]}}<extra></extra>"
        ),
    }
    low, high = (scaled(found[end][0], across) or 0.0 for end in (0, -1))
    room = 0.15 * (high - low) or 0.1 * high
    x = measured(METRIC["spend"], across, range=[low - room, high + room])
    return figure([trace], 340, xaxis=x, yaxis=measured(METRIC[goal], up), showlegend=False)


def summary_of(plan: Plan, row: ChannelPlan, key: str) -> Phrase:
    """A curve in words, for those who do not see it."""
    parts, goal, money = [], METRIC[key], money_of(plan)
    result = measure(key, money)
    if row.current_spend is not None:
        parts.append(
            said(
                "today {spend} brings {result} {goal}",
                spend=money.told(row.current_spend),
                result=result.told(getattr(row, f"current_{key}")),
                goal=goal,
            )
        )
    then, after = money.told(row.spend), result.told(getattr(row, key))
    parts.append(said("proposed {spend} brings {result}", spend=then, result=after))
    if row.marginal_roas is not None:
        next_unit = rate(row.marginal_roas)
        parts.append(said("the next unit brings {next_unit} of revenue", next_unit=next_unit))
    return formed("{parts}.", parts=parts)
