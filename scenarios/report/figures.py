"""The columns that the allocation and the period table share, and what they show of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.plan import ChannelPlan, PeriodPlan, Plan
from scenarios.report.table import Column, Placed
from scenarios.report.words import totals_of


DIGITS = 9  # decimals of a spend that tell two breakpoints apart


@dataclass(frozen=True)
class Line:
    """A channel's figures, of the horizon or of one period, with the plan they belong to."""

    plan: Plan
    row: ChannelPlan
    period: PeriodPlan | None = None

    def __getattr__(self, key: str):
        return getattr(self.row, key)

    @property
    def current_cpa(self) -> float | None:
        return ratio(self.row.current_spend, self.row.current_conversions)

    @property
    def current_roas(self) -> float | None:
        return ratio(self.row.current_revenue, self.row.current_spend)


def ratio(above: float | None, below: float | None) -> float | None:
    """A quotient; None where it cannot be known."""
    return above / below if above is not None and below else None


def total_line(plan: Plan) -> Line:
    """The totals as a line of their own."""
    current, proposed = totals_of(plan)
    row = ChannelPlan(
        channel="Total",
        current_spend=current.spend,
        spend=proposed.spend,
        change=ratio(proposed.spend - current.spend, current.spend),
        current_conversions=current.conversions,
        conversions=proposed.conversions,
        current_revenue=current.revenue,
        revenue=proposed.revenue,
        current_profit=current.profit,
        profit=proposed.profit,
        cpa=proposed.cpa,
        roas=proposed.roas,
    )
    return Line(plan, row)


def has(plan: Plan, key: str) -> bool:
    """Whether the plan knows this figure for any channel."""
    return any(getattr(row, key) is not None for row in plan.channels)


def spend_columns() -> list[Column]:
    """Today's and proposed spend, and the change."""
    return [
        Column("current_spend", "Spend today", "money", lambda r: r.current_spend, total="sum"),
        Column("spend", "Spend proposed", "money", lambda r: r.spend, total="sum"),
        Column(
            "difference",
            "Change",
            "signed_money",
            lambda r: r.spend - r.current_spend,
            "={spend}-{current_spend}",
            "same",
        ),
        Column(
            "change",
            "Change %",
            "signed_percent",
            lambda r: ratio(r.spend - r.current_spend, r.current_spend),
            '=IF({current_spend}=0,"n/a",{difference}/{current_spend})',
            "same",
            10,
        ),
    ]


def share_columns() -> list[Column]:
    """Shares of the whole spend, today and proposed."""
    return [
        Column(
            f"{prefix}share",
            f"Share {when}",
            "percent",
            lambda r, key=f"{prefix}spend", side=side: ratio(
                getattr(r, key), getattr(r.plan, side).spend
            ),
            f'=IF({{{prefix}spend.total}}=0,"n/a",{{{prefix}spend}}/{{{prefix}spend.total}})',
            "same",
            10,
        )
        for prefix, when, side in (("current_", "today", "current"), ("", "proposed", "proposed"))
    ]


def result_columns(plan: Plan) -> list[Column]:
    """Conversions, revenue, CPA, ROAS and profit, as far as the plan knows them.

    Conversions and revenue are figures here; the sheet that interpolates them replaces them.
    """
    columns = []
    sides = (("current_", "today"), ("", "proposed"))
    for key, style in (("conversions", "number"), ("revenue", "money")):
        if has(plan, key):
            columns += [_figure(prefix + key, f"{key.capitalize()} {when}", style, "sum")
                        for prefix, when in sides]  # fmt: skip
    for key, title, above, below, style in (
        ("cpa", "CPA", "spend", "conversions", "money"),
        ("roas", "ROAS", "revenue", "spend", "number"),
    ):
        if has(plan, "conversions" if key == "cpa" else "revenue"):
            columns += [
                Column(
                    prefix + key,
                    f"{title} {when}",
                    style,
                    lambda r, name=prefix + key: getattr(r, name),
                    f'=IF({{{prefix}{below}}}=0,"n/a",{{{prefix}{above}}}/{{{prefix}{below}}})',
                    "same",
                    11,
                )
                for prefix, when in sides
            ]
    if has(plan, "margin") and has(plan, "profit"):
        columns += [_profit(prefix, when) for prefix, when in sides]
    return columns


def _figure(key: str, title: str, style: str, total: str = "") -> Column:
    return Column(key, title, style, lambda r: getattr(r, key), total=total)


def _profit(prefix: str, when: str) -> Column:
    formula = f"={{margin}}*{{{prefix}revenue}}-{{{prefix}spend}}"
    return Column(
        f"{prefix}profit",
        f"Profit {when}",
        "money",
        lambda r: getattr(r, f"{prefix}profit"),
        lambda r: formula if r.margin is not None else None,
        "sum",
    )


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
        return f"=MATCH(ROUND({spend},{DIGITS}),{self.placed.column('spend', rows=self.ranges[channel])},1)"

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

    Before a curve of a whole horizon stands its spend; before one per fit period, its spend per
    fit period, and its height is stretched by the row's periods and season.
    """
    result = []
    for column in columns:
        prefix = "current_" if column.key.startswith("current_") else ""
        key = column.key.removeprefix("current_")
        if key in ("conversions", "revenue"):
            formula = _reading(curves, key, prefix)
            column = Column(column.key, column.title, column.style, column.value, formula, "sum")
        result.append(column)
    return result + _working_columns(plan, curves)


def _reading(curves: CurveTable, key: str, prefix: str):
    x = f"{{{prefix}spend}}" if curves.whole else f"({{{prefix}spend}}/{{fit_periods}})"
    factor = "" if curves.whole else "{fit_periods}*{season}*"

    def formula(line: Line) -> str | None:
        if line.channel not in curves.ranges or getattr(line, prefix + key) is None:
            return None
        height = curves.height(line.channel, key, x, f"{{{prefix}piece}}")
        return f"={factor}{height}"

    return formula


def _working_columns(plan: Plan, curves: CurveTable) -> list[Column]:
    columns = []
    if has(plan, "margin") and has(plan, "profit"):
        columns.append(Column("margin", "Margin", "percent", lambda r: r.margin))
    if not curves.whole:
        title = "Weeks" if plan.period_days == 7 else "Days"
        columns += [
            Column("fit_periods", title, "exact", lambda r: r.fit_periods),
            Column("season", "Season factor", "exact", lambda r: r.season),
        ]
    for prefix, when in (("current_", "today"), ("", "proposed")):
        x = f"{{{prefix}spend}}" if curves.whole else f"{{{prefix}spend}}/{{fit_periods}}"
        columns.append(
            Column(
                f"{prefix}piece",
                f"Piece of curve {when}",
                "count",
                lambda r, name=f"{prefix}spend": _piece(plan, r, getattr(r, name), curves.whole),
                lambda r, x=x: curves.piece(r.channel, x) if r.channel in curves.ranges else None,
            )
        )
    return columns


def _piece(plan: Plan, line: Line, spend: float, whole: bool) -> int | None:
    curve = plan.curves.get(line.channel)
    if curve is None:
        return None
    x = stretched(spend, 1.0 if whole else 1.0 / line.fit_periods)
    periods = line.fit_periods if whole else 1.0
    return sum(stretched(point.spend, periods) <= x for point in curve.points)


def stretched(spend: float, periods: float) -> float:
    """A spend per fit period over so many of them, free of what floating point left on it."""
    return round(spend * periods, DIGITS)
