"""Whether all media together move a KPI: rarely said where they do not, surely where they do."""

import numpy as np
import pytest

from models.diagnostics.whole_media import CHANCE, chance_alone

PERIODS = 130


def world(seed: int, persistence: float, effect: float):
    """A trend, three wandering channels and an error that fades by a constant factor."""
    rng = np.random.default_rng(seed)

    def wandering(keep: float):
        path = rng.standard_normal(PERIODS)
        for week in range(1, PERIODS):
            path[week] += keep * path[week - 1]
        return path * np.sqrt(1 - keep**2)

    spend = np.exp(np.column_stack([0.4 * wandering(0.8) for _ in range(3)])) * 1000.0
    terms = np.column_stack([np.ones(PERIODS), np.linspace(-1, 1, PERIODS)])
    kpi = 1000 + 50 * terms[:, 1] + effect * np.sqrt(spend).sum(axis=1)
    return kpi + 40 * wandering(persistence), terms, spend, np.ones(PERIODS)


@pytest.mark.parametrize("persistence", [0.0, 0.4, 0.8])
def test_media_that_do_nothing_are_rarely_seen(persistence):
    seen = [chance_alone(*world(seed, persistence, 0.0)) < CHANCE for seed in range(60)]
    assert np.mean(seen) <= 0.05


def test_without_the_correction_slow_errors_would_pass_for_media(monkeypatch):
    """The test above can fail: it does where errors are taken for independent."""
    monkeypatch.setattr("models.diagnostics.whole_media.MOST_CORRELATION", 0.0)
    seen = [chance_alone(*world(seed, 0.8, 0.0)) < CHANCE for seed in range(60)]
    assert np.mean(seen) > 0.25


def test_media_that_do_something_are_seen():
    seen = [chance_alone(*world(seed, 0.4, 2.5)) < CHANCE for seed in range(20)]
    assert np.mean(seen) >= 0.9


def test_units_and_order_do_not_matter():
    kpi, terms, spend, weight = world(1, 0.4, 1.0)
    known = chance_alone(kpi, terms, spend, weight)
    assert 0 < known < 1
    other = chance_alone(7e6 * kpi, terms, 1e-3 * spend[:, ::-1], 5.0 * weight)
    assert other == pytest.approx(known, rel=1e-6)


def test_what_is_not_to_be_learned_from_changes_nothing():
    kpi, terms, spend, weight = world(2, 0.0, 1.0)
    weight[-10:] = 0.0
    broken = kpi.copy()
    broken[-10:] = 0.0
    assert chance_alone(kpi, terms, spend, weight) == chance_alone(broken, terms, spend, weight)


def test_too_few_periods_tell_nothing():
    kpi, terms, spend, weight = world(3, 0.0, 5.0)
    assert chance_alone(kpi[:14], terms[:14], spend[:14], weight[:14]) == 1.0
