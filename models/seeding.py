"""Seeds of random draws: from what is drawn about, never from names, order or units.

Two channels draw apart from each other because their figures differ, and the same channel draws
the same under any name, beside any others, in any year and in any currency.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray


def seeds_of(seed: int, *figures: NDArray[np.floating]) -> tuple[int, int]:
    """A seed for `numpy.random.default_rng`.

    Parameters
    ----------
    seed : what the person asked for
    figures : of the channel, each a series in a unit of its own: only its course counts, and no
        digit that sums and conversions leave uncertain
    """
    text = ";".join(",".join(f"{value:.6f}" for value in _course(one)) for one in figures)
    return seed, zlib.crc32(text.encode())


def _course(figures: NDArray[np.floating]) -> NDArray[np.floating]:
    """A series relative to its largest value; adding zero turns -0 into 0."""
    values = np.ravel(figures)
    largest = np.abs(values).max(initial=0.0)
    return values / (largest if largest > 0 else 1.0) + 0.0
