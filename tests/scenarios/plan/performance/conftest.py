"""One history, what `budgetopt check` finds in it, and a plan that tells the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.history.read import read_history_with_days
from scenarios.plan.plan import Plan
from scenarios.sources.channel_performance import performance_of
from scenarios.sources.check import Check, check
from tests.scenarios.plan.performance.examples import NAMES, write_history
from tests.support.plan_factory import make_plan


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return write_history(tmp_path_factory.mktemp("history") / "history.csv")


@pytest.fixture(scope="module")
def checked(file) -> Check:
    return check(*read_history_with_days(file))


@pytest.fixture(scope="module")
def plan(file) -> Plan:
    found = performance_of(*read_history_with_days(file))
    return make_plan(4, names=NAMES, performance=found)
