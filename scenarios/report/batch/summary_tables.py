"""What the summary of many accounts shows, decided once: sentences, and tables of figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from models.phrases import Phrase, joined, said
from scenarios.batch.batch_summary import BatchSummary, Cause, Money, Ranked
from scenarios.batch.one_budget import OneBudget
from scenarios.language.numbers import amount, percent, rate, signed_percent
from scenarios.plan.labels import VERDICTS

Style = Literal["text", "count", "money", "signed_money", "rate", "percent", "signed_percent"]
MEASURES = {
    "conversions": said("conversions"),
    "revenue": said("revenue"),
    "profit": said("profit"),
}


@dataclass(frozen=True)
class Cell:
    """A figure or a text, and how it is written."""

    value: float | str | None
    style: Style = "text"

    @property
    def shown(self) -> str:
        """As people read it."""
        value = self.value
        if isinstance(value, str):
            return value
        if self.style in ("count", "money"):
            return amount(value)
        if self.style == "signed_money":
            return amount(value) if value is None else said("{n:+,.0f}", n=value)
        if self.style == "rate":
            return rate(value)
        return percent(value) if self.style == "percent" else signed_percent(value)


@dataclass(frozen=True)
class SummaryTable:
    """A table; the first column and those of `words` hold words."""

    title: Phrase
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def title_of(found: BatchSummary) -> Phrase:
    """What all of it is."""
    return said("{name}: {n:,} accounts", name=found.name, n=found.accounts)


def sentences(found: BatchSummary) -> Iterator[str]:
    """What came of it, in words."""
    told = [said("{n:,} planned", n=found.planned)]
    if found.infeasible:
        told.append(said("{n:,} with rules that contradict each other", n=found.infeasible))
    if found.failed:
        told.append(said("{n:,} failed", n=found.failed))
    if found.kept:
        told.append(said("{n:,} of all done before", n=found.kept))
    yield joined(", ", told)
    if found.one_budget is not None:
        yield from _division(found.one_budget)


def _division(found: OneBudget) -> Iterator[Phrase]:
    unit = f" {found.currency}" if found.currency else ""
    measure = MEASURES.get(found.measure, found.measure)
    yield said(
        "one budget of {total}{unit} across {n:,} accounts: one more unit of money brings"
        " {price} {measure}",
        total=amount(found.total),
        unit=unit,
        n=found.accounts,
        price=rate(found.price),
        measure=measure,
    )
    for name, price in found.prices.items():
        yield said(
            "in group {name} one more brings {price}, because of its limits",
            name=name,
            price=rate(price),
        )
    if found.spent < found.total:
        rest = amount(found.total - found.spent)
        yield said(
            "{rest}{unit} stay unspent: the limit of all accounts needs that", rest=rest, unit=unit
        )
    yield said(
        "Proof: no division under these rules beats this by more than {gap:.2g} %",
        gap=100 * found.gap,
    )


def tables(found: BatchSummary) -> Iterator[SummaryTable]:
    """Totals, evidence, best and worst, and what has no plan."""
    if found.money:
        yield _totals(found.money)
        yield _evidence(found.money)
    yield from _ranking(said("Gains most"), found.best)
    if found.planned >= 2 * len(found.best):  # of a few, the best are the worst as well
        yield from _ranking(said("Gains least"), found.worst)
    if found.unknown:
        yield SummaryTable(
            said("Most money in channels without usable evidence"),
            (said("account"), said("currency"), said("today's spend"), said("share of all")),
            tuple(
                (
                    Cell(o.account),
                    Cell(o.currency),
                    Cell(o.figure, "money"),
                    Cell(o.share, "percent"),
                )
                for o in found.unknown
            ),
        )
    if found.causes:
        yield SummaryTable(
            said("Without a plan"),
            (said("why"), said("accounts"), said("such as")),
            tuple(_cause(cause) for cause in found.causes),
        )


def _totals(money: tuple[Money, ...]) -> SummaryTable:
    heads = (said("currency"), said("accounts"), said("spend today"), said("proposed"))
    heads += (said("counted"), said("today"), said("proposed"), said("gain"), said("change"))
    rows = []
    for one in money:
        change = one.gain / one.before if one.before else None
        cells = [Cell(one.currency or "-"), Cell(one.accounts, "count"), Cell(one.current, "money")]
        cells += [Cell(one.proposed, "money"), Cell(MEASURES.get(one.measure, one.measure))]
        cells += [Cell(one.before, "money"), Cell(one.after, "money")]
        rows.append((*cells, Cell(one.gain, "signed_money"), Cell(change, "signed_percent")))
    return SummaryTable(said("Totals"), heads, tuple(rows))


def _evidence(money: tuple[Money, ...]) -> SummaryTable:
    rows = []
    for one in money:
        total = sum(one.by_evidence.values())
        shares = [one.by_evidence.get(each, 0.0) / total if total else None for each in VERDICTS]
        rows.append((Cell(one.currency or "-"), *(Cell(share, "percent") for share in shares)))
    heads = (said("currency"), *VERDICTS.values())
    return SummaryTable(said("Today's spend by the evidence of its channels"), heads, tuple(rows))


def _ranking(title: Phrase, ranked: tuple[Ranked, ...]) -> Iterator[SummaryTable]:
    if not ranked:
        return
    heads = (said("account"), said("currency"), said("counted"), said("gain"), said("change"))
    rows = [
        (
            *(Cell(one.account), Cell(one.currency or "-")),
            Cell(MEASURES.get(one.measure, one.measure)),
            *(Cell(one.figure, "signed_money"), Cell(one.share, "signed_percent")),
        )
        for one in ranked
    ]
    yield SummaryTable(title, heads, tuple(rows))


def _cause(cause: Cause) -> tuple[Cell, ...]:
    names = list(cause.accounts)
    more = cause.count - len(names)
    listed = said("{names} and {n:,} more", names=names, n=more) if more else ", ".join(names)
    return Cell(cause.first), Cell(cause.count, "count"), Cell(listed)
