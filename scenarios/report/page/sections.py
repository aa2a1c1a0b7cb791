"""The sections of the page, each from a plan to its HTML; nothing where there is nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from models.phrases import Phrase, capital, formed, joined, said
from scenarios.language.numbers import (
    UNKNOWN,
    amount,
    at_most_percent,
    change_percent,
    percent,
    rate,
    signed_percent,
)
from scenarios.plan.gain import gain_of
from scenarios.plan.labels import VERDICTS, limit_of, name_of
from scenarios.plan.money import measure, money_of, objective_measure
from scenarios.plan.plan import ChannelPlan, Plan, RuleLine
from scenarios.report.page import charts
from scenarios.report.page.markup import NOTHING, Amount, Card, Figure, Keys, Page, Section
from scenarios.report.page.sweep import SweepDocument, frontier_chart, frontier_rows
from scenarios.report.prose import sentences
from scenarios.report.prose.findings import AGAIN, STATUS, change_of, file_of, period_name
from scenarios.report.prose.glossary import METRIC, NO, PROPOSED, TODAY, YES
from scenarios.report.prose.sentences import OBJECTIVES, span_of


def cards(plan: Plan, page: Page) -> Markup:
    """The totals, today's below the proposed."""
    now, then, money = plan.current, plan.proposed, money_of(plan)
    if then is None:
        return NOTHING
    cards = []
    for key in ("spend", "conversions", "revenue", "profit", "cpa", "roas"):
        value, before = getattr(then, key), getattr(now, key) if now else None
        if value is None:
            continue
        show = measure(key, money)
        card = Card(capital(METRIC[key]), show.bare(value), show.unit)
        if before is not None:
            today = said("today {value}", value=show.bare(before))
            card = replace(card, today=today, change=change_percent(before, value))
        cards.append(card)
    return page.cards(cards)


def moves(plan: Plan, page: Page) -> Section | None:
    if plan.current is None:
        return None
    moving = sorted((r for r in plan.channels if abs(change_of(r)) > 0.005), key=change_of)
    if not moving:
        return None
    money = money_of(plan)
    changes = [joined(" ", [row.channel, money.told_signed(change_of(row))]) for row in moving]
    rows = [
        (row.channel, Amount(money.signed(change_of(row)), money.full(change_of(row))),
         change_percent(row.current_spend, row.spend))
        for row in moving
    ]  # fmt: skip
    net = plan.proposed.spend - plan.current.spend if plan.proposed else 0.0
    return page.section(
        said("Where money moves"),
        page.picture(charts.waterfall(plan),
                     said("Each bar begins where the one above ended; the last is the net."),
                     joined("; ", changes)),
        page.table(said("Change of spend by channel"),
                   (said("Channel"), money.head(said("Change")), said("Change %")), rows,
                   (said("Net change"), Amount(money.signed(net), money.full(net)), "")),
        anchor="moves",
    )  # fmt: skip


def allocation(plan: Plan, page: Page) -> Section | None:
    """Today against proposed, as bars and with everything that comes of it."""
    money = money_of(plan)
    has = {
        key: any(getattr(row, key) is not None for row in plan.channels)
        for key in ("conversions", "revenue", "marginal_roas", "marginal_cpa")
    }
    heads = [said("Channel"), money.head(TODAY["spend"]), money.head(PROPOSED["spend"]),
             said("Change %")]  # fmt: skip
    if has["conversions"]:
        heads += [TODAY["conversions"], PROPOSED["conversions"], money.rate_head(said("CPA"))]
    if has["revenue"]:
        heads += [money.head(TODAY["revenue"]), money.head(PROPOSED["revenue"]), said("ROAS")]
    next_unit = "marginal_roas" if has["marginal_roas"] else "marginal_cpa"
    if has[next_unit]:
        is_roas = has["marginal_roas"]
        heads.append(said("Next ROAS") if is_roas else money.rate_head(said("Next CPA")))
    heads.append(said("Limited by"))

    def sum_of(value: float | None) -> Amount:
        return Amount(money.amount(value), money.full(value))

    def cells(row: ChannelPlan) -> list[object]:
        line = [row.channel, sum_of(row.current_spend), sum_of(row.spend),
                change_percent(row.current_spend, row.spend)]  # fmt: skip
        if has["conversions"]:
            line += [amount(row.current_conversions), amount(row.conversions), rate(row.cpa)]
        if has["revenue"]:
            line += [sum_of(row.current_revenue), sum_of(row.revenue), rate(row.roas)]
        if has[next_unit]:
            line.append(rate(getattr(row, next_unit)))
        return [*line, Keys(row.binding)]

    foot = cells(_total(plan))
    says = [
        said(
            "{channel} {now} today, {then} proposed",
            channel=row.channel,
            now=money.told(row.current_spend),
            then=money.told(row.spend),
        )
        for row in plan.channels
    ]
    caption = said("Spend today (hatched) and proposed (solid).")
    return page.section(
        said("Today against proposed"),
        page.picture(charts.comparison(plan), caption, joined("; ", says)),
        page.table(said("Allocation by channel"), heads, map(cells, plan.channels), foot,
              words=(0, len(heads) - 1)),
        anchor="allocation",
    )  # fmt: skip


