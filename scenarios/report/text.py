"""The plan as Markdown, for a ticket or a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scenarios.language import Language
from scenarios.performance import Performance
from scenarios.plan import ChannelPlan, Plan
from scenarios.report.numbers import amount, rate, signed_percent
from scenarios.report.performance import ENGLISH, TITLE, findings_of, note_of, plain_table
from scenarios.report.words import findings, period_name

# What Markdown, or the HTML that it allows, would take for its own.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def markdown(plan: Plan) -> str:
    """Findings, allocation and warnings; names stay text whatever they hold."""
    currency = f", amounts in {plan.currency}" if plan.currency else ""
    lines = [f"## {_text(plan.name)}: recommended budget", "", period_name(plan) + currency, ""]
    lines += [f"- {_text(sentence)}" for sentence in findings(plan)]
    if plan.proposed is not None:
        lines += ["", *_table(plan)]
    if plan.periods:
        lines += ["", *_periods(plan)]
    if plan.performance is not None:
        lines += ["", *_performance(plan.performance)]
    if plan.warnings:
        lines += ["", "**Mind**", "", *(f"- {_text(warning)}" for warning in plan.warnings)]
    history = next((item for item in plan.provenance.inputs if item.role != "scenario"), None)
    if history is not None:
        lines += ["", f"From {_text(history.file)} (SHA-256 {history.sha256[:12]})."]
    return "\n".join(lines) + "\n"


def _table(plan: Plan) -> Iterator[str]:
    figures = [
        (key, title, show)
        for key, title, show in (
            ("conversions", "Conversions", amount),
            ("revenue", "Revenue", amount),
            ("cpa", "CPA", rate),
            ("roas", "ROAS", rate),
        )
        if any(getattr(row, key) is not None for row in plan.channels)
    ]
    yield _row(["Channel", "Today", "Proposed", "Change", *(title for _, title, _ in figures)])
    yield "|---" + "|--:" * (3 + len(figures)) + "|"

    def line(name: str, before: float | None, after, bold: str = "") -> str:
        change = signed_percent(after.spend / before - 1.0) if before else "-"
        cells = [amount(before), amount(after.spend), change]
        cells += [show(getattr(after, key)) for key, _, show in figures]
        return _row([f"{bold}{cell}{bold}" for cell in (name, *cells)])

    rows: Sequence[ChannelPlan] = plan.channels
    for row in rows:
        yield line(_text(row.channel), row.current_spend, row)
    yield line("Total", plan.current.spend if plan.current else None, plan.proposed, "**")


def _periods(plan: Plan) -> Iterator[str]:
    """Proposed spend of every channel in every period."""
    yield _row(["Proposed", *(_text(period.label) for period in plan.periods)])
    yield "|---" + "|--:" * len(plan.periods) + "|"
    for number, row in enumerate(plan.channels):
        spends = [amount(period.channels[number].spend) for period in plan.periods]
        yield _row([_text(row.channel), *spends])
    yield _row(["**Total**", *(f"**{amount(p.proposed.spend)}**" for p in plan.periods)])
    if any(period.proposed.revenue is not None for period in plan.periods):
        yield _row(["Revenue", *(amount(period.proposed.revenue) for period in plan.periods)])


def _performance(found: Performance, spoken: Language = ENGLISH) -> Iterator[str]:
    """How every channel fared before, and what was found, as `budgetopt check` says it."""
    yield f"**{spoken.say(TITLE)}**"
    yield ""
    yield _text(spoken.say(note_of(found)))
    yield ""
    heads, rows = plain_table(found, spoken)
    yield _row(heads)
    yield "|---" + "|--:" * (len(heads) - 1) + "|"
    for cells in rows:
        yield _row([_text(cell) for cell in cells])
    for title, lines in findings_of(found, spoken):
        yield ""
        yield title
        yield ""
        yield from (f"- {_text(line)}" for line in lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text).replace("\n", " ")
