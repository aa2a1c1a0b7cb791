"""What a mix history cannot tell, channel by channel and pair by pair.

On top of what is asked of any history (`models.evidence`), a joint fit knows where the credit of
one channel could as well be another's, where an effect could be nil, and where neither the
carry-over nor the saturation was learned.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.curveset import Evidence
from models.evidence import Reason, assess, lowered
from models.mix_fit import JointFit
from models.mix_sampler import integrate_out

Array = NDArray[np.floating]

TOGETHER = 0.8  # correlation of two channels' effects over time above which they are one
EVERY = 4  # draws looked at for it
NIL = 0.1  # an effect whose low end is below this fraction of its high end may be nil
LEARNED = 0.9  # spread of a shape's parameter, fraction of the prior's, below which it was learned


def mix_evidence(fit: JointFit, segment: int) -> dict[str, Evidence]:
    """Verdict and reasons by channel."""
    here = fit.segments[segment]
    verdicts = assess(here.history)
    pairs = inseparable_pairs(fit, segment)
    return {
        name: lowered(
            verdicts[name],
            [*_shared(name, pairs), *_nil(fit, segment, name), *_shape(fit, segment, name)],
        )
        for name in here.history.channels
    }


def inseparable_pairs(fit: JointFit, segment: int) -> dict[tuple[str, str], float]:
    """Pairs of channels that cannot be told apart, with the correlation of what they did.

    It is the correlation of the two channels' effects over time, beyond the baseline and beyond
    all other channels: near 1, least squares can move the credit from one to the other at will.
    """
    here = fit.segments[segment]
    names = here.history.channels
    whiten, _ = integrate_out(here.baseline.terms, here.prior_sd, here.weight)
    effects = np.stack(
        [
            whiten @ shapes.features[:, fit.chosen(name)[::EVERY]]
            for name, shapes in zip(names, here.shapes, strict=True)
        ]
    ).transpose(2, 0, 1)
    inverse = np.linalg.pinv(effects @ effects.transpose(0, 2, 1), hermitian=True)
    scale = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
    together = np.median(-inverse / (scale[:, :, None] * scale[:, None, :]), axis=0)
    return {
        (names[one], names[two]): float(together[one, two])
        for one, two in combinations(range(len(names)), 2)
        if together[one, two] > TOGETHER
    }


def pair_notices(pairs: dict[tuple[str, str], float]) -> tuple[str, ...]:
    """What to tell the person about channels that cannot be told apart."""
    return tuple(
        f"{one} and {two} cannot be told apart: they rose and fell together "
        f"(correlation {correlation:.2f}). Vary one without the other, or test one of them."
        for (one, two), correlation in pairs.items()
    )


def _shared(channel: str, pairs: dict[tuple[str, str], float]) -> list[Reason]:
    words = "cannot be told apart from {}: they rose and fell together (correlation {:.2f})"
    return [
        ("weak", words.format(two if channel == one else one, correlation))
        for (one, two), correlation in pairs.items()
        if channel in (one, two)
    ]


def _nil(fit: JointFit, segment: int, channel: str) -> list[Reason]:
    low, high = np.quantile(fit.brought(segment, channel), [0.05, 0.95])
    if low >= NIL * high:
        return []
    kpi = fit.segments[segment].kpi.mean()
    share = f"{low / kpi:.1%} to {high / kpi:.1%} of all {fit.segments[segment].history.kpi}"
    return [("weak", f"may bring next to nothing: {share}")]


def _shape(fit: JointFit, segment: int, channel: str) -> list[Reason]:
    here = fit.segments[segment]
    shapes = here.shapes[fit.position(segment, channel)]
    elasticity = _elasticities(fit, segment, channel)
    prior, chosen = np.exp(shapes.prior), fit.chosen(channel)
    drawn = np.bincount(chosen, minlength=len(prior)) / len(chosen)
    known = [
        _sd(values, drawn) < LEARNED * _sd(values, prior) for values in (shapes.decays, elasticity)
    ]
    if any(known):
        return []
    return [("weak", "neither carry-over nor saturation shows in the history: both are assumed")]


def _elasticities(fit: JointFit, segment: int, channel: str) -> Array:
    """Elasticity of each candidate at the mean spend, shape (candidates,)."""
    here = fit.segments[segment]
    position = fit.position(segment, channel)
    shapes, spend = here.shapes[position], here.mean_spend[position]
    columns = shapes.parameters.T
    slope = shapes.family.derivative(spend, *columns)
    return slope * spend / shapes.family.formula(spend, *columns)


def _sd(values: Array, probability: Array) -> float:
    mean = probability @ values
    return float(np.sqrt(probability @ (values - mean) ** 2))