def _total(plan: Plan) -> ChannelPlan:
    from scenarios.report.prose.totals import total_line

    total = total_line(plan)
    return total.row.model_copy(
        update={
            "cpa": total.quotient("spend", "conversions"),
            "roas": total.quotient("revenue", "spend"),
        }
    )


def curves(plan: Plan, page: Page) -> Section | None:
    key = "conversions" if plan.kpi == "conversions" else "revenue"
    parts = []
    for row in plan.channels:
        curve = plan.curves.get(row.channel)
        if curve is None or not curve.points:
            continue
        caption = charts.summary_of(plan, row, key)
        says = formed("{channel}: {caption}", channel=row.channel, caption=caption)
        picture = page.picture(charts.curve(plan, row, curve), caption, says)
        parts.append(page.titled(row.channel, picture))
    if not parts:
        return None
    legend = said(
        "Line: what a spend is expected to bring. Band: 90 % of the draws of the curve's "
        "uncertainty, where there are any. Circle: today. Diamond: proposed. Shaded: spends that "
        "history shows; beyond them the curve is a guess. Dashed: the least and the most that its "
        "rules allow."
    )
    rows = [
        (
            row.channel,
            VERDICTS.get(str(row.evidence), ""),
            joined("; ", row.reasons),
            YES if row.is_extrapolated else NO,
        )
        for row in plan.channels
    ]
    evidence = page.table(
        said("What history can carry"),
        (said("Channel"), said("Evidence"), said("Why"), said("Beyond history")),
        rows,
        words=(0, 1, 2, 3),
    )  # fmt: skip
    grid = page.block("curves", *parts)
    return page.section(
        said("Each channel's curve"), page.paragraph(legend), grid, evidence, anchor="curves"
    )


def rules(plan: Plan, page: Page) -> Section | None:
    if not plan.rules:
        return None
    goal = sentences.objective_of(plan)
    money, measured = money_of(plan), objective_measure(plan)
    priced = charts.rule_costs(plan)
    says = said("Cost of each rule in {goal}, as in the table below", goal=goal)

    def cells(rule: RuleLine) -> tuple[object, ...]:
        return (
            name_of(rule),
            limit_of(rule, rule.limit, money),
            limit_of(rule, rule.value, money),
            YES if rule.is_binding else NO,
            sentences.price_of(rule),
            measured.bare(rule.cost),
        )

    heads = (
        said("Rule"),
        said("Limit"),
        said("Value"),
        said("Binds"),
        said("One more brings ({goal})", goal=goal),
        measured.head(said("Costs ({goal})", goal=goal)),
    )
    ordered = sorted(plan.rules, key=lambda r: (-(r.cost or 0.0), not r.is_binding))
    binding = [rule for rule in ordered if rule.is_binding]
    others = [rule for rule in ordered if not rule.is_binding]
    parts = [page.picture(priced, said("{goal!c} that each rule costs.", goal=goal), says)]
    if binding:
        parts.append(page.table(said("Rules that bind"), heads, map(cells, binding)))
    if others:
        title = said("Rules that leave room")
        summary = formed("{title} ({n})", title=title, n=len(others))
        parts.append(page.folded(summary, page.table(title, heads, map(cells, others))))
    return page.section(said("What each rule costs"), *parts, anchor="rules")


def _certain(plan: Plan) -> tuple[Phrase | None, ...]:
    return sentences.proof(plan), sentences.confidence(plan), sentences.level(plan)


