"""The sections of the page, each from a plan to its HTML; nothing where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.plan import ChannelPlan, Plan, RuleLine
from scenarios.report import charts, sentences
from scenarios.report.document import Pictures
from scenarios.report.frontier import SweepDocument, frontier_chart, frontier_rows
from scenarios.report.markup import escape, paragraph, section, table
from scenarios.report.numbers import amount, percent, rate, signed, signed_percent
from scenarios.report.words import AGAIN, change_of, period_name


def cards(plan: Plan) -> str:
    """The totals, today's below the proposed."""
    now, then = plan.current, plan.proposed
    if then is None:
        return ""
    kinds = (("spend", amount), ("conversions", amount), ("revenue", amount), ("profit", amount),
             ("cpa", rate), ("roas", rate))  # fmt: skip
    cards = []
    for key, show in kinds:
        value, before = getattr(then, key), getattr(now, key) if now else None
        if value is None:
            continue
        title = key.upper() if key in ("cpa", "roas") else key.capitalize()
        was = ""
        if before is not None:
            change = _change(before, value)
            was = f'<dd class="was">today {escape(show(before))}<br>{escape(change)}</dd>'
        cards.append(f'<div><dt>{title}</dt><dd class="now">{escape(show(value))}</dd>{was}</div>')
    return f'<dl class="cards">{"".join(cards)}</dl>'


def _change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return "-"
    if not before:
        return "new" if after else "0 %"
    return signed_percent((after - before) / abs(before))  # a smaller loss is a gain


def moves(plan: Plan, pictures: Pictures) -> str:
    if plan.current is None:
        return ""
    moving = sorted((r for r in plan.channels if abs(change_of(r)) > 0.005), key=change_of)
    if not moving:
        return ""
    says = "; ".join(f"{row.channel} {signed(change_of(row))}" for row in moving)
    rows = [
        (row.channel, signed(change_of(row)), _change(row.current_spend, row.spend))
        for row in moving
    ]
    net = plan.proposed.spend - plan.current.spend if plan.proposed else 0.0
    return section(
        "Where money moves",
        pictures.add(charts.waterfall(plan.channels),
                     "Each bar begins where the one above ended; the last is the net.", says),
        table("Change of spend by channel", ("Channel", "Change", "Change %"), rows,
              ("Net change", signed(net), "")),
        anchor="moves",
    )  # fmt: skip


def allocation(plan: Plan, pictures: Pictures) -> str:
    """Today against proposed, as bars and with everything that comes of it."""
    has = {
        key: any(getattr(row, key) is not None for row in plan.channels)
        for key in ("conversions", "revenue", "marginal_roas", "marginal_cpa")
    }
    heads = ["Channel", "Spend today", "Spend proposed", "Change %"]
    heads += ["Conversions today", "Conversions proposed", "CPA"] if has["conversions"] else []
    heads += ["Revenue today", "Revenue proposed", "ROAS"] if has["revenue"] else []
    next_unit = "marginal_roas" if has["marginal_roas"] else "marginal_cpa"
    heads += ["Next ROAS" if has["marginal_roas"] else "Next CPA"] if has[next_unit] else []
    heads.append("Limited by")

    def cells(row: ChannelPlan) -> list[object]:
        line = [row.channel, amount(row.current_spend), amount(row.spend),
                _change(row.current_spend, row.spend)]  # fmt: skip
        if has["conversions"]:
            line += [amount(row.current_conversions), amount(row.conversions), rate(row.cpa)]
        if has["revenue"]:
            line += [amount(row.current_revenue), amount(row.revenue), rate(row.roas)]
        if has[next_unit]:
            line.append(rate(getattr(row, next_unit)))
        return [*line, ", ".join(row.binding)]

    foot = cells(_total(plan))
    says = "; ".join(
        f"{r.channel} {amount(r.current_spend)} today, {amount(r.spend)} proposed"
        for r in plan.channels
    )
    caption = "Spend today (hatched) and proposed (solid)."
    return section(
        "Today against proposed",
        pictures.add(charts.comparison(plan), caption, says),
        table("Allocation by channel", heads, map(cells, plan.channels), foot,
              words=(0, len(heads) - 1)),
        anchor="allocation",
    )  # fmt: skip


def _total(plan: Plan) -> ChannelPlan:
    from scenarios.report.figures import total_line

    total = total_line(plan)
    return total.row.model_copy(
        update={
            "cpa": total.quotient("spend", "conversions"),
            "roas": total.quotient("revenue", "spend"),
        }
    )


