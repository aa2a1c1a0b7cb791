"""The scenarios behind the page: read at every touch, their histories fitted once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from models.errors import Fault, InputError, ScenarioError
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan
from scenarios.planning import Evidence, evidence_key, plan_on, read_evidence

KEPT = 200  # plans that are remembered
Stamp = tuple[tuple[str, int, int], ...]


class Workspace:
    """Scenario files by name, with what they rest on.

    Every answer is that of `budgetopt plan` with the same settings.

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
        self._evidence: dict[str, tuple[Stamp, Evidence]] = {}
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._watched: dict[str, set[Path]] = {}

    def scenario(self, name: str, settings: Sequence[str] = ()) -> Scenario:
        """A scenario as its file says now, with settings on top.

        Raises
        ------
        ScenarioError : with every fault, each with its line or setting
        """
        if name not in self.files:
            raise ScenarioError(Fault("scenario", f"there is none of the name '{name}'"))
        return Scenario.load(self.files[name], settings)

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
        if key not in self._plans:
            costs = None if explained else False
            self._plans[key] = plan_on(scenario, evidence, costs=costs, conflicts=explained)
            while len(self._plans) > KEPT:
                self._plans.popitem(last=False)
        self._plans.move_to_end(key)
        return self._plans[key]

    def evidence(self, scenario: Scenario) -> Evidence:
        """What a scenario rests on; read anew where one of its files has changed."""
        key = evidence_key(scenario)
        found = self._evidence.get(key)
        if found is None or found[0] != stamp_of(_files(scenario, found[1])):
            evidence = read_evidence(scenario, use_cache=self._use_cache)
            found = self._evidence[key] = (stamp_of(_files(scenario, evidence)), evidence)
        return found[1]

    def watched(self, name: str) -> list[Path]:
        """The files behind a scenario, as far as they were read; of faulty ones, as they last were.

        A browser is told when one of them changes.
        """
        known = self._watched.setdefault(name, {self.files[name]})
        with suppress(InputError):
            scenario = self.scenario(name)
            layers = {scenario.folder / file for file, _ in scenario.tree.files}
            found = self._evidence.get(evidence_key(scenario))
            known = {self.files[name], *layers, *(_files(scenario, found[1]) if found else ())}
            self._watched[name] = known
        return sorted(known)


def _files(scenario: Scenario, evidence: Evidence) -> list[Path]:
    """The files behind the evidence, as far as they are files."""
    return [path for one in evidence.inputs if (path := scenario.folder / one.file).is_file()]


def stamp_of(files: Iterable[Path]) -> Stamp:
    """Sizes and times of files, which tell whether they have changed."""
    found = []
    for path in files:
        try:
            state = path.stat()
        except OSError:
            found.append((str(path), -1, 0))
        else:
            found.append((str(path), state.st_size, state.st_mtime_ns))
    return tuple(found)
