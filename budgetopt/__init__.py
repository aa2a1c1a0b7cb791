"""budgetopt for notebooks and other programs: every name is loaded when it is first used.

import budgetopt as bo

curves = bo.fit_curves(bo.read_history(frame))        # a file, or a DataFrame
plan = bo.run(bo.Scenario.of({"budget": 120_000}), curves)
plan.to_frame(), plan.plot(), curves.plot()
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from budgetopt.floors import refuse_shadows

if TYPE_CHECKING:
    from budgetopt.accounts import plan_many as plan_many
    from budgetopt.curves import CurveSet as CurveSet
    from budgetopt.curves import fit_curves as fit_curves
    from budgetopt.curves import load_curves as load_curves
    from budgetopt.plans import Plan as Plan
    from budgetopt.plans import load_plan as load_plan
    from budgetopt.plans import run as run
    from models import __version__ as __version__
    from models.curves.file import save_curves as save_curves
    from models.errors import BudgetoptError as BudgetoptError
    from models.fit.estimator import ResponseCurve as ResponseCurve
    from models.history.history import History as History
    from models.history.read import read_history as read_history
    from optimizer.allocator import allocate as allocate
    from optimizer.problem import Budget as Budget
    from optimizer.problem import Problem as Problem
    from optimizer.rules import Rule as Rule
    from scenarios.definition.scenario import Scenario as Scenario

__all__ = [
    "Budget",
    "BudgetoptError",
    "CurveSet",
    "History",
    "Plan",
    "Problem",
    "ResponseCurve",
    "Rule",
    "Scenario",
    "__version__",
    "allocate",
    "fit_curves",
    "load_curves",
    "load_plan",
    "plan_many",
    "read_history",
    "run",
    "save_curves",
]

_HOMES = {
    "Budget": "optimizer.problem",
    "BudgetoptError": "models.errors",
    "CurveSet": "budgetopt.curves",
    "History": "models.history.history",
    "Plan": "budgetopt.plans",
    "Problem": "optimizer.problem",
    "ResponseCurve": "models.fit.estimator",
    "Rule": "optimizer.rules",
    "Scenario": "scenarios.definition.scenario",
    "__version__": "models",
    "allocate": "optimizer.allocator",
    "fit_curves": "budgetopt.curves",
    "load_curves": "budgetopt.curves",
    "load_plan": "budgetopt.plans",
    "plan_many": "budgetopt.accounts",
    "read_history": "models.history.read",
    "run": "budgetopt.plans",
    "save_curves": "models.curves.file",
}

refuse_shadows()


def __getattr__(name: str) -> Any:
    """A name of the face, from where it lives (PEP 562); kept, so that this happens once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
