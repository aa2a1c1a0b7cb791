"""The sandwich: solve above the curves for a bound, below them for a plan, refine until they meet.

Each round solves the programme on the concave envelopes of all pieces. Its optimum bounds every
plan from above; its spend, scored on the true curves, is a plan from below. Where the two differ,
the envelope touches the curve at the new spend. Only a spend inside the straight part of an
S-curve's envelope, which no touching can lower, splits its piece there, with a binary.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Programme
from optimizer.relaxation.envelopes import Grid, envelope, make_grid
from optimizer.relaxation.solver import Clock, Settings
from optimizer.search import money_alone
from optimizer.search.blocks import is_for as holds_by_block
from optimizer.search.branch_and_bound import BESIDE, by_price, is_for
from optimizer.search.by_step import by_step
from optimizer.search.incumbent import Sandwich
from optimizer.search.lagrangian import dual, narrowed
from optimizer.search.newton import Polished, polish
from optimizer.search.refine_grid import first_grid, refined
from optimizer.search.rounds import Round, concave_part, solve_inside, solve_lines, with_prices

Array = NDArray[np.floating]

MOST_SPLITS = 3  # of spends in steps whose gap the rounds left open


def sandwich(
    programme: Programme, settings: Settings | None = None, reference: float = 0.0
) -> Sandwich:
    """Solve a programme to a proven gap.

    Parameters
    ----------
    reference : size of an objective below which a relative gap would mean nothing

    Raises
    ------
    InputError : the solver is not installed
    """
    settings = settings or Settings()
    return _search(programme, settings, reference, Clock(settings.time_limit), MOST_SPLITS)


def _search(
    programme: Programme, settings: Settings, reference: float, clock: Clock, splits: int
) -> Sandwich:
    """The same within a time, with so many splits of spends in steps one inside the other."""
    nothing = np.empty(0)
    if programme.is_empty:
        return Sandwich("infeasible", nothing)
    best = Sandwich("round_limit", nothing, bound=programme.ceiling, reference=reference)
    best = _with_money_alone(programme, best, settings)
    if best.status in ("optimal", "infeasible"):
        return best
    whole = first_grid(programme)
    best, grid = _opening(programme, whole, best, settings, clock)
    if holds_by_block(programme, settings):
        # Imported here: it needs SciPy, whose import costs more than most plans.
        from optimizer.search.by_block import by_block

        best = by_block(programme, best, settings, clock)
    if best.prices is not None and best.gap <= settings.gap:
        return _proven(programme, whole, replace(best, iterations=1), settings)
    best = by_rounds(programme, whole, grid, best, settings, clock)
    is_stuck = best.status == "round_limit" and best.spend.size > 0
    if not (is_stuck and splits and programme.steps.any()):
        return best
    best = by_step(
        programme, best, lambda part: _search(part, settings, reference, clock, splits - 1)
    )
    is_proven = best.gap <= settings.gap
    return _proven(programme, whole, best, settings) if is_proven else best


def by_rounds(
    programme: Programme, whole: Grid, grid: Grid, best: Sandwich, settings: Settings, clock: Clock
) -> Sandwich:
    """Programmes on lines above the curves, round by round, each nearer to the curves.

    Parameters
    ----------
    whole, grid : lines over all that the rules allow, and over what a better plan could use
    best : what is known before the first round
    """
    bank = programme.bank
    for iteration in range(1, settings.max_iterations + 1):
        lines = envelope(bank, grid)
        # Lines that are still far from the curves are not worth a choice of pieces proven finely.
        loose = replace(settings, gap=max(settings.refinement, 0.2 * min(best.gap, 1.0)))
        found = solve_lines(programme, grid, lines, loose, clock)
        if found == "infeasible":
            return _nothing_better(programme, whole, best, settings)
        if isinstance(found, str):
            best = replace(best, status="time_limit" if found == "stopped" else "numerical_trouble")
            break
        found = with_prices(programme, grid, lines, found, settings, clock)
        best, target = _improve(programme, grid, found, best, settings, clock)
        best = replace(best, iterations=iteration, binaries=found.binaries)
        if best.gap <= settings.gap:
            return _proven(programme, whole, best, settings)
        if clock.is_over:
            best = replace(best, status="time_limit")
            break
        tolerance = settings.refinement * best.size
        grid = refined(programme, grid, lines, found, target, tolerance)
    return best if best.spend.size else _fallback(programme, best, settings)


def _improve(
    programme: Programme,
    grid: Grid,
    found: Round,
    best: Sandwich,
    settings: Settings,
    clock: Clock,
) -> tuple[Sandwich, Array]:
    """The best plan so far with the lowest bound, and where to touch the curves next."""
    best = replace(best, bound=min(best.bound, found.bound))
    polished = _polished(programme, grid, found)
    plans = [(found.spend, found.prices)]
    if polished is not None:
        plans.append((polished.spend, polished.prices))
    if programme.has_response_rows and all(
        programme.violation(spend) > settings.rounding for spend, _ in plans
    ):
        inner = solve_inside(programme, grid, found, settings, clock)
        plans += [inner] if inner else []
    for spend, prices in plans:
        best = best.or_better(programme, spend, prices, settings.rounding)
    return best, found.spend if polished is None else polished.spend


def _with_money_alone(programme: Programme, best: Sandwich, settings: Settings) -> Sandwich:
    """The plan, mostly with its proof, where nothing but money ties the axes together."""
    if not money_alone.is_for(programme):
        return best
    (found,) = money_alone.best_splits([programme], settings.refinement, [best.reference])
    if not found.spend.size:
        return replace(best, status=found.status)
    found = replace(found, bound=min(found.bound, best.bound))
    return replace(found, status="optimal" if found.gap <= settings.gap else "round_limit")


def _opening(
    programme: Programme, grid: Grid, best: Sandwich, settings: Settings, clock: Clock
) -> tuple[Sandwich, Grid]:
    """A plan and a bound from the price of money alone, before any linear programme.

    The grid is left with what a better plan could use: a small programme where none can.
    """
    if not is_for(programme):
        return best, grid
    best, target = by_price(programme, grid, best, settings, clock)
    if best.prices is None:
        return best, grid
    if best.gap <= settings.gap:
        return best, grid
    for _ in range(3):
        lines = envelope(programme.bank, grid)
        ideal = dual(programme, grid, lines, best.prices)
        slack = max(ideal.bound - best.value, 0.0) + settings.rounding * best.size
        narrow = narrowed(programme.bank, grid, lines, ideal, slack, target, BESIDE)
        grid = grid if narrow is None else narrow
    return best, grid


def _nothing_better(
    programme: Programme, whole: Grid, best: Sandwich, settings: Settings
) -> Sandwich:
    """No plan is left: none exists, or the one known cannot be bettered."""
    if not best.spend.size:
        return replace(best, status="infeasible")
    return _proven(programme, whole, replace(best, bound=best.value), settings)


def _proven(programme: Programme, whole: Grid, best: Sandwich, settings: Settings) -> Sandwich:
    """The optimum; with the word on whether its prices alone would prove it."""
    best = replace(best, status="optimal", bound=max(best.bound, best.value))
    is_open = programme.has_counts or programme.steps.any()
    if best.prices is None or is_open or len(whole.axis) > len(programme.curves):
        return best
    points = np.column_stack([whole.points, best.spend[whole.axis]])
    grid = make_grid(programme.bank, whole.axis, whole.low, whole.high, points, whole.straight)
    ideal = dual(programme, grid, envelope(programme.bank, grid), best.prices)
    return replace(best, is_convex=ideal.bound - best.value <= settings.gap * best.size)


def _polished(programme: Programme, grid: Grid, found: Round) -> Polished | None:
    """The optimum on the curves with the round's pieces and rows in force."""
    if found.prices is None:
        return None
    low, high = concave_part(programme, grid, found)
    return polish(programme, low, high, found.spend, found.prices)


def _fallback(programme: Programme, best: Sandwich, settings: Settings) -> Sandwich:
    """Time ran out before any plan: the first of the given starts that keeps every rule."""
    for spend in programme.starts:
        if programme.violation(spend) <= settings.rounding and programme.allows(spend):
            return replace(best, spend=spend, value=programme.value(spend))
    return best
