"""Seeds of random draws: from what is drawn about, never from names or from order.

Two channels draw apart from each other because their figures differ, and the same channel draws
the same under any name, beside any others, and in any year.
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
    figures : of the channel; their last digits do not count, so that noise of sums changes nothing
    """
    text = ";".join(",".join(f"{value:.9g}" for value in np.ravel(one)) for one in figures)
    return seed, zlib.crc32(text.encode())
