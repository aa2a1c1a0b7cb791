"""What a mix history cannot tell, channel by channel and pair by pair.

On top of what is asked of any history (`models.diagnostics.evidence`), a joint fit knows where the
credit of one channel could as well be another's, and where an effect could be nil.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import FitOptions
from models.channel_fit.history_facts import highest_spend, recent_spend
from models.curves.curveset import Evidence
from models.diagnostics.evidence import Reason, assess, lowered, refine
from models.diagnostics.whole_media import CHANCE, chance_alone
from models.history.history import History
from models.mix_fit.joint import JointFit, Segment, prepare
from models.phrases import Phrase, said

Array = NDArray[np.floating]

TOGETHER = 0.8  # correlation of two channels' effects over time above which they are one
EVERY = 4  # draws looked at for it
NIL = 0.2  # an effect whose low end is below this fraction of its high end may be nil


def mix_evidence(fit: JointFit, segment: int) -> dict[str, Evidence]:
    """Verdict and reasons by channel."""
    here = fit.segments[segment]
    told_together = chance_of(here) < CHANCE
    verdicts = assess(here.history, told_together)
    pairs = inseparable_pairs(fit, segment)
    return {
        name: lowered(
            _refined(fit, segment, name, verdicts[name]),
            [*_shared(name, pairs), *_nil(fit, segment, name, told_together)],
        )
        for name in here.history.channels
    }


def first_look(history: History) -> dict[str, Evidence]:
    """Verdicts before any fit: of a mix, knowing whether all channels together move the KPI."""
    if history.shape != "mix" or _faulty(history):
        return assess(history)
    return assess(history, chance_of(prepare(history, FitOptions())) < CHANCE)


def _faulty(history: History) -> bool:
    """Whether nothing can be fitted at all: no KPI, or a channel without spend."""
    spend, kpi = history.spend.to_numpy(float), history.metrics[history.kpi].to_numpy(float)
    return not (kpi.any() and (spend > 0).any(axis=0).all())


def chance_of(here: Segment) -> float:
    """How likely all channels of a segment together do nothing to its KPI."""
    spend = here.history.spend.to_numpy(float)
    return chance_alone(here.kpi, here.baseline.without_drift().terms, spend, here.weight)


def inseparable_pairs(fit: JointFit, segment: int) -> dict[tuple[str, str], float]:
    """Pairs of channels that cannot be told apart, with the correlation of what they did.

    It is the correlation of the two channels' effects over time, beyond the baseline and beyond
    all other channels: near 1, least squares can move the credit from one to the other at will.
    """
    here = fit.segments[segment]
    names = here.history.channels
    marginal = here.marginal
    effects = np.stack(
        [
            shapes.features[:, fit.chosen(name)[::EVERY]]
            for name, shapes in zip(names, here.shapes, strict=True)
        ]
    ).transpose(2, 1, 0)
    within = marginal.within(effects)
    choice = fit.posterior.choice[::EVERY, segment]
    weighted = marginal.weight[:, :, None] * effects
    gram = weighted.swapaxes(1, 2) @ weighted
    gram -= within.swapaxes(1, 2) @ marginal.shrink[choice, 0] @ within
    inverse = np.linalg.pinv(gram, hermitian=True)
    scale = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
    together = np.median(-inverse / (scale[:, :, None] * scale[:, None, :]), axis=0)
    return {
        (names[one], names[two]): float(together[one, two])
        for one, two in combinations(range(len(names)), 2)
        if together[one, two] > TOGETHER
    }


def pair_notices(pairs: dict[tuple[str, str], float]) -> tuple[Phrase, ...]:
    """What to tell the person about channels that cannot be told apart."""
    return tuple(
        said(
            "{one} and {two} cannot be told apart: they rose and fell together (correlation "
            "{together:.2f}). Vary one without the other, or test one of them",
            one=one,
            two=two,
            together=together,
        )
        for (one, two), together in pairs.items()
    )


def _shared(channel: str, pairs: dict[tuple[str, str], float]) -> list[Reason]:
    return [
        (
            "weak",
            said(
                "cannot be told apart from {other}: they rose and fell together (correlation "
                "{together:.2f})",
                other=two if channel == one else one,
                together=together,
            ),
        )
        for (one, two), together in pairs.items()
        if channel in (one, two)
    ]


def _nil(fit: JointFit, segment: int, channel: str, told_together: bool) -> list[Reason]:
    here = fit.segments[segment]
    low, high = np.quantile(fit.brought(segment, channel), [0.05, 0.95])
    if low >= NIL * high:
        return []
    words = said(
        "may bring next to nothing: {low:.1%} to {high:.1%} of all {kpi}",
        low=low / here.kpi.mean(),
        high=high / here.kpi.mean(),
        kpi=here.history.kpi_words,
    )
    # Of advertising that works, what may bring nothing is the first to take money from.
    return [("weak" if told_together else "unusable", words)]


def _refined(fit: JointFit, segment: int, channel: str, verdict: Evidence) -> Evidence:
    """What the draws of the channel's curve leave open."""
    history = fit.segments[segment].history
    spend, days = history.spend[channel].to_numpy(float), history.period_days
    draws, decays = fit.draws(segment, channel), fit.decays(segment, channel)
    return refine(verdict, draws, decays, recent_spend(spend, days), highest_spend(spend, days))
