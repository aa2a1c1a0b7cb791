"""The columns that the allocation and the period table share, and what they show of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.phrases import said
from scenarios.plan.plan import Plan
from scenarios.plan.rounding import decimals_of
from scenarios.report.prose.totals import Line, has, has_carry_over, ratio, sides, total_line
from scenarios.report.workbook.formula_table import Column, Placed

DIGITS = 9  # decimals of a spend that tell two breakpoints apart
CONVERSION_DECIMALS = 4  # as the plan has them


def spend_columns(plan: Plan) -> list[Column]:
    """Today's and proposed spend, and the change."""
    spends = [_figure(f"{prefix}spend", titles["spend"], "money", "sum")
              for prefix, titles in sides(plan)]  # fmt: skip
    if plan.current is None:
        return spends
    return [
        *spends,
        Column(
            "difference",
            said("Change"),
            "signed_money",
            lambda r: r.spend - r.current_spend,
            "={spend}-{current_spend}",
            "same",
        ),
        Column(
            "change",
            said("Change %"),
            "signed_percent",
            lambda r: ratio(r.spend - r.current_spend, r.current_spend),
            '=IF({current_spend}=0,"n/a",{difference}/{current_spend})',
            "same",
            10,
        ),
    ]


def share_columns(plan: Plan) -> list[Column]:
    """Shares of the whole spend, today and proposed."""
    totals = total_line(plan)
    return [
        Column(
            f"{prefix}share",
            titles["share"],
            "percent",
            lambda r, key=f"{prefix}spend": ratio(getattr(r, key), getattr(totals, key)),
            f'=IF({{{prefix}spend.total}}=0,"n/a",{{{prefix}spend}}/{{{prefix}spend.total}})',
            "same",
            10,
        )
        for prefix, titles in sides(plan)
    ]


def result_columns(plan: Plan) -> list[Column]:
    """Conversions, revenue, CPA, ROAS and profit, as far as the plan knows them.

    Conversions and revenue are figures here; the sheet that interpolates them replaces them.
    """
    columns = []
    for key, style in (("conversions", "number"), ("revenue", "money")):
        if has(plan, key):
            columns += [_figure(prefix + key, titles[key], style, "sum")
                        for prefix, titles in sides(plan)]  # fmt: skip
    if has(plan, "conversions"):
        columns += _ratios(plan, "cpa", "spend", "conversions", "cpa")
    if has(plan, "revenue"):
        columns += _ratios(plan, "roas", "revenue", "spend", "rate")
    if has(plan, "profit"):
        columns += [_profit(plan, prefix, titles["profit"]) for prefix, titles in sides(plan)]
    return columns


def _figure(key: str, title: str, style: str, total: str = "") -> Column:
    return Column(key, title, style, lambda r: getattr(r, key), total=total)


def _ratios(plan: Plan, key: str, above: str, below: str, style: str) -> list[Column]:
    return [
        Column(
            prefix + key,
            titles[key],
            style,
            lambda r, x=prefix + above, y=prefix + below: r.quotient(x, y),
            f'=IF(OR(N({{{prefix}{below}}})=0,ISTEXT({{{prefix}{above}}})),"n/a",'
            f"{{{prefix}{above}}}/{{{prefix}{below}}})",
            "same",
            12,
        )
        for prefix, titles in sides(plan)
    ]


def _profit(plan: Plan, prefix: str, title: str) -> Column:
    text = f"{{margin}}*{{{prefix}revenue}}-{{{prefix}spend}}"
    formula = rounded(text, decimals_of(plan.currency))
    key = f"{prefix}profit"
    return Column(
        key,
        title,
        "money",
        lambda r: getattr(r, key),
        lambda r: formula if getattr(r, key) is not None else None,
        "sum",
    )


def rounded(text: str, decimals: int) -> str:
    """Formula that rounds as the plan does, so that sums agree to the cent."""
    return f"=ROUND({text},{decimals})"


