"""Many accounts on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scenarios.batch.batch_summary import BatchSummary, Money, Ranked
from scenarios.language.numbers import amount, percent
from scenarios.plan.labels import VERDICTS
from scenarios.report.terminal.table_style import plain_table

if TYPE_CHECKING:
    from rich.table import Table


def batch_report(found: BatchSummary) -> list[Any]:
    """What came of all accounts, for rich to print."""
    from rich.text import Text

    parts: list[Any] = [Text(_headline(found), style="bold")]
    if found.money:
        parts += [_totals(found.money), _evidence(found.money)]
    lists = (
        ("Gains most", found.best),
        ("Gains least", found.worst if found.planned > len(found.best) else ()),
        ("Most money in channels without usable evidence", found.unknown),
    )
    for title, ranked in lists:
        if ranked:
            parts += [Text(title, style="bold"), _ranking(ranked)]
    parts += _faults(found)
    return parts


def _headline(found: BatchSummary) -> str:
    told = [f"{found.planned:,} planned"]
    told += (
        [f"{found.infeasible:,} with rules that contradict each other"] if found.infeasible else []
    )
    told += [f"{found.failed:,} failed"] if found.failed else []
    told += [f"{found.kept:,} of them done before"] if found.kept else []
    return f"{found.name}: {found.accounts:,} accounts, {', '.join(told)}"


def _totals(money: tuple[Money, ...]) -> Table:
    table = plain_table("money", least=5)
    for title in ("accounts", "today", "proposed", "counted", "today", "proposed", "gain"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in money:
        cells = [f"{one.accounts:,}", amount(one.current), amount(one.proposed), one.measure]
        cells += [amount(one.before), amount(one.after), _signed(one.gain, one.before)]
        table.add_row(one.currency or "-", *cells)
    return table


def _signed(gain: float, before: float) -> str:
    share = f" ({gain / before:+.1%})".replace("%", " %") if before else ""
    return f"{gain:+,.0f}{share}"


def _evidence(money: tuple[Money, ...]) -> Table:
    table = plain_table("today's money by evidence", least=5)
    for verdict in VERDICTS:
        table.add_column(str(VERDICTS[verdict]), justify="right", no_wrap=True)
    for one in money:
        total = sum(one.by_evidence.values())
        shares = [
            one.by_evidence.get(verdict, 0.0) / total if total else None for verdict in VERDICTS
        ]
        table.add_row(one.currency or "-", *(percent(share, 0) for share in shares))
    return table


def _ranking(ranked: tuple[Ranked, ...]) -> Table:
    from rich.text import Text

    table = plain_table("account")
    counted = ranked[0].measure
    for title in (counted or "spend", "share of all" if not counted else "change"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in ranked:
        unit = f" {one.currency}" if one.currency and one.measure != "conversions" else ""
        figure = f"{one.figure:+,.0f}{unit}" if counted else f"{amount(one.figure)}{unit}"
        share = percent(one.share, 0) if not counted else _share(one.share)
        table.add_row(Text(one.account), figure, share)
    return table


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:+.1%}".replace("%", " %")


def _faults(found: BatchSummary) -> Iterator[Any]:
    from rich.text import Text

    if not found.causes:
        return
    yield Text("Without a plan", style="bold")
    for cause in found.causes:
        names = ", ".join(cause.accounts)
        more = (
            f" and {cause.count - len(cause.accounts):,} more"
            if cause.count > len(cause.accounts)
            else ""
        )
        yield Text(f"  {cause.count:,}: {names}{more}")
        yield Text(f"    {cause.first}")