def curves(plan: Plan, pictures: Pictures) -> str:
    key = "conversions" if plan.kpi == "conversions" else "revenue"
    parts = []
    for row in plan.channels:
        curve = plan.curves.get(row.channel)
        if curve is None or not curve.points:
            continue
        says = charts.summary_of(row, key)
        caption = says.removeprefix(f"{row.channel}: ")
        picture = pictures.add(charts.curve(plan, row, curve), caption, says)
        parts.append(f"<div><h3>{escape(row.channel)}</h3>{picture}</div>")
    if not parts:
        return ""
    legend = (
        "Line: what a spend is expected to bring. Band: 90 % of the draws of the curve's "
        "uncertainty, where there are any. Circle: today. Diamond: proposed. Shaded: spends that "
        "history shows; beyond them the curve is a guess."
    )
    rows = [
        (row.channel, row.evidence, "; ".join(row.reasons), "yes" if row.is_extrapolated else "no")
        for row in plan.channels
    ]
    evidence = table(
        "What history can carry", ("Channel", "Evidence", "Why", "Beyond history"), rows,
        words=(0, 1, 2, 3),
    )  # fmt: skip
    grid = f'<div class="curves">{"".join(parts)}</div>'
    return section("Each channel's curve", paragraph(legend), grid, evidence, anchor="curves")


def rules(plan: Plan, pictures: Pictures) -> str:
    if not plan.rules:
        return ""
    goal = sentences.objective_of(plan)
    priced = charts.rule_costs(plan)
    says = f"Cost of each rule in {goal}, as in the table below"

    def cells(rule: RuleLine) -> tuple[object, ...]:
        return (
            sentences.name_of(rule),
            sentences.limit_of(rule, rule.limit),
            sentences.limit_of(rule, rule.value),
            "yes" if rule.is_binding else "no",
            sentences.price_of(rule),
            amount(rule.cost),
        )

    heads = ("Rule", "Limit", "Value", "Binds", f"One more brings ({goal})", f"Costs ({goal})")
    ordered = sorted(plan.rules, key=lambda r: (-(r.cost or 0.0), not r.is_binding))
    binding = [rule for rule in ordered if rule.is_binding]
    others = [rule for rule in ordered if not rule.is_binding]
    parts = [pictures.add(priced, f"{goal.capitalize()} that each rule costs.", says)]
    if binding:
        parts.append(table("Rules that bind", heads, map(cells, binding)))
    if others:
        rest = table("Rules that leave room", heads, map(cells, others))
        parts.append(
            f"<details><summary>Rules that leave room ({len(others)})</summary>{rest}</details>"
        )
    return section("What each rule costs", *parts, anchor="rules")


def certainty(plan: Plan) -> str:
    said = [text for text in (sentences.proof(plan), sentences.confidence(plan)) if text]
    key = "conversions" if plan.kpi == "conversions" else "revenue"
    rows = []
    for row in plan.channels:
        band = getattr(row.interval, key) if row.interval else None
        if band is not None:
            middle = getattr(row, key)
            spread = percent((band[1] - band[0]) / 2 / middle) if middle else "-"
            rows.append((row.channel, amount(middle), amount(band[0]), amount(band[1]), spread))
    heads = ("Channel", f"{key.capitalize()} expected", "5 %", "95 %", "Half the range")
    bands = table(f"{key.capitalize()} at the proposed spend", heads, rows) if rows else ""
    return section("How sure this is", *map(paragraph, said), bands, anchor="certainty")


def frontier(plan: Plan, sweep: SweepDocument | None, pictures: Pictures) -> str:
    if sweep is None:
        return ""
    heads, rows = frontier_rows(sweep)
    says = f"The best {sweep.objective} along {sweep.axes[0].key}, as in the table below"
    caption = "The best that is possible at each value, solved again; diamond: this plan."
    return section(
        "Frontier",
        pictures.add(frontier_chart(sweep, plan), caption, says),
        table(f"The best plan at each {sweep.axes[0].key}", heads, rows, words=(0, len(heads) - 1)),
        anchor="frontier",
    )


def scenarios(plans: Sequence[Plan], pictures: Pictures) -> str:
    if len(plans) < 2:
        return ""
    rows = []
    for plan in plans:
        then = plan.proposed
        rows.append(
            (plan.name, period_name(plan), plan.status.replace("_", " "),
             *((amount(then.spend), amount(then.conversions), amount(then.revenue),
                rate(then.cpa), rate(then.roas)) if then else ("-",) * 5))
        )  # fmt: skip
    heads = ("Scenario", "Period", "Status", "Spend", "Conversions", "Revenue", "CPA", "ROAS")
    says = "What each plan spends and brings, as in the table below"
    picture = pictures.add(charts.side_by_side(plans), "What each plan spends and brings.", says)
    side_by_side = table("Plans side by side", heads, rows, words=(0, 1, 2))
    return section("Scenarios", picture, side_by_side, anchor="scenarios")


def provenance(plan: Plan, plan_sha256: str) -> str:
    source = plan.provenance
    rows = [("Plan file", plan_sha256)] if plan_sha256 else []
    rows += [(f"{item.role}: {item.file}", item.sha256) for item in source.inputs]
    rows += [("Set on the command line", text) for text in source.overrides]
    if source.first_date and source.last_date:
        rows.append(("History", f"{source.first_date} to {source.last_date}, {source.rows} rows"))
    rows += [(f"Version of {name}", text) for name, text in source.versions.items()]
    content = table("Files by their SHA-256, and versions", ("What", "Which"), rows, words=(0, 1))
    note = paragraph(AGAIN)
    return section("Provenance", note, f'<div class="hash">{content}</div>', anchor="provenance")
