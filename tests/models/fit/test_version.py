"""A fit's figures do not change without a new FIT_VERSION."""

from __future__ import annotations

import pytest

from models.channel_fit.fit_options import FitOptions
from models.datasets.simulated_channels import panels, sample_history
from models.fit.entry import fit_curves
from models.fit.version import FIT_VERSION

# What one small fit gave under each version: the slope of each channel's curve at its current
# spend, in conversions per unit of money. Only the newest version can be made again.
FINGERPRINTS: dict[int, dict[str, float]] = {
    1: {"search": 0.0148316, "social": 0.00545748, "video": 0.0194712},
    2: {"search": 0.0148316, "social": 0.00545748, "video": 0.0194712},  # verdicts changed
    3: {"search": 0.0148316, "social": 0.00545748, "video": 0.0194712},  # mixes changed
    4: {"search": 0.0148316, "social": 0.00545748, "video": 0.0194712},  # paces are told
    5: {"search": 0.0147118, "social": 0.00646295, "video": 0.0192103},  # seeds without names
    6: {"search": 0.0147118, "social": 0.00646295, "video": 0.0192103},  # mixes changed
}


@pytest.fixture(scope="module")
def slopes() -> dict[str, float]:
    table = sample_history(weeks=60).frame
    history = panels(table[table["channel"].isin(["search", "social", "video"])], 7)
    curves = fit_curves(history, FitOptions(draws=20))
    return {
        entry.channel: float(entry.curve.marginal(entry.current_spend or 0.0))
        for entry in curves.channels
    }


def test_the_figures_are_those_of_this_version(slopes) -> None:
    """If this fails on purpose: add one to FIT_VERSION and its fingerprint here."""
    assert slopes == pytest.approx(FINGERPRINTS[FIT_VERSION], rel=1e-4)


def test_a_change_of_one_per_mille_would_be_noticed(slopes) -> None:
    changed = {name: slope * 1.001 for name, slope in slopes.items()}
    assert changed != pytest.approx(FINGERPRINTS[FIT_VERSION], rel=1e-4)
