"""Whether a plan still stands: made again from its recorded inputs and compared, figure by figure.

The same inputs, versions and platform give the same bytes. With another version of the solver or
of NumPy, or on another platform, the last digits of a figure may differ, and where two splits are
equally good the solver may find the other: then the figures agree within the plan's own gap but
the split does not. `verify` says which of these it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import Fault
from scenarios.plan.plan import InputFile, Plan, PlanError, dump

AGAIN = "Bring the file back, or make a new plan."
NOISE = 1e-6  # relative: what another platform's arithmetic may move


@dataclass(frozen=True)
class Deviation:
    """A figure that did not come out again, by its path in the document."""

    path: str
    recorded: Any
    found: Any


@dataclass(frozen=True)
class Verdict:
    """What making the plan again showed.

    Parameters
    ----------
    is_same : every byte is the same
    deviations : figures that differ by more than arithmetic may move them
    versions : versions that differ, by package: (recorded, here)
    """

    is_same: bool
    deviations: tuple[Deviation, ...]
    versions: dict[str, tuple[str, str]]

    @property
    def stands(self) -> bool:
        return not self.deviations


def verify(plan: Plan, folder: Path) -> Verdict:
    """Make the plan again from the files that its provenance names.

    Parameters
    ----------
    folder : where the scenario lies; the files that it names are found from there

    Raises
    ------
    PlanError : an input is missing or was changed; every one of them is named
    """
    from scenarios.definition.scenario import Scenario
    from scenarios.planning import run

    faults = list(changed_inputs(plan, folder))
    if faults:
        raise PlanError(faults)
    path = folder / scenario_file(plan).file
    # Not from the cache: a fit that was kept proves nothing.
    again = run(Scenario.load(path, plan.provenance.overrides), use_cache=False)
    if plan.performance is None:  # made before plans told it, or from curves
        again = again.model_copy(update={"performance": None})
    old, new = (_comparable(document) for document in (plan, again))
    here, there = again.provenance.versions, plan.provenance.versions
    versions = {
        name: (there.get(name, "none"), here.get(name, "none"))
        for name in sorted({*here, *there})
        if there.get(name) != here.get(name)
    }
    return Verdict(dump(again) == dump(plan), tuple(deviations(old, new)), versions)


def scenario_file(plan: Plan) -> InputFile:
    """The scenario that the plan was made from (not those that it extends)."""
    scenarios = [item for item in plan.provenance.inputs if item.role == "scenario"]
    if not scenarios:
        problem = "the plan does not say which scenario file it was made from"
        raise PlanError(Fault(plan.name, problem, "Make it with `budgetopt plan`."))
    return scenarios[0]


def changed_inputs(plan: Plan, folder: Path) -> Iterator[Fault]:
    """Inputs that are gone, or whose bytes are not those that the plan was made from."""
    for item in plan.provenance.inputs:
        if item.role == "warehouse":
            continue  # what changed in it shows when the plan is made again
        path = folder / item.file
        if not path.is_file():
            problem = f"the {item.role} is missing"
            yield Fault(str(path), problem, "Say where the scenario lies with --folder.")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != item.sha256:
            problem = f"the {item.role} was changed since the plan was made"
            yield Fault(str(path), problem, AGAIN)


def _comparable(plan: Plan) -> dict[str, Any]:
    """Everything that the inputs decide: not the versions, not how often the solver was asked."""
    content = plan.model_dump(mode="json", by_alias=True)
    content["provenance"].pop("versions")
    content["provenance"].pop("version")
    if content["certificate"]:
        content["certificate"].pop("iterations")
    return content


def deviations(old: Any, new: Any, path: str = "") -> Iterator[Deviation]:
    """Where two documents differ by more than noise."""
    if isinstance(old, str) and isinstance(new, dict):  # of a plan that kept no messages
        new = new.get("text")
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys((*old, *new))
        if {"message", "values"} <= old.keys() & new.keys():
            keys.pop("text", None)  # the values say it
        for key in keys:
            yield from deviations(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from deviations(one, other, f"{path}[{_name(one, number)}]")
    elif not _same(old, new):
        yield Deviation(path, old, new)


def _name(entry: Any, number: int) -> str:
    """A channel or rule by its name, anything else by its place."""
    if isinstance(entry, dict):
        return str(entry.get("channel") or entry.get("rule") or entry.get("label") or number)
    return str(number)


def _same(old: Any, new: Any) -> bool:
    numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (old, new))
    if not numbers:
        return old == new
    return abs(old - new) <= NOISE * max(abs(old), abs(new), 1e-3)
