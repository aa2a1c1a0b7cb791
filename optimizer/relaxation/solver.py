"""A linear model to status, values, prices and bound. The only place where signs flip.

Models come in as minimisations of the negated objective. PuLP's row prices then mean the same
under every solver (on maximisations HiGHS and CBC disagree in sign); they are negated here, once,
so that a price is what one more unit of a row's limit adds to the objective.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, InputError, nearest

Array = NDArray[np.floating]


MOST_ROUNDS = 200


@dataclass(frozen=True)
class Settings:
    """How to solve.

    Parameters
    ----------
    gap : relative optimality gap to prove, fraction
    solver : "HiGHS", "CBC" or any solver that PuLP finds
    time_limit : seconds for the whole optimisation; None: as long as it takes
    max_iterations : rounds of refinement at most
    """

    gap: float = 1e-4
    solver: str = "HiGHS"
    time_limit: float | None = None
    max_iterations: int = MOST_ROUNDS

    @property
    def refinement(self) -> float:
        """The gap for which curves are approximated: a percent where any plan will do."""
        return min(self.gap, 0.01)

    @property
    def rounding(self) -> float:
        """Relative violation of a row that counts as the solver's rounding: CBC writes 8 digits."""
        return 1e-8 if self.solver.lower() == "highs" else 1e-6


@dataclass(frozen=True, eq=False)
class Solved:
    """What a solver says of a model; values are meaningless unless `has_values`.

    Parameters
    ----------
    status : "optimal" (within the gap asked for), "stopped" (time ran out), "infeasible" (as two
        solves said), "trouble" (no way of asking gave an answer)
    values : one per column
    prices : objective per unit of each row's limit, by row name; empty with binaries
    bound : no solution of the model has a greater objective; None where the solver tells none
    """

    status: Literal["optimal", "stopped", "infeasible", "trouble"]
    has_values: bool = False
    values: Array = field(default_factory=lambda: np.empty(0))
    prices: dict[str, float] = field(default_factory=dict)
    bound: float | None = None


# Presolve and heuristics cost far more than they save on programmes of a few rows, many columns
# and a handful of binaries: 5 ms against 20 ms at 15 channels, measured.
_HIGHS: dict[str, Any] = {
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "small_matrix_value": 1e-12,
}
_HIGHS_MIP: dict[str, Any] = {
    "mip_feasibility_tolerance": 1e-9,
    "mip_abs_gap": 0.0,  # a relative gap is asked for, whatever the objective's size
    "mip_heuristic_effort": 0.0,
    "mip_detect_symmetry": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_root_reduced_cost": False,
}


# How a model is asked again.
_LOOSER: dict[str, Any] = {
    "presolve": "on",
    "primal_feasibility_tolerance": 1e-7,
    "dual_feasibility_tolerance": 1e-7,
    "mip_feasibility_tolerance": 1e-7,
}

MANY = 60_000  # columns


