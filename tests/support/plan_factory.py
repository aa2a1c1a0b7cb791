"""Plans whose every figure follows from known curves, without a fit or a solver."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import starmap
from pathlib import Path

import numpy as np

from models.curves.curveset import ChannelCurve, Evidence
from models.curves.families import Hill
from scenarios.answer.breakpoints import plan_curve
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import (
    ChannelPlan,
    Confidence,
    Horizon,
    InputFile,
    Interval,
    PeriodPlan,
    Plan,
    PlanConflict,
    Proof,
    Provenance,
    RuleLine,
    Totals,
)
from scenarios.plan.rounding import as_money, decimals_of
from scenarios.planning import run

Rounding = Callable[[float], float]
NAMES = ("search", "tv", "display", "social", "video", "audio", "affiliates", "email")


def make_plan(
    channels: int = 8,
    periods: int = 0,
    names: Sequence[str] = NAMES,
    seed: int = 1,
    name: str = "december-base",
    currency: str | None = "EUR",
    **changes,
) -> Plan:
    """A plan that moves money to better next units; `changes` replace fields of what comes out."""
    money = partial(as_money, decimals=decimals_of(currency))
    rng = np.random.default_rng(seed)
    labels = [names[i] if i < len(names) else f"channel {i + 1}" for i in range(channels)]
    entries = [_entry(label, rng, i) for i, label in enumerate(labels)]
    days = [31.0] if periods == 0 else [30.0 + (i % 2) for i in range(periods)]
    parts = [_part(entries, d, 1.0 + 0.1 * np.sin(i), rng, money) for i, d in enumerate(days)]
    used = {
        entry.channel: [
            x / row.fit_periods
            for part in parts
            for row in part
            if row.channel == entry.channel
            for x in (row.current_spend or 0.0, row.spend)
        ]
        for entry in entries
    }
    whole = parts[0] if periods == 0 else list(starmap(_summed, zip(*parts, strict=True)))
    current, proposed = _totals(whole, "current_"), _totals(whole, "")
    assert current.revenue is not None
    assert proposed.revenue is not None
    plan = Plan(
        status="optimal",
        scenario={"name": name, "budget": {"min": proposed.spend, "max": proposed.spend},
                  "objective": "revenue", "current": "last 28 days",
                  "channels": {labels[0]: {"max_cpa": 45.0}}},
        currency=currency,
        period=Horizon(start="2026-12-01", end="2026-12-31", days=sum(days)),
        current=current,
        proposed=proposed,
        channels=tuple(whole),
        periods=tuple(_period(i, days[i], part) for i, part in enumerate(parts)) if periods else (),
        rules=_rules(whole),
        certificate=Proof(objective="revenue", value=proposed.revenue,
                          bound=proposed.revenue * 1.00008, gap=0.00008, solver="HiGHS",
                          iterations=4, binaries=1),
        confidence=Confidence(draws=20, beats_current=0.95, uplift=(-1000.0, 21000.0, 48000.0)),
        curves={e.channel: plan_curve(e, used[e.channel]) for e in entries},
        warnings=("email is held at its current spend: its history is too short (9 weeks)",),
        provenance=Provenance(
            version="0.1.0",
            inputs=(InputFile(role="scenario", file="december.yaml", sha256="5" * 64),
                    InputFile(role="history", file="history.csv", sha256="a" * 64)),
            versions={"python": "3.11.7", "highspy": "1.13.0"}, seed=0, rows=5824,
            first_date="2024-11-25", last_date="2026-11-22",
        ),
    )  # fmt: skip
    return plan.model_copy(update=changes)


def _entry(label: str, rng: np.random.Generator, i: int) -> ChannelCurve:
    curve = Hill(rng.uniform(200, 900), rng.uniform(4000, 20000), (0.8, 1.0, 1.8)[i % 3])
    draws = [Hill(curve.ceiling * a, curve.half_saturation * b, curve.slope)
             for a, b in rng.lognormal(0, 0.15, (20, 2))]  # fmt: skip
    spend = round(rng.uniform(0.2, 1.0) * curve.half_saturation, 2)
    return ChannelCurve(
        label, curve, value_per_conversion=round(rng.uniform(60, 120), 2), margin=0.45,
        current_spend=spend, max_observed_spend=round(1.3 * spend, 2), draws=tuple(draws),
        evidence=Evidence("weak", ("spend hardly varied",)) if i % 7 == 6 else Evidence(),
    )  # fmt: skip


def _part(
    entries, days: float, season: float, rng: np.random.Generator, money: Rounding
) -> list[ChannelPlan]:
    n = days / 7
    today = [money((e.current_spend or 0.0) * n) for e in entries]
    worth = [float(e.curve.marginal(x / n)) * (e.value_per_conversion or 0.0)
             for e, x in zip(entries, today, strict=True)]  # fmt: skip
    # Towards the channels whose next unit of money brings most, unevenly.
    wish = np.array(today) * np.clip(np.sqrt(worth) * rng.uniform(0.6, 0.9, len(worth)), 0.5, 1.5)
    spends = [money(float(x)) for x in wish * sum(today) / wish.sum()]
    spends[-1] = money(spends[-1] + sum(today) - sum(spends))
    return [
        _row(entry, now, spend, n, season, money)
        for entry, now, spend in zip(entries, today, spends, strict=True)
    ]


def _row(
    entry: ChannelCurve, now: float, spend: float, n: float, season: float, money: Rounding
) -> ChannelPlan:
    worth, margin = entry.value_per_conversion or 0.0, entry.margin or 0.0
    before, after = (n * season * float(entry.curve.response(x / n)) for x in (now, spend))
    earned_before, earned = (money(conversions * worth) for conversions in (before, after))
    before, after = round(before, 4), round(after, 4)
    slope = season * float(entry.curve.marginal(spend / n))
    drawn = [n * season * float(draw.response(spend / n)) for draw in entry.draws]
    low, high = (float(q) for q in np.quantile(drawn, (0.05, 0.95)))
    return ChannelPlan(
        channel=entry.channel, current_spend=now, spend=spend, change=spend / now - 1,
        current_conversions=before, conversions=after,
        current_revenue=earned_before, revenue=earned,
        current_profit=money(margin * earned_before - now),
        profit=money(margin * earned - spend),
        cpa=spend / after, roas=earned / spend,
        marginal_cpa=1 / slope, marginal_roas=slope * worth,
        min_spend=round(0.5 * now, 2), max_spend=round(1.5 * now, 2),
        binding=("defaults.change",) if spend > 1.2 * now else (),
        evidence=entry.evidence.verdict, reasons=entry.evidence.reasons,
        is_extrapolated=spend / n > (entry.max_observed_spend or 0.0),
        interval=Interval(conversions=(low, high), revenue=(low * worth, high * worth)),
        margin=margin, fit_periods=n, season=season,
    )  # fmt: skip


def _summed(*rows: ChannelPlan) -> ChannelPlan:
    """A channel over all periods."""
    keys = [prefix + key for key in ("spend", "conversions", "revenue", "profit")
            for prefix in ("current_", "")] + ["min_spend", "max_spend", "fit_periods"]  # fmt: skip
    total = {key: round(sum(getattr(row, key) for row in rows), 4) for key in keys}
    ratios = {
        "change": total["spend"] / total["current_spend"] - 1,
        "cpa": total["spend"] / total["conversions"],
        "roas": total["revenue"] / total["spend"],
    }
    return rows[0].model_copy(
        update={**total, **ratios, "interval": None, "marginal_cpa": None, "marginal_roas": None}
    )


def _totals(rows: Sequence[ChannelPlan], prefix: str) -> Totals:
    keys = ("spend", "conversions", "revenue", "profit")
    total = {key: sum(getattr(row, prefix + key) for row in rows) for key in keys}
    total = {key: round(value, 4 if key == "conversions" else 2) for key, value in total.items()}
    return Totals(
        **total, cpa=total["spend"] / total["conversions"], roas=total["revenue"] / total["spend"]
    )


def _period(i: int, days: float, rows: list[ChannelPlan]) -> PeriodPlan:
    return PeriodPlan(
        label=f"2027-{i + 1:02d}", days=days, current=_totals(rows, "current_"),
        proposed=_totals(rows, ""), channels=tuple(rows),
    )  # fmt: skip


def _rules(rows: Sequence[ChannelPlan]) -> tuple[RuleLine, ...]:
    first, total = rows[0], sum(row.spend for row in rows)
    return (
        RuleLine(rule="budget", kind="budget", limit=total, value=total, slack=0.0,
                 is_binding=True, shadow_price=2.31),
        RuleLine(rule=f"channels.{first.channel}.max_cpa", kind="max_cpa", limit=45.0,
                 value=first.cpa, slack=45.0 - (first.cpa or 0.0), shadow_price=0.0, cost=0.0),
        RuleLine(rule="defaults.change", kind="change_to", limit=0.5, value=0.4, slack=0.1,
                 is_binding=True, shadow_price=-0.4, cost=1234.5),
    )  # fmt: skip


def without_today(plan: Plan) -> Plan:
    """The plan of channels of which nobody knows what is spent today."""
    keys = ("current_spend", "current_conversions", "current_revenue", "current_profit", "change")
    gone = dict.fromkeys(keys)
    rows = tuple(row.model_copy(update={**gone}) for row in plan.channels)
    return plan.model_copy(update={"current": None, "channels": rows, "confidence": None})


def with_idle_channel(plan: Plan) -> Plan:
    """The plan with one more channel, on which nothing is spent today or proposed."""
    idle = ChannelPlan(
        channel="x" * 300, current_spend=0.0, spend=0.0, current_conversions=0.0, conversions=0.0,
        current_revenue=0.0, revenue=0.0, current_profit=0.0, profit=0.0, margin=0.45,
        fit_periods=plan.channels[0].fit_periods,
    )  # fmt: skip
    curve = plan_curve(ChannelCurve(idle.channel, Hill(10, 100), value_per_conversion=9.0), [0.0])
    curves = {**plan.curves, idle.channel: curve}
    return plan.model_copy(update={"channels": (*plan.channels, idle), "curves": curves})


def infeasible(name: str = "wish") -> Plan:
    """A plan that does not exist."""
    return Plan(
        status="infeasible",
        scenario={"name": name},
        period=Horizon(days=28),
        conflict=PlanConflict(rules=("budget",), message="the minimums add up to 132,000"),
    )


CURVES = """{"schema": "budgetopt/curves/1", "period_days": 7, "currency": "EUR", "channels": {
 "search": {"family": "hill", "parameters": {"ceiling": 900, "half_saturation": 9000, "slope": 0.9},
            "value_per_conversion": 80.5, "margin": 0.45, "current_spend": 8000.4,
            "max_observed_spend": 15000},
 "tv": {"family": "hill", "parameters": {"ceiling": 500, "half_saturation": 7000, "slope": 1.6},
        "value_per_conversion": 95, "margin": 0.35, "current_spend": 6000.33},
 "email": {"family": "logarithmic", "parameters": {"coefficient": 90, "scale": 300},
           "value_per_conversion": 61.7, "margin": 0.5, "current_spend": 1234.56}}}
