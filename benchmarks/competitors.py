"""What public tools search with: local solvers and a greedy climb, on a sum of Hill curves."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Task:
    """Maximise ``sum a x^s / (x^s + k^s)`` with ``sum(x) = budget``, ``low <= x <= high``."""

    ceiling: Array
    half: Array
    slope: Array
    low: Array
    high: Array
    current: Array
    budget: float

    def value(self, spend: Array) -> float:
        """Sum of responses."""
        with np.errstate(divide="ignore"):
            return float(
                (self.ceiling / (1 + (self.half / np.maximum(spend, 0)) ** self.slope)).sum()
            )

    def gradient(self, spend: Array) -> Array:
        """Slopes, kept finite at zero as the tools do."""
        spend = np.maximum(spend, 1e-9 * self.half)
        ratio = (self.half / spend) ** self.slope
        return self.ceiling * self.slope / spend / (2 + ratio + 1 / ratio)

    def repaired(self, spend: Array) -> Array:
        """Inside the bounds, and never above the budget: what the tool would really spend."""
        spend = np.clip(spend, self.low, self.high)
        over = spend.sum() - self.budget
        if over > 0:
            room = spend - self.low
            spend = spend - room * over / max(room.sum(), 1e-300)
        return spend


def even(task: Task) -> Array:
    return task.repaired(np.full(len(task.low), task.budget / len(task.low)))


def slsqp(task: Task, start: Array) -> Array:
    from scipy.optimize import minimize

    scale, size = task.budget / len(task.low), max(task.value(task.current), 1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = minimize(
            lambda x: -task.value(x * scale) / size,
            start / scale,
            jac=lambda x: -task.gradient(x * scale) * scale / size,
            bounds=list(zip(task.low / scale, task.high / scale, strict=True)),
            constraints={
                "type": "eq",
                "fun": lambda x: x.sum() - task.budget / scale,
                "jac": np.ones_like,
            },
            method="SLSQP",
            options={"maxiter": 500},
        )
    return task.repaired(found.x * scale)


def slsqp_best_of_20(task: Task) -> Array:
    rng = np.random.default_rng(0)
    starts = [task.repaired(rng.dirichlet(np.ones(len(task.low))) * task.budget) for _ in range(20)]
    return max((slsqp(task, start) for start in starts), key=task.value)


def trust_constr(task: Task) -> Array:
    from scipy.optimize import Bounds, LinearConstraint, minimize

    scale, size = task.budget / len(task.low), max(task.value(task.current), 1e-9)
    n = len(task.low)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = minimize(
            lambda x: -task.value(x * scale) / size,
            even(task) / scale,
            jac=lambda x: -task.gradient(x * scale) * scale / size,
            bounds=Bounds(task.low / scale, task.high / scale),  # type: ignore[arg-type]
            constraints=LinearConstraint(np.ones((1, n)), n, n),  # type: ignore[arg-type]
            method="trust-constr",
            options={"maxiter": 300},
        )
    return task.repaired(found.x * scale)


def auglag(task: Task, local: str) -> Array:
    """NLopt's augmented Lagrangian from the lower bounds, as Robyn calls it."""
    import nlopt

    scale, size, n = task.budget / len(task.low), max(task.value(task.current), 1e-9), len(task.low)

    def objective(x: Array, grad: Array) -> float:
        if grad.size:
            grad[:] = task.gradient(x * scale) * scale / size
        return task.value(x * scale) / size

    def spent(x: Array, grad: Array) -> float:
        if grad.size:
            grad[:] = 1.0
        return float(x.sum() - n)

    inner = nlopt.opt(getattr(nlopt, local), n)
    inner.set_xtol_rel(1e-8)
    outer = nlopt.opt(nlopt.LD_AUGLAG, n)
    outer.set_local_optimizer(inner)
    outer.set_max_objective(objective)
    outer.set_lower_bounds(task.low / scale)
    outer.set_upper_bounds(task.high / scale)
    outer.add_equality_constraint(spent, 1e-8)
    outer.set_xtol_rel(1e-8)
    outer.set_maxeval(3000)
    try:
        found = outer.optimize(np.maximum(task.low / scale, 1e-9))
    except (nlopt.RoundoffLimited, RuntimeError):
        return task.repaired(task.low.copy())
    return task.repaired(np.asarray(found) * scale)


def hill_climb(task: Task) -> Array:
    """Steps of 1e-4 of the budget to the channel with the best average return of its next step."""
    spend, step = task.low.copy(), 1e-4 * task.budget

    def average(x: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return task.ceiling / (1 + (task.half / x) ** task.slope) / x

    score = np.where(spend + step <= task.high, average(spend + step), -np.inf)
    while spend.sum() + step <= task.budget and np.isfinite(score).any():
        best = int(score.argmax())
        spend[best] += step
        after = spend[best] + step
        one = average(np.full(len(spend), after))[best]
        score[best] = one if after <= task.high[best] else -np.inf
    return task.repaired(spend)


COMPETITORS: dict[str, tuple[Callable[[Task], Array], int]] = {
    "SLSQP, even split": (lambda task: slsqp(task, even(task)), 200),
    "SLSQP, today's": (lambda task: slsqp(task, task.repaired(task.current)), 200),
    "SLSQP, best of 20": (slsqp_best_of_20, 50),
    "trust-constr": (trust_constr, 50),
    "AUGLAG + SLSQP": (lambda task: auglag(task, "LD_SLSQP"), 50),
    "AUGLAG + MMA": (lambda task: auglag(task, "LD_MMA"), 1000),
    "hill-climb": (hill_climb, 1000),
}
"""Each with the most channels it is run at: beyond, it takes minutes."""
