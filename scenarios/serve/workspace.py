"""The scenarios behind the page: read at every touch, their histories fitted once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.errors import Fault, ScenarioError
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan
from scenarios.planning import Evidence, evidence_key, plan_on, read_evidence

KEPT = 200  # plans that are remembered
Stamp = tuple[tuple[str, int, int], ...]


class Outdated(Exception):
    """A touch that a later one of the same page has overtaken."""


class Workspace:
    """Scenario files by name, with what they rest on.

    Every answer is that of `budgetopt plan` with the same settings. Touches are answered one after
    the other, of those of one page that wait only the last; what explains a plan (costs of rules,
    why there is none) has a line of its own, so that no touch waits for it.

    Parameters
    ----------
    files : scenario files
    use_cache : take a fit of the same history from the cache, where there is one
    """

    def __init__(self, files: Sequence[Path], use_cache: bool = True) -> None:
        self.files = {path.stem: path for path in files}
        if len(self.files) < len(files):
            raise ScenarioError(Fault("serve", "two scenarios have the same name", "Rename one."))
        self._use_cache = use_cache
        self._touches, self._explanations = threading.Lock(), threading.Lock()
        self._shelf = threading.RLock()
        self._evidence: dict[str, tuple[Stamp, Evidence]] = {}
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._latest: OrderedDict[str, int] = OrderedDict()

    def scenario(self, name: str, settings: Sequence[str] = ()) -> Scenario:
        """A scenario as its file says now, with settings on top.

        Raises
        ------
        ScenarioError : with every fault, each with its line or setting
        """
        if name not in self.files:
            raise ScenarioError(Fault("scenario", f"there is none of the name '{name}'"))
        return Scenario.load(self.files[name], settings)

    def touch(self, page: str, number: int) -> None:
        """A page has been touched again: what it asked before need not be answered."""
        self._latest[page] = max(number, self._latest.get(page, 0))
        self._latest.move_to_end(page)
        while len(self._latest) > KEPT:
            self._latest.popitem(last=False)

    def in_turn(
        self, page: str, number: int, work: Callable[[], Any], is_touch: bool = True
    ) -> Any:
        """The work's result when its turn comes.

        Raises
        ------
        Outdated : the page has been touched again meanwhile
        """
        with self._touches if is_touch else self._explanations:
            if self._latest.get(page, 0) > number:
                raise Outdated
            return work()

    def plan(self, name: str, settings: Sequence[str], explained: bool = False) -> Plan:
        """The plan of a scenario under settings.

        Parameters
        ----------
        explained : with what each rule costs, or with why there is no plan, which takes longer

        Raises
        ------
        InputError : as `budgetopt plan`
        """
        scenario = self.scenario(name, settings)
        evidence = self.evidence(scenario)
        key = (name, tuple(settings), explained, scenario.sha256, id(evidence))
        with self._shelf:
            if key in self._plans:
                self._plans.move_to_end(key)
                return self._plans[key]
        costs = None if explained else False
        plan = plan_on(scenario, evidence, costs=costs, conflicts=explained)
        with self._shelf:
            self._plans[key] = plan
            while len(self._plans) > KEPT:
                self._plans.popitem(last=False)
        return plan

    def evidence(self, scenario: Scenario) -> Evidence:
        """What a scenario rests on; read anew where one of its files has changed."""
        key = evidence_key(scenario)
        with self._shelf:
            found = self._evidence.get(key)
            if found is None or found[0] != _stamp(scenario, found[1]):
                evidence = read_evidence(scenario, use_cache=self._use_cache)
                found = self._evidence[key] = (_stamp(scenario, evidence), evidence)
        return found[1]


def _stamp(scenario: Scenario, evidence: Evidence) -> Stamp:
    """Size and time of the files behind the evidence, as far as they are files."""
    found = []
    for item in evidence.inputs:
        path = scenario.folder / item.file
        if path.is_file():
            state = path.stat()
            found.append((item.file, state.st_size, state.st_mtime_ns))
    return tuple(found)
