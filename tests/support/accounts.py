"""Histories of many accounts in one table, and engines for tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pandas as pd

from models.datasets.simulated_channels import simulate_history
from scenarios.batch.engines import MapperEngine
from scenarios.definition.scenario import Scenario

NAMES = ("alpha", "beta", "gamma", "007")


@cache
def _history(seed: int, channels: int, weeks: int) -> pd.DataFrame:
    return simulate_history("steady", channels, weeks, seed).frame


def accounts_table(
    names: Sequence[str] = NAMES, channels: int = 2, weeks: int = 60
) -> pd.DataFrame:
    """One tidy history per name; the same name in the same place has the same history."""
    parts = [
        _history(seed, channels, weeks).assign(account=name) for seed, name in enumerate(names)
    ]
    return pd.concat(parts, ignore_index=True)


def template(**keys: object) -> Scenario:
    """A quick one: the budget of today, few draws."""
    return Scenario.template({"name": "monthly", "budget": "current", "fit": {"draws": 20}, **keys})


def one_by_one() -> MapperEngine:
    """Parts in turn, in one process that all tests share."""
    return MapperEngine(lambda function, parts: [function(part) for part in parts], workers=1)
