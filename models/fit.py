"""From a history to its response curves.

Every channel of a tidy history is fitted by weighted non-linear least squares (see
`models.leastsquares`) with weak priors: elasticity at the mean spend between 0.15 and 0.85,
carry-over mostly below a half per week, trend within +-20 % a year, season within +-15 % per
wave. The season is then shared: each channel's is drawn towards the mean of all, as far as they
agree. A fitted curve is that of an average season at the level of the history's end.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models import evidence
from models.curvefile import sealed
from models.curves import Curve, Linear
from models.curveset import ChannelCurve, CurveSet
from models.design import build
from models.engine import Fitted, curve_parameters, fit_together
from models.errors import Fault, HistoryError
from models.history import History
from models.leastsquares import decay_of, split
from models.shapes import SHAPES

Array = NDArray[np.floating]
RECENT_DAYS = 28  # what "today" means


def fit_curves(history: History, families: str = "auto") -> CurveSet:
    """One response curve per channel.

    Parameters
    ----------
    history : tidy, daily or weekly
    families : "auto", or the name of a shape of `models.shapes` for all channels

    Raises
    ------
    HistoryError : a channel never spent anything
    """
    silent = [name for name in history.channels if not history.spend[name].to_numpy().any()]
    if silent:
        raise HistoryError(
            Fault(f"channel {name}", "never spent anything", "Leave it out of the history.")
            for name in silent
        )
    design = build(history)
    rivals = [SHAPES[name] for name in _rivals(families)]
    fits = [fit_together(shape, history, design) for shape in rivals]
    costs = np.stack([fitted.solution.cost for fitted in fits])
    best = costs.argmin(axis=0)
    verdicts = evidence.assess(history)
    entries = [
        _entry(history, name, fits[best[row]], row, verdicts[name])
        for row, name in enumerate(history.channels)
    ]
    curves = CurveSet(
        tuple(entries),
        history.period_days,
        history.currency,
        history.kpi,
        _provenance(history),
        history.notices,
    )
    return sealed(curves)


def _rivals(families: str) -> tuple[str, ...]:
    return ("exponential", "hill_concave") if families == "auto" else (families,)


def _entry(
    history: History, name: str, fitted: Fitted, row: int, verdict: evidence.Evidence
) -> ChannelCurve:
    theta = fitted.solution.theta[row : row + 1]
    values, factors = curve_parameters(fitted, theta, row)
    spend = history.spend[name].to_numpy(dtype=float)
    response = history.metrics[history.kpi][name].to_numpy(dtype=float)
    curve: Curve = fitted.shape.family(*rounded(values[0]))
    if not response.any():
        # Nothing came back: half a conversion in all is as good a guess as any, and it is held.
        curve = Linear(0.5 / spend.sum())
    decay = decay_of(split(fitted.shape, theta)[2])
    return ChannelCurve(
        name,
        curve,
        carry_over=rounded(decay)[0],
        value_per_conversion=_value(history, name),
        current_spend=recent_spend(spend, history.period_days),
        max_observed_spend=highest_spend(spend, history.period_days),
        evidence=verdict,
        season=tuple(rounded(factors[0])) if fitted.design.harmonics else (),
        fit=_diagnostics(fitted, row),
    )


def rounded(values: Iterable[float]) -> list[float]:
    """To seven digits: more would be noise, and a curves file holds exactly what a fit returned."""
    return [float(f"{value:.7g}") for value in values]


def _value(history: History, name: str) -> float | None:
    """Revenue per conversion over the whole history; 1 where revenue itself is counted."""
    if history.kpi == "revenue":
        return 1.0
    if "revenue" not in history.metrics:
        return None
    conversions = history.metrics["conversions"][name].to_numpy(dtype=float).sum()
    revenue = history.metrics["revenue"][name].to_numpy(dtype=float).sum()
    return rounded([revenue / conversions])[0] if conversions else None


def recent_spend(spend: Array, period_days: int) -> float:
    """Mean spend per period over the last 28 days, money."""
    return round(float(spend[-max(RECENT_DAYS // period_days, 1) :].mean()), 4)


def highest_spend(spend: Array, period_days: int) -> float:
    """Highest mean spend per period over four consecutive weeks, money."""
    window = min(RECENT_DAYS // period_days, len(spend))
    sums = np.concatenate([[0.0], np.cumsum(spend)])
    return round(float((sums[window:] - sums[:-window]).max() / window), 4)


def _diagnostics(fitted: Fitted, row: int) -> dict:
    expected, response = fitted.solution.expected[row], fitted.series.response[row]
    total = np.abs(response - response.mean()).sum()
    error = np.abs(response - expected).sum()
    return {
        "family": fitted.shape.name,
        "periods": len(response),
        "error": round(float(error / max(response.sum(), 1e-9)), 4),
        "explained": round(float(1.0 - error / total), 4) if total > 0 else 0.0,
    }


def _provenance(history: History) -> dict:
    source = history.source
    return {
        "history": source.file,
        "history_sha256": source.sha256,
        "rows": source.rows,
        "first_date": str(history.dates[0])[:10],
        "last_date": str(history.dates[-1])[:10],
    }