class Clock:
    """How much of a time limit is left."""

    def __init__(self, limit: float | None) -> None:
        self._end = None if limit is None else time.monotonic() + limit

    @property
    def left(self) -> float | None:
        """Seconds left, None without a limit; never quite zero, which solvers misread."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.01)

    @property
    def is_over(self) -> bool:
        return self._end is not None and time.monotonic() >= self._end


def solve(model: Any, columns: list, rows: list, settings: Settings, clock: Clock) -> Solved:
    """Solve a minimisation of the negated objective; prices are wanted of `rows`.

    A solver that gives up, fails or finds nothing feasible is asked again in another way: without
    presolve the simplex now and then gives up on a programme that has an optimum, and one verdict
    of "infeasible" alone may be its rounding.

    Raises
    ------
    InputError : the solver is not known or not installed
    """
    import pulp

    if not model.variables():  # nothing may move
        return Solved("optimal", has_values=True, bound=0.0)
    is_mip, verdicts = model.isMIP(), 0
    for ask in _ways_to_ask(settings, is_mip, len(columns)):
        if verdicts and clock.is_over:
            break
        try:
            model.solve(ask(clock.left))
        except pulp.PulpError:
            continue
        if model.status == pulp.LpStatusInfeasible:
            verdicts += 1
            if verdicts > 1:
                return Solved("infeasible")
        elif model.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            return _read(model, columns, rows, settings, clock)
        elif clock.is_over:
            return Solved("stopped", bound=_bound(model, settings, is_mip, stopped=True))
    return Solved("stopped" if clock.is_over else "trouble")


def _read(model: Any, columns: list, rows: list, settings: Settings, clock: Clock) -> Solved:
    """The values, prices and bound of a model that was solved, or stopped with a solution."""
    import pulp

    is_mip = model.isMIP()
    values = np.array([column.varValue or 0.0 for column in columns])
    stopped = model.sol_status == pulp.LpSolutionIntegerFeasible or clock.is_over
    has_values = bool(np.isfinite(values).all())
    prices = {} if is_mip else {row.name: -(row.pi or 0.0) for row in rows}
    bound = _bound(model, settings, is_mip, stopped)
    return Solved("stopped" if stopped else "optimal", has_values, values, prices, bound)


def _ways_to_ask(settings: Settings, is_mip: bool, columns: int) -> list[Callable[..., Any]]:
    """Solvers, each given the seconds left: the one asked for, then others where it fails."""
    is_highs = settings.solver.lower() == "highs"
    # One row and 100,000 columns: 1 s by the interior point, 5 s by the simplex, measured.
    many = {"solver": "ipm"} if is_highs and columns > MANY and not is_mip else None
    highs = replace(settings, solver="HiGHS")
    others: list[dict[str, Any]] = [_LOOSER, _LOOSER if is_mip else {"solver": "ipm"}]
    if is_mip:
        others[0] = {"presolve": "on", "primal_feasibility_tolerance": 1e-8}
    return [
        partial(_solver, settings, is_mip, other=many),
        *(partial(_solver, highs, is_mip, other=other) for other in others),
    ]


def _bound(model: Any, settings: Settings, is_mip: bool, stopped: bool) -> float | None:
    """Upper bound on the (un-negated) objective, without its constant."""
    if not is_mip:
        return None if stopped else -float(model.objective.value())
    native = getattr(model, "solverModel", None)
    if settings.solver.lower() == "highs" and native is not None:
        dual = float(native.getInfo().mip_dual_bound)
        return -dual if np.isfinite(dual) else None
    if stopped:
        return None
    value = -float(model.objective.value())
    return value + abs(value) * _mip_gap(settings)


def _mip_gap(settings: Settings) -> float:
    """What each model is solved to: a part of the gap, the straight lines take the rest."""
    return min(settings.gap / 4, 1e-2)


def _solver(
    settings: Settings, is_mip: bool, seconds: float | None, other: Mapping[str, Any] | None = None
):
    """The solver as PuLP knows it, quiet, with tight tolerances where it has such options."""
    import pulp

    name = settings.solver
    if name.lower() == "highs":
        gap = _mip_gap(settings) if is_mip else None
        options = _HIGHS | (_HIGHS_MIP if is_mip else {}) | dict[str, Any](other or {})
        return pulp.HiGHS(msg=False, gapRel=gap, timeLimit=seconds, **options)
    if name.lower() == "cbc":
        from pulp.apis.coin_api import pulp_cbc_path

        path = shutil.which("cbc") or pulp_cbc_path
        return pulp.COIN_CMD(msg=False, path=path, gapRel=_mip_gap(settings), timeLimit=seconds)
    return pulp.getSolver(installed(name), msg=False, timeLimit=seconds)


def installed(name: str) -> str:
    """A solver as PuLP calls it.

    Raises
    ------
    InputError : it is not installed here
    """
    if name.lower() in ("highs", "cbc"):
        return name
    import pulp

    available = [known for known in pulp.listSolvers(onlyAvailable=True) if known != "PULP_CBC_CMD"]
    found = {known.lower(): known for known in available}.get(name.lower())
    if found is None:
        near = nearest(name, [*available, "CBC"])
        hint = f"Did you mean {near}? " if near else ""
        choices = ", ".join(sorted({*available, "CBC"}))
        raise InputError(
            Fault("solver", f"{name!r} is not installed here", f"{hint}Available: {choices}")
        )
    return found
