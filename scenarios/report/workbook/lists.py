"""The sheets that list: rules and prices, scenarios, assumptions and warnings, audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from xlsxwriter.worksheet import Worksheet

from models.phrases import capital, figure, formed, joined, said
from scenarios.analyses.diff import flat
from scenarios.language.numbers import at_most, at_most_percent
from scenarios.plan.gain import gain_of
from scenarios.plan.labels import OF_COUNTS, OF_FRACTIONS, OF_RATES, UNLIMITED, VERDICTS, name_of
from scenarios.plan.money import OF_MONEY, objective_name
from scenarios.plan.plan import ChannelPlan, Plan, RuleLine
from scenarios.report.prose.findings import AGAIN, STATUS, file_of, period_name
from scenarios.report.prose.glossary import METRIC, NO, PROPOSED, YES
from scenarios.report.prose.sentences import OBJECTIVES, objective_of
from scenarios.report.prose.totals import has
from scenarios.report.workbook.formula_table import (
    ROOM,
    Column,
    Placed,
    Styles,
    write,
    write_lines,
    write_table,
)
from scenarios.report.workbook.sheet import ABOVE, BELOW, WITHIN, paper
from scenarios.report.workbook.sheets import HEAD, finish, titled


def rules(sheet: Worksheet, styles: Styles, plan: Plan, allocation: Placed) -> None:
    """What each rule costs, and what limits and next-unit returns each channel has."""
    objective = objective_of(plan)
    note = said(
        "As solved: prices and costs are in {goal} and do not follow changed spends.",
        goal=objective,
    )
    title = said("Rules and prices")
    titled(sheet, styles, title, note)
    columns = [
        Column("rule", said("Rule"), "text", name_of, width=40),
        Column("limit", said("Limit"), "number", lambda r: r.limit),
        Column("value", said("Value in the plan"), "number", lambda r: r.value),
        Column("slack", said("Room left"), "number", lambda r: r.slack),
        Column("binding", said("Binds"), "text", lambda r: YES if r.is_binding else NO),
        Column("price", said("One more of the limit is worth ({goal}; of a share, 1 %)",
                             goal=objective), "exact", price, width=22),
        Column("cost", said("Without the rule ({goal})", goal=objective), _in_goal(plan, "signed_"),
               lambda r: r.cost, width=16),
    ]  # fmt: skip
    dearest = sorted(plan.rules, key=lambda rule: (-(rule.cost or 0.0), not rule.is_binding))
    placed = write_table(sheet, styles, columns, dearest, (HEAD, 0))
    for index, rule in enumerate(dearest):
        for key in ("limit", "value", "slack"):
            place = (placed.first + index, placed.columns[key])
            value = "" if rule.kind in UNLIMITED else getattr(rule, key)
            write(sheet, place, value, styles.of(rule_style(rule), value))
            width = styles.length(rule_style(rule), value) + ROOM
            sheet.set_column(place[1], place[1], max(14.5, width))
    top = placed.last + 4
    below = said("Each channel's own limits and next unit")
    sheet.write_string(top - 1, 0, below, styles.section)
    limits = write_table(
        sheet, styles, _limit_columns(plan, allocation), list(enumerate(plan.channels)), (top, 0)
    )
    finish(sheet, placed, len(columns), title)
    paper(sheet, limits.last, len(limits.columns) - 1)


CODE = STATUS | {  # the status as the plan file has it
    "time_limit": said("time_limit"),
    "round_limit": said("round_limit"),
    "numerical_trouble": said("numerical_trouble"),
}
TOLERANCE = 0.015  # a limit and a spend that touches it are rounded to cents each on its own
LETTERS = 120  # of a text that fit on one line of two columns


def price(rule: RuleLine) -> float | None:
    """What one more unit of the limit brings; of a fraction, one more percentage point."""
    if rule.shadow_price is None or rule.kind not in OF_FRACTIONS:
        return rule.shadow_price
    return rule.shadow_price / 100


def rule_style(rule: RuleLine) -> str:
    """Number format of a rule's limit, by what it limits."""
    if rule.kind in OF_FRACTIONS:
        return "signed_percent" if rule.kind.startswith("change") else "percent"
    if rule.kind in OF_RATES:
        return "rate" if rule.kind == "min_roas" else "cpa"
    return "number" if rule.kind in OF_COUNTS else "full_money"


def _in_goal(plan: Plan, sign: str = "") -> str:
    """Number format of figures of what the plan maximises, written in full."""
    return f"{sign}full_money" if objective_name(plan) in OF_MONEY else f"{sign}number"


