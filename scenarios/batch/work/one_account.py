"""The work itself: one account's rows and its scenario to a result. Nothing else decides it."""

from __future__ import annotations

from dataclasses import replace

from models.errors import InputError
from models.history.cell_table import Table
from models.history.history import HistorySpec, Scale
from models.phrases import said
from scenarios.batch.work.account_result import AccountResult, failed, result_of, told
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import InputFile, Plan
from scenarios.planning import evidence_of, plan_on
from scenarios.sources.named_history import NamedHistory, columns_of


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
    scenario: Scenario, table: Table, key: str, with_performance: bool = False
) -> tuple[AccountResult, Plan | None]:
    """Check, fit and plan one account; whatever its input gets wrong becomes its result.

    Parameters
    ----------
    key : of the result
    with_performance : also say in the plan how the channels fared before
    """
    try:
        source = InputFile(role="history", file=table.name, sha256=table.sha256)
        history = NamedHistory(spec_of(scenario, table), (source,))
        evidence = evidence_of(scenario, history, use_cache=False)
        if not with_performance:
            evidence = replace(evidence, performance=lambda: None)
        plan = plan_on(scenario, evidence, costs=False)
    except InputError as error:
        return failed(scenario.name, key, [told(fault) for fault in error.faults]), None
    except MemoryError:
        return failed(scenario.name, key, [OUT_OF_MEMORY]), None
    except Exception as error:  # a fault of ours in one account is no reason to lose the others
        problem = said(
            "this should not have happened: {kind}: {error}",
            kind=type(error).__name__,
            error=str(error),
        )
        return failed(scenario.name, key, [problem]), None
    return result_of(scenario.name, key, plan), plan


OUT_OF_MEMORY = said("it needs more memory than one account may have (--memory)")
