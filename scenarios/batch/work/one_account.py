"""The work itself: one account's rows and its scenario to a result. Nothing else decides it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from models.errors import Fault, InputError, ScenarioError
from models.history.cell_table import Table
from models.history.history import HistorySpec, Scale
from models.phrases import said
from optimizer.across.budget_response import BudgetResponse, respond
from scenarios.batch.work.account_result import (
    AccountResponse,
    AccountResult,
    Answers,
    failed,
    result_of,
    told,
)
from scenarios.batch.work.curve_shelf import fitted_or_kept
from scenarios.batch.work.results_store import Store
from scenarios.batch.work.shared_shapes import Borrowed
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import InputFile, Plan
from scenarios.planning import Evidence, evidence_with, plan_on
from scenarios.question.resolve import resolve
from scenarios.sources.named_history import NamedHistory, columns_of

Made = TypeVar("Made")
OUT_OF_MEMORY = said("it needs more memory than one account may have (--memory)")


@dataclass(frozen=True)
class Share:
    """Of one budget: the price of money, and the scenario with the range that is free."""

    scenario: Scenario
    price: float


def spec_of(scenario: Scenario, table: Table | None = None) -> HistorySpec:
    """What the columns of an account's rows mean."""
    declared = scenario.definition.history
    assert declared is not None, "a template has a block of its history"
    scales = tuple(Scale.of(name, factor) for name, factor in declared.scale.items())
    name = table.name if table else ""
    return HistorySpec(name, table=table, scales=scales, **columns_of(declared))


def asked_of(template: Scenario, account: str, settings: tuple[str, ...] = ()) -> Scenario:
    """The scenario of one account; ScenarioError where its settings are wrong."""
    own = template.changed(*settings) if settings else template
    definition = own.definition.model_copy(update={"name": account})
    return replace(own, definition=definition, name=account)


def plan_account(
    scenario: Scenario,
    table: Table,
    key: str,
    shelf: Store | None = None,
    borrowed: Borrowed | None = None,
    share: Share | None = None,
    with_performance: bool = False,
) -> tuple[AccountResult, Plan | None]:
    """Check, fit and plan one account; whatever its input gets wrong becomes its result.

    Parameters
    ----------
    key : of the result
    shelf : where curves are kept; None: they are not
    borrowed : what other accounts say of its channels
    share : the price at which its budget was found, which it answers with any budget
    with_performance : also say in the plan how the channels fared before
    """

    def made() -> tuple[AccountResult, Plan | None]:
        evidence = _evidence(scenario, table, shelf, borrowed)
        if not with_performance:
            evidence = replace(evidence, performance=lambda: None)
        plan = plan_on(scenario, evidence, costs=False)
        result = result_of(scenario.name, key, plan)
        answer = _answer(share.scenario, evidence, [share.price]) if share else None
        if answer is not None:
            result = result.model_copy(update={"answer": Answers.of(answer)})
        return result, plan

    return _guarded(scenario.name, key, made, lambda result: (result, None))


def respond_account(
    scenario: Scenario,
    table: Table,
    key: str,
    shelf: Store | None,
    borrowed: Borrowed | None = None,
) -> AccountResponse | AccountResult:
    """Check and fit one account, and what it makes of any budget; or why that cannot be told.

    Parameters
    ----------
    scenario : its budget is the range that the account's may lie in
    """

    def made() -> AccountResponse | AccountResult:
        evidence = _evidence(scenario, table, shelf, borrowed)
        question = resolve(scenario, evidence.curves, evidence.today)
        answer = _answer(scenario, evidence)
        if answer is None:
            return failed(scenario.name, key, [said("no allocation satisfies its rules")])
        currency, objective = evidence.curves.currency, question.problem.objective
        return AccountResponse(
            account=scenario.name,
            key=key,
            currency=currency,
            measure=objective,
            answers=Answers.of(answer),
        )

    return _guarded(scenario.name, key, made, lambda result: result)


def _evidence(
    scenario: Scenario, table: Table, shelf: Store | None, borrowed: Borrowed | None
) -> Evidence:
    source = InputFile(role="history", file=table.name, sha256=table.sha256)
    history = NamedHistory(spec_of(scenario, table), (source,))
    found = fitted_or_kept(scenario.name, scenario, history.spec, shelf, borrowed or {})
    return evidence_with(scenario, history, found, use_cache=False)


def _answer(
    scenario: Scenario, evidence: Evidence, prices: list[float] | None = None
) -> BudgetResponse | None:
    """What the account makes of prices of money; None where it has no plan at any."""
    question = resolve(scenario, evidence.curves, evidence.today)
    problem = question.problem
    other = [
        *(["risk"] if problem.is_drawn else []),
        *(["periods"] if len(problem.periods) > 1 or problem.carry_over else []),
        *([f"objective: {problem.objective}"] if problem.objective in ("roas", "spend") else []),
    ]
    if other:
        raise ScenarioError(
            Fault(other[0], said("one budget across accounts is not found with this"))
        )
    return respond(problem, question.settings, prices)


def _guarded(
    account: str, key: str, make: Callable[[], Made], lost: Callable[[AccountResult], Made]
) -> Made:
    """What is made, or the account's failure: a fault in one is no reason to lose the others."""
    try:
        return make()
    except InputError as error:
        return lost(failed(account, key, [told(fault) for fault in error.faults]))
    except MemoryError:
        return lost(failed(account, key, [OUT_OF_MEMORY]))
    except Exception as error:
        kind = type(error).__name__
        problem = said(
            "this should not have happened: {kind}: {error}", kind=kind, error=str(error)
        )
        return lost(failed(account, key, [problem]))
