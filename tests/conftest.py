"""Hypothesis on a shared machine, and no test near the person's own cache."""

import os

import pytest
from hypothesis import settings

# The same examples each time, and no timing.
settings.register_profile("budgetopt", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("budgetopt")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Fits are kept in a folder of this run, which its tests share."""
    os.environ["BUDGETOPT_CACHE"] = str(tmp_path_factory.mktemp("cache"))