"""


def solved_plan(folder: Path) -> Plan:
    """A plan that the optimiser found, for a horizon that is no whole number of weeks."""
    (folder / "curves.json").write_text(CURVES)
    (folder / "plan.yaml").write_text(
        "curves: curves.json\nperiod: {start: 2026-12-01, end: 2026-12-31}\nbudget: +7%\n"
        "defaults: {change: [-40%, +40%]}\n"
    )
    return run(Scenario.load(folder / "plan.yaml"))


def plan_in(folder: Path, currency: str, factor: float) -> Plan:
    """The same plan where all money is so many times as much."""
    curves = json.loads(CURVES) | {"currency": currency}
    for entry in curves["channels"].values():
        for name in ("half_saturation", "scale"):
            if name in entry["parameters"]:
                entry["parameters"][name] *= factor
        for name in ("value_per_conversion", "current_spend", "max_observed_spend"):
            if name in entry:
                entry[name] *= factor
    (folder / "curves.json").write_text(json.dumps(curves))
    (folder / "plan.yaml").write_text(
        "curves: curves.json\nname: money\nperiod: {days: 28}\nbudget: +7%\n"
        f"portfolio: {{max_cpa: {60 * factor!r}}}\ndefaults: {{change: [-40%, +40%]}}\n"
    )
    return run(Scenario.load(folder / "plan.yaml"))


def solved_quarter(folder: Path) -> Plan:
    """A plan of three months that the optimiser found: carry-over, days off, a month's budget."""
    curves = json.loads(CURVES)
    for number, entry in enumerate(curves["channels"].values()):
        entry["carry_over"] = (0.0, 0.6, 0.35)[number]
    (folder / "curves.json").write_text(json.dumps(curves))
    (folder / "quarter.yaml").write_text(
        "curves: curves.json\nname: quarter\nperiod: {start: 2027-01-01, end: 2027-03-24}\n"
        "budget: +7%\ndefaults: {change: [-40%, +40%]}\n"
        "periods:\n  by: month\n  budgets: {2027-02: {min: 50000, max: 70000}}\n"
        "events:\n"
        "  - {name: sale, start: 2027-01-11, end: 2027-01-17, lift: +30%, channels: [search]}\n"
        "  - {start: 2027-02-01, end: 2027-02-28, off: true, channels: [search]}\n"
        "  - {start: 2027-03-01, end: 2027-03-07, off: true, channels: [tv]}\n"
    )
    return run(Scenario.load(folder / "quarter.yaml"))
