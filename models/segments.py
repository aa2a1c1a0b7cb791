"""Segments of one history (geos, brands, campaigns) fitted side by side.

Each segment gets curves of its own, and none stands alone: what one segment's history cannot tell
is taken from the others, so that a short or small one is judged with the strength of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.curveset import CurveSet, Evidence, Verdict
from models.errors import Fault, HistoryError
from models.history import History
from models.mix import curves_of, fit_all, refuse_hopeless
from models.mix_check import hold_out
from models.mix_evidence import mix_evidence
from models.mix_fit import JointFit
from models.options import FitOptions
from models.wording import said

SEPARATOR = " / "  # between segment and channel, where both make one name
# Pooled effect over its standard deviation; nothing but the prior gives about 1.3.
POOLED = (2.0, 3.5)  # unusable below, weak below


def fit_segments(
    histories: Mapping[str, History], options: FitOptions | None = None, check: bool = True
) -> dict[str, CurveSet]:
    """Curves for each segment, by its name.

    Parameters
    ----------
    histories : mix shape, one per segment, of one grain and one KPI; they may differ in length
        and in channels
    options, check : as in `models.mix.fit_mix`

    Raises
    ------
    HistoryError : where a segment cannot be fitted, or the segments do not go together
    """
    options = options or FitOptions()
    _refuse_mismatch(histories)
    options.check(tuple({name for one in histories.values() for name in one.channels}))
    refuse_hopeless(histories.values())
    fit = fit_all(histories.values(), options)
    holdout = hold_out(list(histories.values()), options) if check else None
    pooled: dict[str, Verdict] = {name: _pooled_verdict(fit, name) for name in fit.channels}
    curves = {}
    for number, (name, history) in enumerate(histories.items()):
        verdicts = {
            channel: _borrowing(own, pooled[channel], len(histories) - 1)
            for channel, own in mix_evidence(fit, number).items()
        }
        curves[name] = curves_of(fit, number, history, options, verdicts, holdout)
    return curves


def joined(segments: Mapping[str, CurveSet]) -> CurveSet:
    """All segments' curves as one set, each channel called ``segment / channel``."""
    first = next(iter(segments.values()))
    channels = tuple(
        replace(entry, channel=f"{name}{SEPARATOR}{entry.channel}")
        for name, curves in segments.items()
        for entry in curves
    )
    notices = tuple(
        said("{segment}: {notice}", segment=name, notice=notice)
        for name, curves in segments.items()
        for notice in curves.notices
    )
    return replace(first, channels=channels, notices=notices)


def _refuse_mismatch(histories: Mapping[str, History]) -> None:
    if not histories:
        raise HistoryError(Fault("", said("there are no segments to fit")))
    first = next(iter(histories.values()))
    faults = []
    for name, history in histories.items():
        for what in ("shape", "period_days", "kpi", "currency"):
            here, there = getattr(history, what), getattr(first, what)
            if here != there:
                problem = said(
                    "its {what} is {here}, that of the first segment {there}",
                    what=what,
                    here=here,
                    there=there,
                )
                where = said("segment {segment}", segment=name)
                faults.append(Fault(where, problem, said("Fit them apart")))
    if faults:
        raise HistoryError(faults)


def _pooled_verdict(fit: JointFit, channel: str) -> Verdict:
    """What all segments together say of a channel's effect."""
    returns = [
        fit.brought(number, channel) / here.mean_spend[fit.position(number, channel)]
        for number, here in enumerate(fit.segments)
        if channel in here.history.channels
    ]
    mean = np.mean(returns, axis=0)
    signal = mean.mean() / mean.std() if mean.std() > 0 else np.inf
    return "unusable" if signal < POOLED[0] else "weak" if signal < POOLED[1] else "usable"


def _borrowing(own: Evidence, pooled: Verdict, others: int) -> Evidence:
    """A segment's evidence where the other segments say something too."""
    if own.verdict == "usable" or pooled == "unusable" or not others:
        return own
    alone = said("by itself: {reason}", reason=own.reasons[0])
    together = said("judged together with {n} other segments", n=others)
    return Evidence("weak", (alone, together), own.within_observed)
