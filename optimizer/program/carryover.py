"""Spend that works later: which money of a plan works in which of its periods, and after its end.

Geometric carry-over, as the fit has it: of a steady spend's effect the share ``decay`` carries
over to the next fit period. Of each channel a stock (the effective spend at a period's end, per
fit period) moves over a plan period of n fit periods, at a spend of x per fit period, to

    stock' = decay^n stock + (1 - decay^n) x

and the mean effective spend over the period is

    (1 - m) x + m stock,   m = decay (1 - decay^n) / (n (1 - decay))

which for a whole n is the mean of `models.transforms.adstock.geometric`. So the money that works in
a period is a fixed mix of the money spent in it and before. The response is taken at the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.curves.composed import Average, Tabulated
from models.curves.families import Curve

Array = NDArray[np.floating]

NEGLIGIBLE = 1e-9  # weight of earlier spend that is left out
TAIL = 0.01  # share of a stock's effect after the end that is left out


@dataclass(frozen=True)
class Mix:
    """What works in a period: ``weights @ (spends of the periods up to it) + carried``.

    Parameters
    ----------
    weights : by period, the last one the period's own; money that works per money spent
    carried : money at work from before the horizon
    days : fraction of the period's days on which money works
    """

    weights: tuple[float, ...]
    carried: float
    days: float = 1.0


def mixes(
    decay: float, lengths: list[float], active: list[float], stock: float
) -> tuple[list[Mix], Mix]:
    """The mix of each period of a horizon, and of the stock at its end.

    Parameters
    ----------
    decay : share that carries over from one fit period to the next, fraction in [0, 1)
    lengths : of the periods, in fit periods
    active : fraction of each period's days on which the channel may run
    stock : effective spend per fit period before the first period

    Returns
    -------
    Money at work in each period, and the stock per fit period at the end.
    """
    earlier, carried, found = np.zeros(0), stock, []
    for n, runs in zip(lengths, active, strict=True):
        kept = decay**n
        share = decay * (1.0 - kept) / (n * (1.0 - decay))
        found.append(
            Mix(
                (*_rounded(n * share * earlier), 1.0 - share),
                n * share * carried,
                runs + (1.0 - runs) * share,
            )
        )
        earlier = np.append(kept * earlier, (1.0 - kept) / n)
        carried *= kept
    return found, Mix(tuple(_rounded(earlier)), carried)


def _rounded(weights: Array) -> list[float]:
    return [0.0 if abs(weight) < NEGLIGIBLE else float(weight) for weight in weights]


def tail_lags(decay: float) -> int:
    """Fit periods after the end in which a stock still works."""
    return max(int(np.ceil(np.log(TAIL) / np.log(decay))), 1)


def tail_curve(curve: Curve, decay: float, factor: float) -> Curve:
    """What a stock still brings after the horizon's end if nothing more is spent.

    ``sum over j >= 1 of factor * g(decay^j stock)``, until the stock has faded to a hundredth.

    Parameters
    ----------
    curve : response per fit period by spend per fit period
    factor : on the response (the season of the last period)
    """
    lags = tail_lags(decay)
    faded = [curve.stretched(decay**-j, factor * decay**j) for j in range(1, lags + 1)]
    if isinstance(curve, Tabulated):
        return _sum_of_tables(faded)
    of = curve.of if isinstance(curve, Average) else type(curve)
    rows = [
        row
        for part in faded
        for row in (part.draws if isinstance(part, Average) else [list(part.parameters.values())])
    ]
    return Average(of, np.array(rows)).stretched(1.0, float(lags))


def _sum_of_tables(parts: list[Curve]) -> Tabulated:
    knots = np.unique(
        np.concatenate([part.spends for part in parts if isinstance(part, Tabulated)])
    )
    heights = np.sum([part.response(knots) for part in parts], axis=0)
    return Tabulated(tuple(zip(knots.tolist(), heights.tolist(), strict=True)))