def _limit_columns(plan: Plan, allocation: Placed) -> list[Column]:
    def channel(pair: tuple[int, ChannelPlan]) -> ChannelPlan:
        return pair[1]

    def figure(key: str, title: str, style: str, width: float = 13) -> Column:
        return Column(key, title, style, lambda r: getattr(channel(r), key), width=width)

    columns = [
        figure("channel", said("Channel"), "text", 34),
        Column("spend", PROPOSED["spend"], "money", lambda r: channel(r).spend,
               lambda r: f"={allocation.cell('spend', r[0])}"),
        figure("min_spend", said("At least"), "money"),
        figure("max_spend", said("At most"), "money"),
        Column("verdict", said("Within its limits"), "text", _verdict,
               '=IF(AND(ISNUMBER({min_spend}),{spend}<N({min_spend})-0.015),"below",'
               'IF(AND(ISNUMBER({max_spend}),{spend}>N({max_spend})+0.015),"above","yes"))'),
    ]  # fmt: skip
    if has(plan, "marginal_cpa"):
        columns.append(figure("marginal_cpa", said("CPA of the next unit"), "cpa", 19))
    if has(plan, "marginal_roas"):
        columns.append(figure("marginal_roas", said("Revenue of the next unit"), "rate", 16))
    return [
        *columns,
        Column(
            "binding", said("Stopped by"), "text", lambda r: ", ".join(channel(r).binding), width=30
        ),
    ]


def _verdict(pair: tuple[int, ChannelPlan]) -> str:
    row = pair[1]
    if row.min_spend is not None and row.spend < row.min_spend - TOLERANCE:
        return BELOW
    above = row.max_spend is not None and row.spend > row.max_spend + TOLERANCE
    return ABOVE if above else WITHIN


def scenarios(sheet: Worksheet, styles: Styles, plans: Sequence[Plan]) -> None:
    """Several plans side by side: totals, gain over today, proof, and every channel's spend."""
    note = said("The first plan is this workbook's.")
    titled(sheet, styles, said("Scenarios side by side"), note)
    channels = list(dict.fromkeys(row.channel for plan in plans for row in plan.channels))
    lines = [*_comparison(), *(_spend_of(f"c{i}", name) for i, name in enumerate(channels))]
    placed = write_lines(sheet, styles, lines, plans, [plan.name for plan in plans], HEAD)
    paper(sheet, placed.last, len(plans), HEAD)


def _comparison() -> list[Column]:
    return [
        Column("period", said("Period"), "text", period_name),
        Column("status", said("Status"), "text", lambda p: STATUS[p.status]),
        _total_of("spend", "money"),
        _total_of("conversions", "number"),
        _total_of("revenue", "money"),
        _total_of("profit", "money"),
        Column("cpa", METRIC["cpa"], "cpa", lambda p: p.proposed and p.proposed.cpa,
               '=IF(N({conversions})=0,"n/a",{spend}/{conversions})'),
        Column("roas", METRIC["roas"], "rate", lambda p: p.proposed and p.proposed.roas,
               '=IF(OR(N({spend})=0,ISTEXT({revenue})),"n/a",{revenue}/{spend})'),
        Column("goal", said("What counts"), "text", objective_of),
        Column("today", said("The same today"), "number", lambda p: (g := gain_of(p)) and g.before),
        Column("gain", said("Gain over today"), "signed_number",
               lambda p: (g := gain_of(p)) and g.change, lambda p: _from_today(p, "{now}-{today}")),
        Column("share", said("Gain over today, %"), "signed_percent",
               lambda p: (g := gain_of(p)) and g.share,
               lambda p: _from_today(p, "({now}-{today})/ABS({today})")),
        Column("gap", said("Proven within"), "tiny_percent",
               lambda p: p.certificate and at_most(p.certificate.gap)[0] / 100),
    ]  # fmt: skip


def _from_today(plan: Plan, formula: str) -> str | None:
    """A formula on what counts today and, as `{now}`, in the proposal's row of the same sheet."""
    gain = gain_of(plan)
    if gain is None or gain.objective == "value":  # has no row of its own
        return None
    formula = formula.replace("{now}", f"{{{gain.objective}}}")
    return f'=IF(OR(ISTEXT({{today}}),N({{today}})=0),"n/a",{formula})'


def _total_of(key: str, style: str) -> Column:
    return Column(
        key, capital(METRIC[key]), style, lambda p: p.proposed and getattr(p.proposed, key)
    )


