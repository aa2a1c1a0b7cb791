"""The sheets that list: rules and prices, scenarios, assumptions and warnings, audit."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from scenarios.diff import flat
from scenarios.plan import ChannelPlan, Plan, RuleLine
from scenarios.report.figures import has, ratio
from scenarios.report.sentences import OF_FRACTIONS, UNLIMITED, name_of, objective_of
from scenarios.report.sheets import HEAD, finish, titled
from scenarios.report.table import Column, Placed, Styles, paper, write, write_lines, write_table
from scenarios.report.words import AGAIN, period_name


def rules(sheet: Worksheet, styles: Styles, plan: Plan, allocation: Placed) -> None:
    """What each rule costs, and what limits and next-unit returns each channel has."""
    objective = objective_of(plan)
    note = f"As solved: prices and costs are in {objective} and do not follow changed spends."
    titled(sheet, styles, "Rules and prices", note)
    columns = [
        Column("rule", "Rule", "text", name_of, width=40),
        Column("limit", "Limit", "number", lambda r: r.limit),
        Column("value", "Value in the plan", "number", lambda r: r.value),
        Column("slack", "Room left", "number", lambda r: r.slack),
        Column("binding", "Binds", "text", lambda r: "yes" if r.is_binding else "no"),
        Column("price", f"One more of the limit is worth ({objective}; of a share, 1 %)", "exact",
               price, width=22),
        Column("cost", f"Without the rule ({objective})", "signed_number", lambda r: r.cost,
               width=16),
    ]  # fmt: skip
    dearest = sorted(plan.rules, key=lambda rule: (-(rule.cost or 0.0), not rule.is_binding))
    placed = write_table(sheet, styles, columns, dearest, (HEAD, 0))
    for index, rule in enumerate(dearest):
        for key in ("limit", "value", "slack"):
            place = (placed.first + index, placed.columns[key])
            value = "" if rule.kind in UNLIMITED else getattr(rule, key)
            write(sheet, place, value, styles(rule_style(rule)))
    top = placed.last + 4
    sheet.write_string(top - 1, 0, "Each channel's own limits and next unit", styles.section)
    limits = write_table(
        sheet, styles, _limit_columns(plan, allocation), list(enumerate(plan.channels)), (top, 0)
    )
    finish(sheet, placed, len(columns), "Rules and prices")
    paper(sheet, limits.last, len(limits.columns) - 1)


TOLERANCE = 0.015  # a limit and a spend that touches it are rounded to cents each on its own
LETTERS = 120  # of a text that fit on one line of two columns
OF_COUNTS = {"max_changed", "min_conversions"}


def price(rule: RuleLine) -> float | None:
    """What one more unit of the limit brings; of a fraction, one more percentage point."""
    if rule.shadow_price is None or rule.kind not in OF_FRACTIONS:
        return rule.shadow_price
    return rule.shadow_price / 100


def rule_style(rule: RuleLine) -> str:
    """Number format of a rule's limit, by what it limits."""
    if rule.kind in OF_FRACTIONS:
        return "signed_percent" if rule.kind.startswith("change") else "percent"
    return "number" if rule.kind in OF_COUNTS or rule.kind == "min_roas" else "money"


def _limit_columns(plan: Plan, allocation: Placed) -> list[Column]:
    def channel(pair: tuple[int, ChannelPlan]) -> ChannelPlan:
        return pair[1]

    def figure(key: str, title: str, style: str, width: float = 13) -> Column:
        return Column(key, title, style, lambda r: getattr(channel(r), key), width=width)

    columns = [
        figure("channel", "Channel", "text", 34),
        Column("spend", "Spend proposed", "money", lambda r: channel(r).spend,
               lambda r: f"={allocation.cell('spend', r[0])}"),
        figure("min_spend", "At least", "money"),
        figure("max_spend", "At most", "money"),
        Column("verdict", "Within its limits", "text", _verdict,
               '=IF(AND(ISNUMBER({min_spend}),{spend}<N({min_spend})-0.015),"below",'
               'IF(AND(ISNUMBER({max_spend}),{spend}>N({max_spend})+0.015),"above","yes"))'),
    ]  # fmt: skip
    if has(plan, "marginal_cpa"):
        columns.append(figure("marginal_cpa", "CPA of the next unit", "money", 19))
    if has(plan, "marginal_roas"):
        columns.append(figure("marginal_roas", "Revenue of the next unit", "number", 16))
    return [
        *columns,
        Column("binding", "Stopped by", "text", lambda r: ", ".join(channel(r).binding), width=30),
    ]


def _verdict(pair: tuple[int, ChannelPlan]) -> str:
    row = pair[1]
    if row.min_spend is not None and row.spend < row.min_spend - TOLERANCE:
        return "below"
    above = row.max_spend is not None and row.spend > row.max_spend + TOLERANCE
    return "above" if above else "yes"


def scenarios(sheet: Worksheet, styles: Styles, plans: Sequence[Plan]) -> None:
    """Several plans side by side: totals, gain over today, proof, and every channel's spend."""
    titled(sheet, styles, "Scenarios side by side", "The first plan is this workbook's.")
    channels = list(dict.fromkeys(row.channel for plan in plans for row in plan.channels))
    lines = [*_comparison(), *(_spend_of(f"c{i}", name) for i, name in enumerate(channels))]
    placed = write_lines(sheet, styles, lines, plans, [plan.name for plan in plans], HEAD)
    paper(sheet, placed.last, len(plans), HEAD)


