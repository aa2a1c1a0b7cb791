"""The lowest versions that pyproject.toml declares: `python tests/support/lowest.py > lowest.txt`.

As constraints for pip: `pip install -c lowest.txt '.[all]'` then takes exactly those, or says which
two of them do not go together. Tools for developers are left out: they may be new.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
# One requirement: its name, extras, and the version that it begins with.
LEAST = re.compile(r"(?P<name>[\w.-]+)(\[[\w,]+\])?>=(?P<version>[\d.]+)")
NOT_FOR_USERS = {"benchmarks", "dev", "docs"}


def lowest(pyproject: str) -> dict[str, str]:
    """The least version of every package that users need, by name.

    Raises
    ------
    ValueError : a requirement has no lower bound, or two have different ones
    """
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *(extras[name] for name in users_extras(pyproject))]
    found: dict[str, str] = {}
    for requirement in (one for group in groups for one in group):
        if requirement.startswith(f"{project['name']}["):
            continue  # our own extras, which are here by themselves
        match = LEAST.match(requirement)
        if match is None:
            raise ValueError(f"{requirement} has no lower bound")
        if found.setdefault(match["name"], match["version"]) != match["version"]:
            raise ValueError(f"{match['name']} has two lower bounds")
    return found


def users_extras(pyproject: str) -> list[str]:
    """The extras that users install."""
    extras = tomllib.loads(pyproject)["project"]["optional-dependencies"]
    return [name for name in extras if name not in NOT_FOR_USERS]


if __name__ == "__main__":
    for package, version in lowest(PYPROJECT.read_text(encoding="utf-8")).items():
        print(f"{package}=={version}")
