"""What the rules of a plan are worth: a plan made again from its inputs, its prices explored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.sensitivity.ranging import PriceRange, price_range
from scenarios.analyses.verify import changed_inputs, scenario_file
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import Plan, PlanError
from scenarios.planning import Evidence, Say, plan_on, read_evidence
from scenarios.question.resolve import Question, resolve


@dataclass(frozen=True)
class Explanation:
    """A plan and how far its prices hold.

    Parameters
    ----------
    plan : with the cost of each rule
    ranges : by position among the plan's rules; only of rules that bind and have a price
    notes : what could not be said, and why
    """

    plan: Plan
    ranges: dict[int, PriceRange]
    notes: tuple[str, ...] = ()


def explain_scenario(
    scenario: Scenario, evidence: Evidence, say: Say = lambda _: None
) -> Explanation:
    """The best plan of a scenario, its rules priced; a simple plan has no prices of its own."""
    notes: tuple[str, ...] = ()
    if scenario.definition.within is not None:
        notes = ("prices are those of the best plan, whatever 'within' gives up",)
        scenario = scenario.changed("within=null")
    plan = plan_on(scenario, evidence, say, costs=True)
    question = resolve(scenario, evidence.curves, evidence.today)
    return Explanation(plan, _ranges(question, plan, say), notes)


def explain_plan(plan: Plan, folder: Path, say: Say = lambda _: None) -> Explanation:
    """The rules of a plan that was made earlier; their ranges, if its inputs are as they were.

    Parameters
    ----------
    folder : where the scenario lies; the files that it names are found from there
    """
    if plan.certificate is None:
        return Explanation(plan, {})
    if plan.scenario.get("within") is not None:
        return Explanation(plan, {}, (SIMPLE,))
    try:
        faults = list(changed_inputs(plan, folder))
        if faults:
            raise PlanError(faults)
        path = folder / scenario_file(plan).file
    except PlanError as error:
        lines = "; ".join(str(error).splitlines())
        return Explanation(plan, {}, (f"how far prices hold is not known: {lines}",))
    scenario = Scenario.load(path, plan.provenance.overrides)
    evidence = read_evidence(scenario, say)
    question = resolve(scenario, evidence.curves, evidence.today)
    return Explanation(plan, _ranges(question, plan, say))


SIMPLE = (
    "a plan made with 'within' has no prices: `budgetopt explain SCENARIO` prices the best plan"
)


def _ranges(question: Question, plan: Plan, say: Say) -> dict[int, PriceRange]:
    """Of every rule that binds and has a price."""
    found = {}
    for position, rule in enumerate(plan.rules):
        is_fixed = rule.kind in ("locked", "hold")  # today's spend is not a limit that one sets
        if rule.is_binding and rule.shadow_price and not is_fixed:
            say(f"How far the price of {rule.rule} holds ...")
            found[position] = price_range(
                question.problem, position, rule.shadow_price, question.settings
            )
    return found