@dataclass(frozen=True)
class CurveTable:
    """Where the breakpoints stand: the table, and each channel's first and last row in it.

    `whole` tells whether they are stretched to the horizon; otherwise they are per fit period.
    """

    placed: Placed
    ranges: Mapping[str, tuple[int, int]]
    whole: bool

    def piece(self, channel: str, spend: str) -> str:
        """Formula: which breakpoint is the last at or below `spend`."""
        points = self.placed.column("spend", rows=self.ranges[channel])
        return f"=MATCH(ROUND({spend},{DIGITS}),{points},1)"

    def height(self, channel: str, key: str, spend: str, piece: str) -> str:
        """Formula text: `key` of the curve at `spend`, on the straight line behind `piece`.

        Behind the last breakpoint the slope is 0: the sheet does not extrapolate.
        """
        rows = self.ranges[channel]
        at, base, slope = (
            f"INDEX({self.placed.column(name, rows=rows)},{piece})"
            for name in ("spend", key, f"{key}_slope")
        )
        return f"({base}+({spend}-{at})*{slope})"


def interpolated(columns: list[Column], plan: Plan, curves: CurveTable) -> list[Column]:
    """`columns` with conversions and revenue read off the curves, and what that needs behind.

    Before a curve of a whole horizon stands its spend; before one per fit period, its spend at
    work per fit period, and its height is stretched by the row's periods and season.
    """
    result = []
    for column in columns:
        prefix = "current_" if column.key.startswith("current_") else ""
        key = column.key.removeprefix("current_")
        if key in ("conversions", "revenue"):
            formula = _reading(plan, curves, key, prefix)
            column = Column(column.key, column.title, column.style, column.value, formula, "sum")
        result.append(column)
    return result + _working_columns(plan, curves)


def _level(plan: Plan, curves: CurveTable, prefix: str) -> str:
    """Formula text: where the curve is read."""
    if curves.whole:
        return f"{{{prefix}spend}}"
    working = "effective_spend" if has_carry_over(plan) else "spend"
    return f"({{{prefix}{working}}}/{{fit_periods}})"


def _reading(plan: Plan, curves: CurveTable, key: str, prefix: str):
    x = _level(plan, curves, prefix)
    factor = "" if curves.whole else "{fit_periods}*{season}*"
    decimals = CONVERSION_DECIMALS if key == "conversions" else decimals_of(plan.currency)

    def formula(line: Line) -> str | None:
        if line.channel not in curves.ranges or getattr(line, prefix + key) is None:
            return None
        if not line.fit_periods:
            return None  # off throughout: whatever stands here brings nothing
        height = curves.height(line.channel, key, x, f"{{{prefix}piece}}")
        return rounded(f"{factor}{height}", decimals)

    return formula


def _working_columns(plan: Plan, curves: CurveTable) -> list[Column]:
    columns = []
    if has(plan, "profit"):
        columns.append(Column("margin", said("Margin"), "percent", lambda r: r.margin))
    if not curves.whole:
        title = {7: said("Weeks at work"), 30: said("Months at work")}.get(
            plan.period_days, said("Days at work")
        )
        columns += [
            Column("fit_periods", title, "exact", lambda r: r.fit_periods),
            Column("season", said("Season factor"), "exact", lambda r: r.season),
        ]
    for prefix, _ in sides(plan):
        x = _level(plan, curves, prefix)
        columns.append(
            Column(
                f"{prefix}piece",
                said("Piece of curve today") if prefix else said("Piece of curve proposed"),
                "count",
                lambda r, is_current=bool(prefix): _piece(plan, r, is_current, curves.whole),
                lambda r, x=x: (
                    curves.piece(r.channel, x)
                    if r.channel in curves.ranges and r.fit_periods
                    else None
                ),
            )
        )
    return columns


def _piece(plan: Plan, line: Line, is_current: bool, whole: bool) -> int | None:
    curve, level = plan.curves.get(line.channel), line.row.level(is_current)
    if curve is None or level is None:
        return None
    if whole:
        spend = (line.row.current_spend if is_current else line.row.spend) or 0.0
        n = line.fit_periods
        return sum(stretched(point.spend, n) <= stretched(spend, 1.0) for point in curve.points)
    return sum(stretched(point.spend, 1.0) <= stretched(level, 1.0) for point in curve.points)


def stretched(spend: float, periods: float) -> float:
    """A spend per fit period over so many of them, free of what floating point left on it."""
    return round(spend * periods, DIGITS)
