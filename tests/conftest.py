"""Hypothesis on a shared machine: the same examples each time, and no timing."""

from hypothesis import settings

settings.register_profile("budgetopt", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("budgetopt")
