"""A plan in the terminal: the table for the meeting, and what must be known beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from models.phrases import said
from scenarios.language.language import Language
from scenarios.language.numbers import UNKNOWN, amount, change_percent, rate
from scenarios.plan.labels import limit_of, name_of
from scenarios.plan.plan import ChannelPlan, PeriodPlan, Plan, Totals
from scenarios.report.prose import promises, sentences
from scenarios.report.prose.conflict import conflict_lines
from scenarios.report.prose.glossary import METRIC
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

PERIOD_WIDTH = 11  # columns that a period takes, with the space before it
WIDE = 110  # columns from which the binding rules fit into the table
FIGURES = ("conversions", "cpa", "roas", "marginal_roas", "marginal_cpa")
TITLES = {
    "conversions": said("conv."),
    "cpa": said("CPA"),
    "roas": said("ROAS"),
    "marginal_roas": said("next ROAS"),
    "marginal_cpa": said("next CPA"),
}


def plan_report(plan: Plan, width: int, spoken: Language | None = None) -> list[Any]:
    """What to print of a plan, top to bottom."""
    return _Report(plan, width, spoken or Language()).parts()


class _Report:
    """Tells of a plan in a language, in so many columns of a terminal."""

    def __init__(self, plan: Plan, width: int, spoken: Language) -> None:
        self.plan, self.width, self.spoken, self.say = plan, width, spoken, spoken.say

    def parts(self) -> list[Any]:
        plan = self.plan
        parts: list[Any] = [self._text(sentences.headline(plan), style="bold")]
        mind = list(self._listed(said("Mind"), plan.warnings))
        if plan.status == "infeasible":
            return [*parts, *map(self._text, (*conflict_lines(plan), "")), *mind]
        parts += [self._allocation(), *self._period_tables()]
        told = (
            sentences.gain(plan),
            *sentences.targets(plan),
            sentences.tail(plan),
            sentences.proof(plan),
            sentences.confidence(plan),
            sentences.level(plan),
            sentences.risk(plan),
            sentences.unspent(plan),
            promises.promise(plan),
            *promises.goals(plan),
            promises.last_money(plan),
        )
        parts += [self._text(line) for line in told if line]
        if any(rule.is_binding for rule in plan.rules):
            title = self._text(said("Rules that bind"), style="bold")
            parts += [self._text(""), title, rules_table(plan, self.spoken)]
        elif plan.warnings:
            parts.append(self._text(""))
        return parts + mind

    def _text(self, text: str, style: str = "") -> Text:
        from rich.text import Text

        return Text(self.say(text), style=style)

    def _cells(self, cells: Iterable[str]) -> list[str]:
        return [self.say(cell) for cell in cells]

    def _allocation(self) -> Table:
        """Channel by channel today's spend, the proposed one, and what comes of it."""
        plan, is_wide = self.plan, self.width >= WIDE
        shown = [name for name in FIGURES if _is_known(plan, name)]
        if "marginal_roas" in shown and "marginal_cpa" in shown:
            shown.remove("marginal_cpa")
        totals = self._cells(_total_cells(plan.current, plan.proposed, shown))
        table = plain_table(self.say(said("channel")), self.say(said("total")))
        titles = [said("today"), said("proposed"), said("change"), *map(TITLES.__getitem__, shown)]
        for title, footer in zip(self._cells(titles), totals, strict=True):
            table.add_column(title, footer, justify="right", no_wrap=True)
        if is_wide:
            table.add_column(self.say(said("limited by")), overflow="fold")
        for row in plan.channels:
            cells = [
                amount(row.current_spend),
                amount(row.spend),
                change_percent(row.current_spend, row.spend),
                *(_figure(row, name) for name in shown),
            ]
            limits = [self._text(", ".join(row.binding))] if is_wide else []
            table.add_row(self._text(row.channel), *self._cells(cells), *limits)
        return table

    def _period_tables(self) -> Iterator[Any]:
        """Proposed spend by channel and period, as many side by side as there is room for."""
        plan = self.plan
        names = max(len(row.channel) for row in plan.channels) if plan.channels else 0
        columns = max((self.width - min(names, 20) - 2) // PERIOD_WIDTH, 2)
        for start in range(0, len(plan.periods), columns):
            if not start:
                yield self._text(said("By period"), style="bold")
            yield self._period_table(plan.periods[start : start + columns])

    def _period_table(self, periods: Sequence[PeriodPlan]) -> Table:
        plan = self.plan
        table = plain_table(self.say(said("channel")))
        for period in periods:
            table.add_column(period.label, justify="right", no_wrap=True)
        for number, row in enumerate(plan.channels):
            spends = self._cells(amount(period.channels[number].spend) for period in periods)
            table.add_row(self._text(row.channel), *spends)
        table.add_section()
        totals = (amount(period.proposed.spend) for period in periods)
        table.add_row(*self._cells([said("total"), *totals]))
        if plan.current is not None:
            today = (period.current.spend if period.current else None for period in periods)
            table.add_row(*self._cells([said("today"), *map(amount, today)]))
        for name in ("conversions", "revenue", "cpa", "roas"):
            values = [getattr(period.proposed, name) for period in periods]
            if any(value is not None for value in values):
                show = rate if name in ("cpa", "roas") else amount
                title = TITLES.get(name, METRIC[name])
                table.add_row(*self._cells([title, *map(show, values)]))
        return table

    def _listed(self, title: str, lines: Iterable[str]) -> Iterator[Any]:
        """A heading and indented lines; nothing at all without lines."""
        from rich.padding import Padding

        for index, line in enumerate(lines):
            if not index:
                yield self._text(title, style="bold")
            yield Padding(self._text(line), (0, 0, 0, 2))


def rules_table(plan: Plan, spoken: Language | None = None) -> Table:
    """The rules that stop the plan, the dearest first, with what they cost."""
    from rich.text import Text

    say = (spoken or Language()).say
    table = plain_table(say(said("rule")), least=20)
    is_spend = sentences.objective_of(plan) == "spend"
    more = said("one more costs") if is_spend else said("one more brings")
    has_costs = any(rule.cost is not None for rule in plan.rules)
    costs = [said("rule costs")] if has_costs else []
    for title in (said("limit"), said("value"), more, *costs):
        table.add_column(say(title), justify="right", no_wrap=True)
    binding = [rule for rule in plan.rules if rule.is_binding]
    for rule in sorted(binding, key=lambda rule: -(rule.cost or 0.0)):
        cells = [
            limit_of(rule, rule.limit),
            limit_of(rule, rule.value),
            sentences.price_of(rule),
            *([amount(rule.cost)] if has_costs else []),
        ]
        table.add_row(Text(say(name_of(rule))), *map(say, cells))
    return table


def _is_known(plan: Plan, name: str) -> bool:
    return any(getattr(row, name) is not None for row in plan.channels)


def _figure(row: ChannelPlan, name: str) -> str:
    value = getattr(row, name)
    return amount(value) if name == "conversions" else rate(value)


def _total_cells(before: Totals | None, after: Totals | None, shown: Iterable[str]) -> list[str]:
    if after is None:
        return [UNKNOWN for _ in range(3 + len(list(shown)))]
    cells: list[str] = [
        amount(before.spend if before else None),
        amount(after.spend),
        change_percent(before.spend if before else None, after.spend),
    ]
    for name in shown:
        value = getattr(after, name, None)
        cells.append(
            ""
            if name.startswith("marginal")
            else amount(value)
            if name == "conversions"
            else rate(value)
        )
    return cells
