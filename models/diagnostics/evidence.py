"""Whether a channel's history can carry a decision: verdicts in plain words with numbers.

Judging too early is the commonest mistake in this trade. What cannot be judged is held by the
optimiser, so a verdict errs on the side of holding: the thresholds below are what it takes for
the slope of a curve, not merely for an average.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import elasticities
from models.curves.curveset import Evidence, Verdict
from models.diagnostics.unit_breaks import unit_breaks
from models.history.history import History
from models.phrases import Phrase, said
from models.transforms.adstock import geometric
from models.transforms.design_matrix import build

if TYPE_CHECKING:
    from models.curves.families import Curve

Array = NDArray[np.floating]
Reason = tuple[Verdict, str]

# (unusable below, weak below)
WEEKS = (26, 52)
ACTIVE_WEEKS = (13, 26)
CONVERSIONS = (150, 500)
VARIATION = (0.05, 0.12)  # standard deviation of spend over its mean
RELATION = (2.5, 4.0)  # standard errors by which conversions rise with spend
RELATION_TOGETHER = 5.0  # of all channels: twice what slow errors show where nothing is real
DECAYS = (0.0, 0.3, 0.6)
# A straight line has elasticity 1 everywhere, which a fit's prior (0.15 to 0.85) draws down: where
# more than 0.85 cannot be excluded at the highest observed spend, no saturation was seen.
UNSATURATED, EXCLUDED = 0.85, 0.99
VAGUE_SHAPE = 0.6  # width of the elasticity's 90 % interval
VAGUE_DECAY = 0.6


def assess(history: History, told_together: bool | None = None) -> dict[str, Evidence]:
    """Each channel's verdict from the history alone, before any curve is fitted.

    Parameters
    ----------
    told_together : all channels together are known to move the KPI: one that shows no relation of
        its own is then weak, the first to take money from, and not beyond judgement. None: as the
        channels' own relations say together (their sum over its standard deviation where none of
        them is real, the square root of their number: Stouffer 1949); of a mix only a fit knows
        (`models.mix_fit.identifiability`)
    """
    signals = _relations(history)
    if told_together is None:
        together = sum(signals.values()) / math.sqrt(len(signals))
        told_together = history.shape == "tidy" and together >= RELATION_TOGETHER
    at_worst: Verdict = "weak" if told_together else "unusable"
    verdicts = {
        name: _assess_channel(history, name, signals[name], at_worst) for name in history.channels
    }
    for found in unit_breaks(history):  # a curve through two units is a curve of neither
        verdict = verdicts[found.channel]
        verdicts[found.channel] = lowered(verdict, [("unusable", found.reason)])
    return verdicts


def combine(reasons: Iterable[Reason]) -> Evidence:
    """The worst verdict of several, with every reason, the worst first."""
    found = list(reasons)
    worst_first = [why for level in ("unusable", "weak") for v, why in found if v == level]
    verdicts = {v for v, _ in found}
    verdict: Verdict = (
        "unusable" if "unusable" in verdicts else "weak" if "weak" in verdicts else "usable"
    )
    return Evidence(verdict, tuple(worst_first))


def lowered(evidence: Evidence, reasons: Iterable[Reason]) -> Evidence:
    """The same evidence with further reasons against it."""
    known: list[Reason] = [(evidence.verdict, why) for why in evidence.reasons]
    return replace(combine(known + list(reasons)), within_observed=evidence.within_observed)


def _grade(value: float, limits: tuple[float, float]) -> Verdict:
    return "unusable" if value < limits[0] else "weak" if value < limits[1] else "usable"


def _assess_channel(
    history: History, name: str, signal: float, unrelated: Verdict = "unusable"
) -> Evidence:
    """What speaks against one channel.

    Parameters
    ----------
    signal : standard errors by which the response follows spend
    unrelated : the verdict where it does not
    """
    spend = history.spend[name].to_numpy(dtype=float)
    days = history.period_days
    total = None
    if history.shape == "tidy" and history.kpi == "conversions":
        total = float(history.metrics["conversions"][name].to_numpy().sum())
    checks = [
        _enough_time(len(spend) * days),
        _enough_activity(int((spend > 0).sum()) * days),
        _enough_conversions(total),
        _enough_variation(_variation(spend, days)),
        _enough_points(len(spend), days),
    ]
    # Where spend hardly moved or nothing was there to count, a missing relation says nothing new.
    if all(verdict != "unusable" for verdict, _ in checks):
        verdict, words = _enough_relation(signal, history.kpi_words)
        checks.append((unrelated if verdict == "unusable" else verdict, words))
    return combine(check for check in checks if check[0] != "usable")


def _enough_time(days: int) -> Reason:
    verdict = _grade(days / 7, WEEKS)
    least, full = WEEKS
    if verdict == "unusable":
        words = said(
            "too early to judge: {length} of history; {least} weeks are the least, {full} show a "
            "full year",
            length=_length(days),
            least=least,
            full=full,
        )
    else:
        words = said(
            "less than a year of history: {length}, so that a season may be taken for spend",
            length=_length(days),
        )
    return verdict, words


def _enough_points(periods: int, days: int) -> Reason:
    if days <= 7:
        return "usable", ""
    return "weak", said(
        "by month: {n} points tell spend from season and trend only roughly; weeks or days would "
        "tell more",
        n=periods,
    )


def _enough_activity(days: int) -> Reason:
    verdict = _grade(days / 7, ACTIVE_WEEKS)
    least, enough = ACTIVE_WEEKS
    if verdict == "unusable":
        words = said(
            "money was spent in {length} only; {least} weeks are the least",
            length=_length(days),
            least=least,
        )
    else:
        words = said(
            "money was spent in {length} only; {enough} weeks make a curve usable",
            length=_length(days),
            enough=enough,
        )
    return verdict, words


def _enough_conversions(total: float | None) -> Reason:
    if total is None:
        return "usable", ""
    verdict = _grade(total, CONVERSIONS)
    least, enough = CONVERSIONS
    if verdict == "unusable":
        words = said(
            "too few conversions: {total:,.0f} in all; {least} are the least, {enough} for a "
            "usable curve",
            total=total,
            least=least,
            enough=enough,
        )
    else:
        words = said(
            "few conversions: {total:,.0f} in all; {enough} make a curve usable",
            total=total,
            enough=enough,
        )
    return verdict, words


def _enough_variation(variation: float) -> Reason:
    verdict = _grade(variation, VARIATION)
    least, enough = VARIATION
    if verdict == "unusable":
        words = said(
            "spend hardly varied: by {variation:.1%} around its mean; a curve needs {least:.0%}, "
            "better {enough:.0%}",
            variation=variation,
            least=least,
            enough=enough,
        )
    else:
        words = said(
            "spend varied little: by {variation:.1%} around its mean; {enough:.0%} make a curve "
            "usable",
            variation=variation,
            enough=enough,
        )
    return verdict, words


def _enough_relation(signal: float, kpi: Phrase) -> Reason:
    verdict = _grade(signal, RELATION)
    if verdict == "unusable":
        words = said(
            "{kpi} and spend show no relation beyond season and trend ({signal:.1f} standard "
            "errors; {least:.1f} are the least)",
            kpi=kpi,
            signal=signal,
            least=RELATION[0],
        )
    else:
        words = said(
            "{kpi} and spend are related only faintly ({signal:.1f} standard errors)",
            kpi=kpi,
            signal=signal,
        )
    return verdict, words


def _length(days: int) -> Phrase:
    weeks, rest = divmod(days, 7)
    if rest or weeks < 9:
        return said("{n} days", n=days)
    return said("{n} weeks", n=weeks)


def _weekly(values: Array, days: int) -> Array:
    """Sums over whole weeks counted from the end; weekly and monthly values as they are."""
    step = max(1, 7 // days)
    whole = len(values) // step * step
    return values[len(values) - whole :].reshape(whole // step, step, *values.shape[1:]).sum(axis=1)


def _variation(spend: Array, days: int) -> float:
    weekly = _weekly(spend, days) if len(spend) * days >= 14 else spend
    return float(weekly.std() / weekly.mean()) if weekly.mean() > 0 else 0.0


def _relations(history: History) -> dict[str, float]:
    """Standard errors by which each channel's spend lifts its response, trend and season removed.

    Ordinary least squares on weekly sums, the response scaled by its mean and the spend as the
    square root of what carries over (concave, and defined at zero); the best of three decays.
    """
    import pandas as pd

    days = history.period_days
    spend = _weekly(history.spend.to_numpy(dtype=float), days)
    if len(spend) < 8:
        return dict.fromkeys(history.channels, 0.0)
    step = max(1, 7 // days)
    firsts = history.dates[len(history.dates) - len(spend) * step :: step]
    weeks = pd.DataFrame(spend, index=firsts, columns=list(history.channels))
    controls = pd.DataFrame(
        _weekly(history.controls.to_numpy(dtype=float), days),
        index=firsts,
        columns=history.controls.columns,
    )
    design = build(History("tidy", max(7, days), weeks, {}, controls))
    nuisance = np.column_stack([np.ones(len(spend)), design.covariates])
    panel = history.metrics[history.kpi]
    results = {}
    for column, name in enumerate(history.channels):
        response = panel[name if history.shape == "tidy" else "total"].to_numpy(dtype=float)
        others = nuisance
        if history.shape == "mix":
            rest = np.delete(spend, column, axis=1)
            others = np.column_stack([nuisance, np.sqrt(geometric(rest, 0.3))])
        results[name] = max(
            _signal(_weekly(response, days), np.sqrt(geometric(spend[:, column], decay)), others)
            for decay in DECAYS
        )
    return results


def _signal(response: Array, spend: Array, others: Array) -> float:
    """t statistic of `spend` in a regression on itself and `others`; 0 where it cannot be had."""
    freedom = len(response) - others.shape[1] - 1
    if freedom < 4 or response.std() == 0:
        return 0.0
    basis, _ = np.linalg.qr(others)
    spend, response = (v - basis @ (basis.T @ v) for v in (spend, response))
    moved = spend @ spend
    if moved <= 1e-12:
        return 0.0
    slope = spend @ response / moved
    left = response - slope * spend
    return float(slope / np.sqrt(left @ left / freedom / moved))


def refine(
    evidence: Evidence, draws: Sequence[Curve], decays: Array, today: float, observed: float
) -> Evidence:
    """The verdict after the fit: what the curve itself leaves open.

    Parameters
    ----------
    draws, decays : equally likely curves and the carry-over that goes with each
    today, observed : current and highest observed spend per period, money
    """
    if not draws or evidence.verdict == "unusable":
        return evidence
    at_most = elasticities(draws, observed)
    at_today = elasticities(draws, today) if today else at_most
    reasons: list[Reason] = []
    unsaturated = bool(np.quantile(at_most, EXCLUDED) > UNSATURATED)
    if unsaturated:
        words = said(
            "no saturation seen up to {observed:,.0f} per period: more is a guess",
            observed=observed,
        )
        reasons.append(("weak", words))
    low, high = np.quantile(at_today, [0.05, 0.95])
    if high - low > VAGUE_SHAPE:
        words = said(
            "shape not identified: 10 % more spend brings {low:.1%} to {high:.1%} more",
            low=0.1 * low,
            high=0.1 * high,
        )
        reasons.append(("weak", words))
    low, high = np.quantile(decays, [0.05, 0.95])
    if high - low > VAGUE_DECAY:
        words = said(
            "carry-over not identified: between {low:.0%} and {high:.0%}", low=low, high=high
        )
        reasons.append(("weak", words))
    return lowered(replace(evidence, within_observed=unsaturated), reasons)