def certainty(plan: Plan, page: Page) -> Section | None:
    told = [text for text in _certain(plan) if text]
    key = "conversions" if plan.kpi == "conversions" else "revenue"
    rows, measured = [], measure(key, money_of(plan))
    for row in plan.channels:
        band = getattr(row.interval, key) if row.interval else None
        if band is not None:
            middle = getattr(row, key)
            spread = percent((band[1] - band[0]) / 2 / middle) if middle else UNKNOWN
            rows.append((row.channel, *map(measured.bare, (middle, *band)), spread))
    goal, bands = METRIC[key], NOTHING
    if rows:
        expected = measured.head(said("{goal!c} expected", goal=goal))
        ends = (percent(0.05, 0), percent(0.95, 0))
        heads = (said("Channel"), expected, *ends, said("Half the range"))
        bands = page.table(said("{goal!c} at the proposed spend", goal=goal), heads, rows)
    paragraphs = map(page.paragraph, told)
    return page.section(said("How sure this is"), *paragraphs, bands, anchor="certainty")


def frontier(plan: Plan, sweep: SweepDocument | None, page: Page) -> Section | None:
    if sweep is None:
        return None
    heads, rows = frontier_rows(sweep, plan)
    goal = OBJECTIVES.get(sweep.objective, sweep.objective)
    key = sweep.axes[0].key
    says = said("The best {goal} along {key}, as in the table below", goal=goal, key=key)
    caption = said("The best that is possible at each value, solved again; diamond: this plan.")
    return page.section(
        said("Frontier"),
        page.picture(frontier_chart(sweep, plan), caption, says),
        page.table(said("The best plan at each {key}", key=key), heads, rows,
                   words=(0, len(heads) - 1)),
        anchor="frontier",
    )  # fmt: skip


def scenarios(plans: Sequence[Plan], page: Page) -> Section | None:
    if len(plans) < 2:
        return None
    rows, money = [], money_of(plans[0])
    for plan in plans:
        then = plan.proposed
        rows.append(
            (plan.name, period_name(plan), STATUS[plan.status],
             *((money.amount(then.spend), amount(then.conversions), money.amount(then.revenue),
                rate(then.cpa), rate(then.roas)) if then else (UNKNOWN,) * 5),
             *_gained(plan))
        )  # fmt: skip
    heads = (
        said("Scenario"),
        said("Period"),
        said("Status"),
        *(
            measure(key, money).head(capital(METRIC[key]))
            for key in ("spend", "conversions", "revenue", "cpa", "roas")
        ),
        said("Gain over today"),
        said("Proven within"),
    )
    says = said("What each plan spends and brings, as in the table below")
    caption = said("What each plan spends and brings.")
    picture = page.picture(charts.side_by_side(plans), caption, says)
    side_by_side = page.table(said("Plans side by side"), heads, rows, words=(0, 1, 2))
    return page.section(said("Scenarios"), picture, side_by_side, anchor="scenarios")


def _gained(plan: Plan) -> tuple[object, object]:
    """A plan's gain in what it maximises, and how far it is proven."""
    gain, proof = gain_of(plan), plan.certificate
    proven = at_most_percent(proof.gap) if proof else UNKNOWN
    if gain is None:
        return UNKNOWN, proven
    change = measure(gain.objective, money_of(plan)).signed(gain.change)
    told = formed("{goal} {change}", goal=sentences.objective_of(plan), change=change)
    return Figure(told, signed_percent(gain.share)), proven


def provenance(plan: Plan, page: Page, plan_sha256: str) -> Section | None:
    source = plan.provenance
    rows = [(said("Plan file"), plan_sha256)] if plan_sha256 else []
    rows += [(file_of(item), item.sha256) for item in source.inputs]
    rows += [(said("Set on the command line"), text) for text in source.overrides]
    if source.first_date and source.last_date:
        span = span_of(source.first_date, source.last_date)
        rows.append((said("History"), said("{span}, {n} rows", span=span, n=source.rows)))
    rows += [(said("Version of {name}", name=name), text) for name, text in source.versions.items()]
    content = page.table(
        said("Files by their SHA-256, and versions"), (said("What"), said("Which")), rows,
        words=(0, 1),
    )  # fmt: skip
    return page.section(
        said("Provenance"),
        page.paragraph(AGAIN),
        page.block("hash", content),
        anchor="provenance",
    )