def _spend_of(key: str, channel: str) -> Column:
    def spend(plan: Plan) -> float | None:
        return next((row.spend for row in plan.channels if row.channel == channel), None)

    return Column(key, said("Spend: {channel}", channel=channel), "money", spend)


def assumptions(sheet: Worksheet, styles: Styles, plan: Plan) -> None:
    """Warnings, each channel's evidence, and the scenario as it was understood."""
    titled(sheet, styles, said("Assumptions and warnings"), said("What the figures rest on."))
    warnings = [(text, "") for text in plan.warnings] or [(said("none"), "")]
    row = _section(sheet, styles, HEAD - 1, said("Warnings"), warnings, wide=True)
    evidence = [(r.channel, _evidence(r)) for r in plan.channels]
    row = _section(sheet, styles, row, said("What history can carry, by channel"), evidence)
    row = _section(sheet, styles, row, said("The scenario, defaults included"), _scenario(plan))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 90)
    paper(sheet, row, 1)


def _scenario(plan: Plan) -> list[tuple[str, str]]:
    return [(path, str(value)) for path, value in flat(plan.scenario).items()]


def _evidence(row: ChannelPlan) -> str:
    parts = [VERDICTS[row.evidence]] if row.evidence else []
    if row.reasons:
        parts.append(joined("; ", row.reasons))
    told = [joined(": ", parts)]
    if row.is_extrapolated:
        told.append(said("Proposed beyond the spend that history shows"))
    return joined(". ", told)


def audit(sheet: Worksheet, styles: Styles, plan: Plan, plan_sha256: str) -> None:
    """Where the plan comes from, how it was solved, and how to check it."""
    titled(sheet, styles, said("Audit"), said("Where the plan comes from."))
    source = plan.provenance
    made = [
        (said("Plan file, SHA-256"), plan_sha256), (said("Schema"), plan.schema_name),
        (said("Status"), CODE[plan.status]), (said("Made with budgetopt"), source.version),
        (said("Seed"), said("none") if source.seed is None else str(source.seed)),
    ]  # fmt: skip
    files = [(file_of(item), item.sha256) for item in source.inputs]
    row = _section(sheet, styles, HEAD - 1, said("This plan"), made)
    row = _section(sheet, styles, row, said("Proof"), _solved(plan))
    row = _section(sheet, styles, row, said("Inputs, SHA-256"), files)
    row = _section(sheet, styles, row, said("History"), _history(plan))
    row = _section(sheet, styles, row, said("Versions"), list(source.versions.items()))
    again = [(styles.spoken.say(AGAIN).replace("`", ""), "")]
    row = _section(sheet, styles, row, said("How far this can be repeated"), again, wide=True)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 90)
    paper(sheet, row, 1)


def _solved(plan: Plan) -> list[tuple[str, str]]:
    proof = plan.certificate
    if proof is None:
        return []
    return [
        (said("Objective"), OBJECTIVES.get(proof.objective, proof.objective)),
        (said("Value"), figure(proof.value, ",.6f")),
        (said("No plan can exceed"), figure(proof.bound, ",.6f")),
        (said("Proven within"), at_most_percent(proof.gap)),
        (said("Solver"), proof.solver),
        (said("Rounds of refinement"), str(proof.iterations)),
        (said("Yes-or-no decisions"), str(proof.binaries)),
    ]


def _history(plan: Plan) -> list[tuple[str, str]]:
    source = plan.provenance
    found: list[tuple[str, str]] = []
    if source.rows is not None:
        found.append((said("Rows"), str(source.rows)))
    for title, day in (
        (said("First day"), source.first_date),
        (said("Last day"), source.last_date),
    ):
        if day is not None:
            found.append((title, formed("{day}", day=date.fromisoformat(day))))
    return found


def _section(
    sheet: Worksheet,
    styles: Styles,
    row: int,
    title: str,
    pairs: Sequence[tuple[str, str]],
    wide: bool = False,
) -> int:
    """A heading and two columns of text below it; the next free row."""
    if not pairs:
        return row
    sheet.write_string(row + 1, 0, title, styles.section)
    for number, (name, text) in enumerate(pairs, start=row + 2):
        if wide:
            sheet.merge_range(number, 0, number, 1, "", styles.wrapped)
            sheet.set_row(number, 15 * (1 + len(styles.spoken.say(name)) // LETTERS))
        sheet.write_string(number, 0, name, styles.wrapped)
        if not wide:
            sheet.write_string(number, 1, text, styles.wrapped)
    return row + 2 + len(pairs)
