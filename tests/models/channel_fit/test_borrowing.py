"""Shapes borrowed from other accounts: exact sums, and better curves of short histories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.borrowing import ShapeSums, priors_without, shape_sums, summed
from models.channel_fit.fit_options import FitOptions
from models.curves.families import Hill
from models.datasets.simulated_channels import panels
from models.fit.entry import fit_curves
from models.history.history import History
from models.transforms.adstock import geometric

DECAYS = {"search": 0.1, "tv": 0.6}
SLOPES = {"search": 0.8, "tv": 1.6}


def account(seed: int, weeks: int) -> History:
    """Two channels whose shape and carry-over are those of all accounts, sizes are their own."""
    chance = np.random.default_rng(seed)
    dates = pd.date_range("2023-01-02", periods=weeks, freq="7D")
    tables = []
    for name, decay in DECAYS.items():
        size = float(np.exp(chance.uniform(7, 9)))
        spend = size * np.exp(0.5 * chance.standard_normal(weeks))
        mean = Hill(size / 12, size, SLOPES[name]).response(geometric(spend, decay))
        seen = chance.poisson(mean * np.exp(0.05 * chance.standard_normal(weeks)))
        columns = {"spend": spend, "conversions": seen.astype(float)}
        tables.append(pd.DataFrame({"date": dates, "channel": name, **columns}))
    return panels(pd.concat(tables, ignore_index=True), 7)


def test_sums_over_accounts_are_those_of_all_at_once() -> None:
    chance = np.random.default_rng(1)
    data, estimates = chance.uniform(1, 5, (6, 3)), chance.normal(0.5, 0.4, (6, 3))
    whole = summed({"tv": ShapeSums.of(d, e)} for d, e in zip(data, estimates, strict=True))["tv"]
    without = priors_without({"tv": whole}, {"tv": ShapeSums.of(data[0], estimates[0])})["tv"]
    rest = summed({"tv": ShapeSums.of(d, e)} for d, e in zip(data[1:], estimates[1:], strict=True))[
        "tv"
    ].prior()
    assert rest is not None
    assert without.mean == pytest.approx(rest.mean)
    assert without.precision == pytest.approx(rest.precision)
    # By hand: a precision-weighted mean, and a variance between accounts beside its own.
    assert rest.mean == pytest.approx((data[1:] * estimates[1:]).sum(axis=0) / data[1:].sum(axis=0))
    assert (np.array(rest.precision) < data[1:].sum(axis=0)).all()
    two = summed({"tv": ShapeSums.of(d, e)} for d, e in zip(data[:2], estimates[:2], strict=True))
    assert priors_without(two, {}) == {}


def test_a_short_history_is_fitted_better_with_what_others_know() -> None:
    """Carry-over is the clearest: half a year tells it badly, ten other accounts know it."""
    of_all = summed(shape_sums(account(seed, 104)) for seed in range(10))
    errors: dict[str, list[float]] = {"alone": [], "borrowing": []}
    for seed in range(100, 106):
        history = account(seed, 26)
        own = shape_sums(history)
        priors = priors_without(of_all, own)
        borrowed = {name: (prior.mean, prior.precision) for name, prior in priors.items()}
        plain = FitOptions(draws=0)
        for how, options in (("alone", plain), ("borrowing", replace(plain, borrowed=borrowed))):
            curves = fit_curves(history, options)
            errors[how] += [abs(curves[name].carry_over - decay) for name, decay in DECAYS.items()]
    alone, borrowing = (float(np.mean(errors[how])) for how in ("alone", "borrowing"))
    assert borrowing < 0.7 * alone
