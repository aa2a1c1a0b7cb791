"""Splits of today's budget, and what they are truly worth: shared by the fit's benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.curves.curveset import CurveSet
from optimizer.allocator import allocate
from optimizer.problem import Problem
from optimizer.rules import Rule

Array = NDArray[np.floating]
CHANGE = 0.5  # how far each channel may move from today, either way


def best_split(
    curves: CurveSet, today: Array, objective: str = "revenue", rules: Sequence[Rule] = ()
) -> Array:
    """The optimiser's split of today's budget, each channel within +-50 %, money per period."""
    path = "channels.{}.change"
    limits = [(kind, sign * CHANGE) for kind, sign in (("change_from", -1), ("change_to", 1))]
    moves = [
        Rule(kind, limit, (name,), path=path.format(name))  # type: ignore[arg-type]
        for name in curves.names
        for kind, limit in limits
    ]
    problem = Problem(
        curves,
        float(today.sum()),
        days=curves.period_days,
        objective=objective,  # type: ignore[arg-type]
        rules=(*moves, *rules),
        current=dict(zip(curves.names, today.tolist(), strict=True)),
    )
    return np.array([channel.proposed.spend for channel in allocate(problem).channels])


def hold_rules(curves: CurveSet) -> list[Rule]:
    """What cannot be judged stays where it is, as in a plan."""
    return [
        Rule("hold", channels=(entry.channel,), path=f"hold.{entry.channel}")
        for entry in curves
        if entry.evidence.verdict == "unusable"
    ]


def share_moved(split: Array, today: Array) -> float:
    """Share of the budget that goes to another channel than today."""
    return float(np.abs(split - today).sum() / 2.0 / today.sum())


def best_roas_split(returns: Array, today: Array) -> Array:
    """Channels in the order of their average return get +50 %, for as long as others can give.

    Parameters
    ----------
    returns : average return on what each channel spent, shape (channels,)
    """
    split, left = (1 - CHANGE) * today, CHANGE * today.sum()
    for position in np.argsort(returns)[::-1]:
        split[position] += min(left, 2 * CHANGE * today[position])
        left = today.sum() - split.sum()
    return split
