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

Array = NDArray[np.floating]

EXCHANGED = -0.6  # correlation of two channels' effects below which one is taken for the other
NIL = 0.1  # an effect whose low end is below this fraction of its middle may be nil
LEARNED = 0.9  # spread of a shape's parameter, fraction of the prior's, below which it was learned


def mix_evidence(fit: JointFit, segment: int) -> dict[str, Evidence]:
    """Verdict and reasons by channel."""
    here = fit.segments[segment]
    verdicts = assess(here.history)
    pairs = exchangeable_pairs(fit, segment)
    return {
        name: lowered(
            verdicts[name],
            [*_shared(name, pairs), *_nil(fit, segment, name), *_shape(fit, segment, name)],
        )
        for name in here.history.channels
    }


def exchangeable_pairs(fit: JointFit, segment: int) -> dict[tuple[str, str], float]:
    """Pairs of channels that cannot be told apart, with the correlation of their effects.

    Across the draws, what one of them is credited with the other loses.
    """
    names = fit.segments[segment].history.channels
    effects = np.array([fit.brought(segment, name) for name in names])
    correlation = np.atleast_2d(np.corrcoef(effects))
    return {
        (names[one], names[two]): float(correlation[one, two])
        for one, two in combinations(range(len(names)), 2)
        if correlation[one, two] < EXCHANGED
    }


def pair_notices(pairs: dict[tuple[str, str], float]) -> tuple[str, ...]:
    """What to tell the person about channels that cannot be told apart."""
    return tuple(
        f"{one} and {two} cannot be told apart: what one is credited with, the other loses "
        f"(correlation {correlation:.2f}). Vary one without the other, or test one of them."
        for (one, two), correlation in pairs.items()
    )


def _shared(channel: str, pairs: dict[tuple[str, str], float]) -> list[Reason]:
    words = "cannot be told apart from {}: what one is credited with, the other loses ({:.2f})"
    return [
        ("weak", words.format(two if channel == one else one, correlation))
        for (one, two), correlation in pairs.items()
        if channel in (one, two)
    ]


def _nil(fit: JointFit, segment: int, channel: str) -> list[Reason]:
    low, middle, high = np.quantile(fit.brought(segment, channel), [0.05, 0.5, 0.95])
    if low >= NIL * middle:
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
