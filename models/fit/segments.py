"""Segments of one history (geos, brands, campaigns) fitted side by side.

Each segment gets curves of its own, and none stands alone: what one segment's history cannot tell
is taken from the others, so that a short or small one is judged with the strength of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import provenance
from models.channel_fit.pooling import pooling
from models.curves.bank import responses
from models.curves.curveset import ChannelCurve, CurveSet, Evidence, Verdict
from models.curves.file import sealed
from models.diagnostics import evidence
from models.errors import Fault, HistoryError
from models.fit.entry import fit_curves
from models.history.history import History
from models.mix_fit.holdout import hold_out
from models.mix_fit.identifiability import mix_evidence
from models.mix_fit.joint import JointFit
from models.mix_fit.media_mix import curves_of, fit_all, refuse_hopeless
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]

SEPARATOR = " / "  # between segment and channel, where both make one name
# Pooled effect over its standard deviation; nothing but the prior gives about 1.3.
POOLED = (2.0, 3.5)  # unusable below, weak below
SHAPES_ARE_ONE = said("a channel's carry-over and saturation are taken to be the same in all")
SHAPES_ARE_ALIKE = said("a channel's carry-over and saturation are drawn towards their mean")


def fit_segments(
    histories: Mapping[str, History], options: FitOptions | None = None, check: bool = True
) -> dict[str, CurveSet]:
    """Curves for each segment, by its name.

    Parameters
    ----------
    histories : one per segment (see `models.history.read.read_segments`), of one shape, grain, KPI
        and currency; they may differ in length and in channels
    options : of the fit; a family for single channels goes by the channels' plain names
    check : whether to hold out the last 13 weeks of a mix once

    Raises
    ------
    HistoryError : where a segment cannot be fitted, or the segments do not go together
    """
    options = options or FitOptions()
    _refuse_mismatch(histories)
    options.check(tuple({name for one in histories.values() for name in one.channels}))
    if next(iter(histories.values())).shape == "tidy":
        return _fit_tidy(histories, options)
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
        found = curves_of(fit, number, history, options, verdicts, holdout)
        curves[name] = sealed(replace(found, provenance=provenance(history)))
    return _with_what_was_pooled(curves, SHAPES_ARE_ONE)


def _fit_tidy(histories: Mapping[str, History], options: FitOptions) -> dict[str, CurveSet]:
    """All segments' channels as the channels of one history, those of one name drawn together."""
    plain = {
        _full(segment, channel): channel
        for segment, history in histories.items()
        for channel in history.channels
    }
    families = {full: options.family_of(channel) for full, channel in plain.items()}
    whole = evidence.assess(_summed(histories))
    fitted = fit_curves(_side_by_side(histories), replace(options, families=families, alike=plain))
    curves = {}
    for segment, history in histories.items():
        entries = []
        for channel in history.channels:
            entry = fitted[_full(segment, channel)]
            verdict = _borrowing(entry.evidence, whole[channel].verdict, len(histories) - 1)
            entries.append(replace(entry, channel=channel, evidence=verdict))
        notices = (*history.notices, *fitted.notices)
        found = replace(fitted, channels=tuple(entries), notices=notices)
        curves[segment] = sealed(replace(found, provenance=provenance(history)))
    return _with_what_was_pooled(curves, SHAPES_ARE_ALIKE)


def _with_what_was_pooled(curves: dict[str, CurveSet], how: Phrase) -> dict[str, CurveSet]:
    """The same curves, each saying how far the segments' returns were drawn together."""
    found: dict[str, list[ChannelCurve]] = {}
    for one in curves.values():
        for entry in one:
            found.setdefault(entry.channel, []).append(entry)
    shares = {
        name: pooling(np.stack([_returns(entry) for entry in entries], axis=1))
        for name, entries in found.items()
        if len(entries) > 1 and all(entry.draws for entry in entries)
    }
    if not shares:
        return curves
    listed = [said("{channel} {share:.0%}", channel=c, share=share) for c, share in shares.items()]
    notice = said(
        "{n} segments side by side: {how}; what a channel returns is drawn towards the mean of all "
        "segments (100 %: one return for all, 0 %: each its own): {listed}",
        n=len(curves),
        how=how,
        listed=listed,
    )
    return {
        segment: sealed(
            replace(
                one,
                channels=tuple(_saying(entry, shares, found) for entry in one),
                notices=(*one.notices, notice),
            )
        )
        for segment, one in curves.items()
    }


def _saying(
    entry: ChannelCurve, shares: Mapping[str, float], found: Mapping[str, list[ChannelCurve]]
) -> ChannelCurve:
    if entry.channel not in shares:
        return entry
    name = entry.channel
    pooled = {"segments": len(found[name]), "share": round(shares[name], 4)}
    return replace(entry, fit={**entry.fit, "pooled": pooled})


def _returns(entry: ChannelCurve) -> Array:
    """Response per money at the highest observed spend, in each draw."""
    assert entry.max_observed_spend  # a channel that never spent is not in the history
    return responses(entry.draws, entry.max_observed_spend)[:, 0] / entry.max_observed_spend


def _full(segment: str, channel: str) -> str:
    return f"{segment}{SEPARATOR}{channel}"


def _side_by_side(histories: Mapping[str, History]) -> History:
    """One tidy history with a channel for every segment and channel; no row is no activity."""
    import pandas as pd

    def wide(panels: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        named = [
            panel.rename(columns=lambda channel, segment=segment: _full(segment, channel))
            for segment, panel in panels.items()
        ]
        return pd.concat(named, axis=1, sort=True).fillna(0.0)

    first = next(iter(histories.values()))
    metrics = [name for name in first.metrics if all(name in h.metrics for h in histories.values())]
    spend = wide({segment: history.spend for segment, history in histories.items()})
    panels = {
        metric: wide({segment: history.metrics[metric] for segment, history in histories.items()})
        for metric in metrics
    }
    return replace(
        first,
        spend=spend.asfreq(first.frequency, fill_value=0.0),
        metrics={
            metric: panel.asfreq(first.frequency, fill_value=0.0)
            for metric, panel in panels.items()
        },
        controls=first.controls.reindex(spend.index, fill_value=0.0),
        notices=(),
    )


def _summed(histories: Mapping[str, History]) -> History:
    """The whole: every channel's spend and results over all segments."""

    def total(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
        return one.add(other, fill_value=0.0)

    first = next(iter(histories.values()))
    kpi = reduce(total, (history.metrics[history.kpi] for history in histories.values()))
    spend = reduce(total, (history.spend for history in histories.values()))
    controls = first.controls.reindex(spend.index, fill_value=0.0)
    return replace(first, spend=spend, metrics={first.kpi: kpi}, controls=controls)


def joined(segments: Mapping[str, CurveSet]) -> CurveSet:
    """All segments' curves as one set, each channel called ``segment / channel``."""
    first = next(iter(segments.values()))
    channels = tuple(
        replace(entry, channel=_full(name, entry.channel))
        for name, curves in segments.items()
        for entry in curves
    )
    everywhere = [n for n in first.notices if all(n in one.notices for one in segments.values())]
    apart = [
        said("{segment}: {notice}", segment=name, notice=notice)
        for name, curves in segments.items()
        for notice in curves.notices
        if notice not in everywhere
    ]
    whole = replace(first, channels=channels, notices=(*everywhere, *apart))
    return sealed(whole)


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
