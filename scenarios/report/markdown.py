"""The plan as Markdown, for a ticket or a chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from models.phrases import capital, said
from scenarios.language.language import Language
from scenarios.language.numbers import UNKNOWN, signed_percent
from scenarios.plan.money import measure, money_of
from scenarios.plan.performance import Performance
from scenarios.plan.plan import Plan, Totals
from scenarios.report.prose.findings import findings, subtitle_of, title_of
from scenarios.report.prose.glossary import METRIC
from scenarios.report.prose.performance import TITLE, findings_of, note_of, plain_table

# What Markdown, or the HTML that it allows, would take for its own.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def markdown(plan: Plan, spoken: Language | None = None) -> str:
    """Findings, allocation and warnings; names stay text whatever they hold."""
    return _Writer(plan, spoken or Language()).text()


class _Writer:
    """Writes a plan in a language."""

    def __init__(self, plan: Plan, spoken: Language) -> None:
        self.plan, self.spoken = plan, spoken

    def text(self) -> str:
        plan, say = self.plan, self._say
        lines = [f"## {say(title_of(plan))}", "", self.spoken.say(subtitle_of(plan)), ""]
        lines += [f"- {say(sentence)}" for sentence in findings(plan)]
        if plan.proposed is not None:
            lines += ["", *self._table(plan.proposed)]
        if plan.periods:
            lines += ["", *self._periods()]
        if plan.performance is not None:
            lines += ["", *self._performance(plan.performance)]
        if plan.warnings:
            warnings = (f"- {say(warning)}" for warning in plan.warnings)
            lines += ["", f"**{say(said('Mind'))}**", "", *warnings]
        history = next((item for item in plan.provenance.inputs if item.role != "scenario"), None)
        if history is not None:
            source = said("From {file} (SHA-256 {hash}).", file=history.file,
                          hash=history.sha256[:12])  # fmt: skip
            lines += ["", say(source)]
        return "\n".join(lines) + "\n"

    def _table(self, proposed: Totals) -> Iterator[str]:
        plan, say = self.plan, self.spoken.say
        money = money_of(plan)
        figures = [
            (key, measure(key, money))
            for key in ("conversions", "revenue", "cpa", "roas")
            if any(getattr(row, key) is not None for row in plan.channels)
        ]
        sides = (money.head(said("Today")), money.head(said("Proposed")))
        titles = [said("Channel"), *sides, said("Change")]
        titles += [show.head(capital(METRIC[key])) for key, show in figures]
        yield _row(map(say, titles))
        yield "|---" + "|--:" * (3 + len(figures)) + "|"

        def line(name: str, before: float | None, after: Any, bold: str = "") -> str:
            change = signed_percent(after.spend / before - 1.0) if before else UNKNOWN
            cells = [money.amount(before), money.amount(after.spend), change]
            cells += [show.bare(getattr(after, key)) for key, show in figures]
            return _row(f"{bold}{cell}{bold}" for cell in (name, *map(say, cells)))

        for row in plan.channels:
            yield line(self._say(row.channel), row.current_spend, row)
        before = plan.current.spend if plan.current else None
        yield line(say(said("Total")), before, proposed, "**")

    def _periods(self) -> Iterator[str]:
        """Proposed spend of every channel in every period."""
        plan, say = self.plan, self.spoken.say
        money = money_of(plan)
        labels = (self._say(period.label) for period in plan.periods)
        yield _row([say(money.head(said("Proposed"))), *labels])
        yield "|---" + "|--:" * len(plan.periods) + "|"
        for number, row in enumerate(plan.channels):
            spends = [money.amount(period.channels[number].spend) for period in plan.periods]
            yield _row([self._say(row.channel), *map(say, spends)])
        totals = (say(money.amount(period.proposed.spend)) for period in plan.periods)
        yield _row(f"**{cell}**" for cell in (say(said("Total")), *totals))
        if any(period.proposed.revenue is not None for period in plan.periods):
            revenues = (money.amount(period.proposed.revenue) for period in plan.periods)
            yield _row([say(money.head(capital(METRIC["revenue"]))), *map(say, revenues)])

    def _performance(self, found: Performance) -> Iterator[str]:
        """How every channel fared before, and what was found, as `budgetopt check` says it."""
        say, (heads, rows) = self._say, plain_table(found, self.spoken, money_of(self.plan))
        yield f"**{say(TITLE)}**"
        yield ""
        yield say(note_of(found))
        yield ""
        yield _row(map(say, heads))
        yield "|---" + "|--:" * (len(heads) - 1) + "|"
        for cells in rows:
            yield _row(map(say, cells))
        for title, lines in findings_of(found, self.spoken):
            yield from ("", say(title), "")
            yield from (f"- {say(line)}" for line in lines)

    def _say(self, text: str) -> str:
        """Text that Markdown does not take for its own marks."""
        return SPECIAL.sub(r"\\\1", self.spoken.say(text)).replace("\n", " ")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
