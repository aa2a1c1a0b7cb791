"""Scenario to Plan: the one way in which every command and every notebook comes to a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from models import __version__
from models.curves.curveset import CurveSet
from models.errors import Fault, InputError, ScenarioError
from models.interchange.curve_import import load_curves
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import Today
from scenarios.plan.performance import Performance
from scenarios.plan.plan import InputFile, Plan, Provenance
from scenarios.sources.fit_request import files_of, request_of

if TYPE_CHECKING:
    from models.history.history import HistorySpec
    from optimizer.allocation import Allocation
    from scenarios.question.resolve import Question
    from scenarios.sources.fit_cache import Fitted
    from scenarios.sources.named_history import NamedHistory

Say = Callable[[str], None]
FEW_SOLVES = 30
DECIDING = ("numpy", "scipy", "pulp", "highspy")  # packages whose version may move a digit


@dataclass(frozen=True)
class Evidence:
    """What a plan rests on.

    Parameters
    ----------
    curves : one per channel
    today : current spend per fit period by channel, where the scenario asks for other days than
        the curves' own
    inputs : the files behind it
    is_cached : the curves were fitted on an earlier occasion
    performance : asked for how the channels fared before; None where there is no history
    """

    curves: CurveSet
    today: Mapping[str, float] | None
    inputs: tuple[InputFile, ...]
    is_cached: bool = False
    performance: Callable[[], Performance | None] = lambda: None


def run(scenario: Scenario, say: Say = lambda _: None, use_cache: bool = True) -> Plan:
    """The best allocation that a scenario's rules allow, with its proof.

    Parameters
    ----------
    say : told what goes on, for a progress display
    use_cache : take a fit of the same history from the cache, where there is one

    Raises
    ------
    InputError : the history, the curves or the scenario are wrong
    """
    return plan_on(scenario, read_evidence(scenario, say, use_cache), say)


def plan_on(
    scenario: Scenario,
    evidence: Evidence,
    say: Say = lambda _: None,
    costs: bool | None = None,
    conflicts: bool = True,
) -> Plan:
    """The plan of a scenario whose curves are at hand.

    Parameters
    ----------
    costs : whether to solve again without each rule, to say what it costs; None: where that takes
        no more than 30 solves of a plan without carry-over
    conflicts : of a scenario without a plan, also find out why
    """
    from scenarios.answer.build_plan import plan_of
    from scenarios.answer.last_money import last_money_of
    from scenarios.answer.promises import goals_of, promises_of
    from scenarios.question.resolve import resolve

    question = resolve(scenario, evidence.curves, evidence.today)
    say("Finding the best split ...")
    allocation = allocation_of(question, costs, conflicts)
    beside = {
        "promises": promises_of(question, allocation),
        "goals": goals_of(question, allocation),
        "last_money": last_money_of(question, allocation) if costs is not False else None,
        "performance": evidence.performance(),
    }
    plan = plan_of(question, allocation, provenance_of(scenario, evidence))
    return plan.model_copy(update=beside)


def allocation_of(
    question: Question, costs: bool | None = None, conflicts: bool = True
) -> Allocation:
    """The best split, or the simplest that is nearly as good where the scenario asks for it.

    Parameters
    ----------
    costs : as `plan_on`
    conflicts : of a scenario without a plan, also find out why
    """
    from optimizer.allocator import allocate
    from optimizer.relaxation.solver import Clock
    from optimizer.sensitivity.rule_costs import solves_needed, with_costs
    from optimizer.simplest import simplest

    settings = question.settings
    clock = Clock(settings.time_limit)
    within = question.scenario.definition.within
    if within is not None:
        return simplest(question.problem, within, settings, conflicts)
    allocation = allocate(question.problem, settings, conflicts=conflicts)
    if costs is None:
        costs = solves_needed(allocation) <= FEW_SOLVES and not question.problem.carry_over
    if not costs or allocation.certificate is None or clock.is_over:
        return allocation
    return with_costs(question.problem, allocation, replace(settings, time_limit=clock.left))


def run_all(
    scenarios: Sequence[Scenario], say: Say = lambda _: None, use_cache: bool = True
) -> list[Plan]:
    """The plans of several scenarios; a history that they share is read and fitted once.

    Their rules carry prices, but no costs.

    Raises
    ------
    InputError : with the faults of all the scenarios
    """
    found: list[Plan] = []
    faults: list[Fault] = []
    shelf: dict[str, Evidence] = {}
    for scenario in scenarios:
        shared = evidence_key(scenario)
        try:
            if shared not in shelf:
                shelf[shared] = read_evidence(scenario, say, use_cache)
            found.append(plan_on(scenario, shelf[shared], say, costs=False))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(dict.fromkeys(faults))
    return found


def evidence_key(scenario: Scenario) -> str:
    """What decides the evidence: scenarios with the same key share it."""
    definition = scenario.definition
    history = definition.history.model_dump() if definition.history else None
    folder = str(scenario.folder.resolve())
    fit = definition.fit.model_dump() if definition.fit else None
    return repr((folder, history, definition.curves, definition.current, fit))


def read_evidence(
    scenario: Scenario, say: Say = lambda _: None, use_cache: bool = True
) -> Evidence:
    """The curves that a scenario names, or those fitted to the history that it names.

    Parameters
    ----------
    use_cache : take a fit of the same history from the cache, where there is one
    """
    definition = scenario.definition
    if definition.curves is not None:
        path = scenario.folder / definition.curves
        curves = load_curves(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        _refuse_other_days(scenario)
        request = request_of(definition.fit, scenario.folder)
        if request is not None:
            from models.fit.request import corrected

            curves = corrected(curves, request)
        source = InputFile(role="curves", file=definition.curves, sha256=digest)
        return Evidence(curves, None, (source, *files_of(definition.fit, scenario.folder)))
    from scenarios.sources.named_history import named_history

    history = named_history(scenario, say)
    return evidence_of(scenario, history, say, use_cache)


def evidence_of(
    scenario: Scenario,
    history: NamedHistory,
    say: Say = lambda _: None,
    use_cache: bool = True,
) -> Evidence:
    """The curves fitted to a history, as a scenario asks for them.

    Parameters
    ----------
    use_cache : as `read_evidence`
    """
    from scenarios.sources.fit_cache import fitted

    request = request_of(scenario.definition.fit, scenario.folder)
    found = fitted(history.spec, use_cache, say, request)
    return evidence_with(scenario, history, found, use_cache)


def evidence_with(
    scenario: Scenario, history: NamedHistory, found: Fitted, use_cache: bool = True
) -> Evidence:
    """A history and the curves that were fitted to it, as a scenario takes them."""
    from scenarios.sources.channel_performance import performance_behind

    definition = scenario.definition
    inputs = (
        *history.inputs_of(found.sha256),
        *files_of(definition.fit, scenario.folder),
    )
    fared = cache(lambda: performance_behind(history.spec, found, use_cache))
    return Evidence(found.curves, _today(scenario, history.spec), inputs, found.is_cached, fared)


def _today(scenario: Scenario, spec: HistorySpec) -> dict[str, float] | None:
    """Mean spend per period over the days that 'today' stands for, unless the curves know it."""
    current = scenario.definition.current
    if not isinstance(current, Today) or current.days == Today().days:
        return None
    from models.history.read import read_history

    history = read_history(spec)
    periods, rest = divmod(current.days, history.period_days)
    if rest or not 1 <= periods <= len(history.dates):
        unit = {1: "days", 7: "weeks"}.get(history.period_days, "months (of 30 days each)")
        raise ScenarioError(
            scenario.tree.fault(
                ("current",),
                f"{current.days} days are not a whole number of the {len(history.dates)} {unit}"
                " that the history has",
            )
        )
    means = history.spend.tail(periods).mean()
    return {channel: float(means[channel]) for channel in history.channels}


def _refuse_other_days(scenario: Scenario) -> None:
    current = scenario.definition.current
    if isinstance(current, Today) and current.days != Today().days:
        raise ScenarioError(
            scenario.tree.fault(
                ("current",),
                f"curves know the spend of the last {Today().days} days only",
                "Name the history instead of the curves, or write amounts by channel.",
            )
        )


def provenance_of(scenario: Scenario, evidence: Evidence) -> Provenance:
    known = evidence.curves.provenance
    by_role = {source.role: source.sha256 for source in evidence.inputs}
    files = tuple(
        InputFile(role="scenario", file=name, sha256=digest)
        for name, digest in reversed(scenario.tree.files)
    )
    return Provenance(
        version=__version__,
        inputs=(*files, *evidence.inputs),
        overrides=scenario.settings,
        versions={name: found for name in DECIDING if (found := _version(name))},
        seed=known.get("seed"),
        rows=known.get("rows"),
        first_date=known.get("first_date"),
        last_date=known.get("last_date"),
        history_sha256=by_role.get("history") or known.get("history_sha256"),
        curves_sha256=by_role.get("curves"),
        scenario_sha256=scenario.sha256,
    )


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
