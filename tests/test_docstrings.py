"""The examples in the docstrings of what people import print what they say."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "models.curves.families",
    "models.curves.composed",
    "models.curves.curveset",
    "optimizer.problem",
    "optimizer.allocator",
)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(module: str) -> None:
    done = doctest.testmod(importlib.import_module(module))
    assert done.attempted > 0
    assert done.failed == 0
