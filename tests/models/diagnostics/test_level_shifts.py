"""What a sudden new level is measured against: the market, and the channel's own elasticity."""

import numpy as np
import pytest
from scipy.stats import theilslopes

from models.diagnostics.level_shifts import _beyond_market, _slope


@pytest.mark.parametrize("share_unknown", [0.0, 0.2, 0.8, 1.0])
def test_the_market_is_the_median_of_the_other_channels(share_unknown) -> None:
    rng = np.random.default_rng(7)
    for channels in (3, 4, 9):
        changes = rng.normal(size=(40, channels)).round(1)  # with ties
        changes[rng.random(changes.shape) < share_unknown] = np.nan
        expected = changes.copy()
        for (row, column), value in np.ndenumerate(changes):
            others = np.delete(changes[row], column)
            known = others[np.isfinite(others)]
            expected[row, column] = value - (np.median(known) if len(known) else 0.0)
        np.testing.assert_allclose(_beyond_market(changes), expected, atol=1e-15)


def test_two_channels_are_no_market() -> None:
    changes = np.array([[0.5, -0.5]])
    np.testing.assert_array_equal(_beyond_market(changes), changes)


def test_the_elasticity_is_the_slope_of_theil_and_sen() -> None:
    rng = np.random.default_rng(7)
    paid = rng.normal(size=60)
    counted = 0.6 * paid + rng.normal(0, 0.1, 60)
    assert _slope(paid, counted, width=4) == pytest.approx(theilslopes(counted, paid)[0])
    assert _slope(paid, -counted, width=4) == 0.0
    assert _slope(np.full(60, 0.1), counted, width=4) == 1.0