def _comparison() -> list[Column]:
    return [
        Column("period", "Period", "text", period_name),
        Column("status", "Status", "text", lambda p: p.status.replace("_", " ")),
        _total_of("spend", "Spend", "money"),
        _total_of("conversions", "Conversions", "number"),
        _total_of("revenue", "Revenue", "money"),
        _total_of("profit", "Profit", "money"),
        Column("cpa", "CPA", "money", lambda p: p.proposed and p.proposed.cpa,
               '=IF(N({conversions})=0,"n/a",{spend}/{conversions})'),
        Column("roas", "ROAS", "number", lambda p: p.proposed and p.proposed.roas,
               '=IF(OR(N({spend})=0,ISTEXT({revenue})),"n/a",{revenue}/{spend})'),
        Column("today", "Revenue of today's split", "money",
               lambda p: p.current and p.current.revenue),
        Column("gain", "Gain over today", "signed_percent", _gain,
               '=IF(OR(N({today})=0,ISTEXT({revenue})),"n/a",{revenue}/{today}-1)'),
        Column("gap", "Proven within", "tiny_percent",
               lambda p: p.certificate and p.certificate.gap),
    ]  # fmt: skip


def _total_of(key: str, title: str, style: str) -> Column:
    return Column(key, title, style, lambda p: p.proposed and getattr(p.proposed, key))


def _spend_of(key: str, channel: str) -> Column:
    def spend(plan: Plan) -> float | None:
        return next((row.spend for row in plan.channels if row.channel == channel), None)

    return Column(key, f"Spend: {channel}", "money", spend)


def _gain(plan: Plan) -> float | None:
    if plan.proposed is None or plan.current is None or plan.proposed.revenue is None:
        return None
    quotient = ratio(plan.proposed.revenue, plan.current.revenue)
    return None if quotient is None else quotient - 1


def assumptions(sheet: Worksheet, styles: Styles, plan: Plan) -> None:
    """Warnings, each channel's evidence, and the scenario as it was understood."""
    titled(sheet, styles, "Assumptions and warnings", "What the figures rest on.")
    row = _section(sheet, styles, HEAD - 1, "Warnings", [(text, "") for text in plan.warnings]
                   or [("none", "")], wide=True)  # fmt: skip
    evidence = [(r.channel, _evidence(r)) for r in plan.channels]
    row = _section(sheet, styles, row, "What history can carry, by channel", evidence)
    row = _section(sheet, styles, row, "The scenario, defaults included", _scenario(plan))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 90)
    paper(sheet, row, 1)


def _scenario(plan: Plan) -> list[tuple[str, str]]:
    return [(path, str(value)) for path, value in flat(plan.scenario).items()]


def _evidence(row: ChannelPlan) -> str:
    text = ": ".join(part for part in (row.evidence, "; ".join(row.reasons)) if part)
    beyond = ". Proposed beyond the spend that history shows" if row.is_extrapolated else ""
    return text + beyond


def audit(sheet: Worksheet, styles: Styles, plan: Plan, plan_sha256: str) -> None:
    """Where the plan comes from, how it was solved, and how to check it."""
    titled(sheet, styles, "Audit", "Where the plan comes from.")
    proof, source = plan.certificate, plan.provenance
    solved = [] if proof is None else [
        ("Objective", proof.objective), ("Value", f"{proof.value:,.6f}"),
        ("No plan can exceed", f"{proof.bound:,.6f}"), ("Gap", f"{proof.gap:.3e}"),
        ("Solver", proof.solver), ("Rounds of refinement", str(proof.iterations)),
        ("Yes-or-no decisions", str(proof.binaries)),
    ]  # fmt: skip
    files = [(f"{item.role}: {item.file}", item.sha256) for item in source.inputs]
    history = [
        ("Rows", source.rows),
        ("First day", source.first_date),
        ("Last day", source.last_date),
    ]
    row = _section(sheet, styles, HEAD - 1, "This plan", [
        ("Plan file, SHA-256", plan_sha256), ("Schema", plan.schema_name), ("Status", plan.status),
        ("Made with budgetopt", source.version), ("Seed", _known(source.seed)),
    ])  # fmt: skip
    row = _section(sheet, styles, row, "Proof", solved)
    row = _section(sheet, styles, row, "Inputs, SHA-256", files)
    known = [(name, str(value)) for name, value in history if value is not None]
    row = _section(sheet, styles, row, "History", known)
    row = _section(sheet, styles, row, "Versions", list(source.versions.items()))
    again = [(AGAIN.replace("`", ""), "")]
    row = _section(sheet, styles, row, "How far this can be repeated", again, wide=True)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 90)
    paper(sheet, row, 1)


def _known(value: object) -> str:
    return "none" if value is None else str(value)


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
            sheet.set_row(number, 15 * (1 + len(name) // LETTERS))
        sheet.write_string(number, 0, name, styles.wrapped)
        if not wide:
            sheet.write_string(number, 1, text, styles.wrapped)
    return row + 2 + len(pairs)
