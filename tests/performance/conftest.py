"""One history, what `budgetopt check` finds in it, and a plan that tells the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.history import read_history_with_days
from scenarios.check import Check, check
from scenarios.faring import performance_of
from scenarios.plan import Plan
from tests.performance.examples import NAMES, write_history
from tests.plan_factory import make_plan


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
