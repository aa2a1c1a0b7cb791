"""The lower bounds that are declared are those that the check installs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.lowest import PYPROJECT, lowest, users_extras

ROOT = Path(__file__).parents[1]
EXAMPLE = """
[project]
name = "x"
dependencies = ["numpy>=2.0,<3", "pulp[highs]>=3.3,<4"]
[project.optional-dependencies]
team = ["x[register]", "psycopg[binary]>=3.1.18,<4"]
register = ["SQLAlchemy>=2.0.30,<2.2"]
dev = ["x[team]", "pytest"]
"""


def test_each_packages_least_version() -> None:
    assert lowest(EXAMPLE) == {
        "numpy": "2.0",
        "pulp": "3.3",
        "psycopg": "3.1.18",
        "SQLAlchemy": "2.0.30",
    }
    assert users_extras(EXAMPLE) == ["team", "register"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("numpy>=2.0,<3", "numpy<3", "numpy<3 has no lower bound"),
        ("SQLAlchemy>=2.0.30,<2.2", "numpy>=2.1", "numpy has two lower bounds"),
    ],
)
def test_bounds_that_no_check_could_install(old, new, message) -> None:
    with pytest.raises(ValueError, match=message):
        lowest(EXAMPLE.replace(old, new))


def test_the_check_installs_every_extra_of_users_at_the_declared_bounds() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    asked = re.search(r'users="\.\[([\w,]+)\]"', text)
    assert asked is not None
    declared = PYPROJECT.read_text(encoding="utf-8")
    assert sorted(asked[1].split(",")) == sorted(users_extras(declared))
    assert len(lowest(declared)) >= 20
