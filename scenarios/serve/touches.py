"""What the page may set: the questions of a meeting, never files, solvers or code."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError
from scenarios.definition.extends import split_key, with_settings
from scenarios.definition.located_yaml import Tree

ALLOWED = frozenset(
    {
        *("budget", "objective", "target_marginal_roas", "minimise", "target", "channels"),
        *("defaults", "groups", "portfolio", "risk", "rules", "periods", "events", "within"),
        *("assumptions", "promise", "goals"),
    }
)
MOST_SETTINGS, LONGEST = 300, 2_000


def checked(settings: Any) -> tuple[str, ...]:
    """The settings of a request as they are, or every fault of them.

    Raises
    ------
    ScenarioError : too many or too long ones, or a key that the page does not set
    """
    if not isinstance(settings, list) or not all(isinstance(one, str) for one in settings):
        raise ScenarioError(Fault("settings", "they are no list of texts"))
    if len(settings) > MOST_SETTINGS or any(len(one) > LONGEST for one in settings):
        problem = f"they are more than {MOST_SETTINGS}, or longer than {LONGEST} letters"
        raise ScenarioError(Fault("settings", problem))
    faults = [
        Fault(f"--set {setting}", f"the page does not set '{key}'", "Write it in the file.")
        for setting in settings
        if (key := split_key(setting.partition("=")[0])[0]) not in ALLOWED
    ]
    if faults:
        raise ScenarioError(faults)
    return tuple(settings)


def as_yaml(file: str, settings: Sequence[str]) -> str:
    """The settings as a scenario file that extends the one they were made on."""
    import io

    from ruamel.yaml import YAML

    data = with_settings(Tree({}, {}, {}), settings, Path.cwd()).data
    text = io.StringIO()
    writer = YAML()
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.dump({"extends": file, **data}, text)
    return text.getvalue()


def as_command(file: str, settings: Sequence[str]) -> str:
    """The command that gives the same plan."""
    words = ["budgetopt", "plan", file]
    for setting in settings:
        words += ["--set", setting]
    return shlex.join(words)
