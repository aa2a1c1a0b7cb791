"""A sample of the random problems that `benchmarks.refereed` has judged by the thousand."""

from __future__ import annotations

import pytest

from tests.support.hard_problems import hard_problem
from tests.support.referee import Verdict, judge


@pytest.mark.parametrize("block", range(4))
def test_one_to_three_channels_against_zooming_grids(block: int) -> None:
    for seed in range(12 * block, 12 * block + 12):
        assert judge(hard_problem(seed), is_small=True) == Verdict("right"), seed


@pytest.mark.parametrize("block", range(2))
def test_eight_channels_against_exact_points(block: int) -> None:
    for seed in range(6 * block, 6 * block + 6):
        assert judge(hard_problem(seed, 8, 8), is_small=False) == Verdict("right"), seed
