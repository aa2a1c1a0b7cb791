"""Programme and straight lines to a linear model, and a solution back to spend: a pure pair.

Columns and rows are built from arrays at once: term by term in Python is where the time of a large
model goes. The model always minimises the negated objective (see `solve` for the one place where
signs flip), with money in units of the programme's scale and every row scaled to largest
coefficient 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pulp import (
    LpAffineExpression,
    LpBinary,
    LpConstraint,
    LpConstraintEQ,
    LpConstraintGE,
    LpConstraintLE,
    LpInteger,
    LpMinimize,
    LpProblem,
    PulpError,
)

from models.curves.bank import Index
from optimizer.program.program import Programme, Row
from optimizer.relaxation.envelopes import Polylines
from optimizer.relaxation.segment_columns import Layout, Table

Array = NDArray[np.floating]


class NumericalTrouble(ArithmeticError):
    """A model cannot be posed: its numbers are no numbers."""


@dataclass(frozen=True, eq=False)
class Floor:
    """A row on lines of its own that must hold, unless it is excused.

    Parameters
    ----------
    row : with a lower limit
    heights : of the polylines' vertices, shape (pieces, vertices)
    reach : how far below its limit an excused row may fall
    group : which floors are counted together
    """

    row: Row
    heights: Array
    reach: float
    group: int


@dataclass(frozen=True, eq=False)
class Least:
    """Instead of the programme's objective, the least of several that differ in their curves.

    Parameters
    ----------
    responses : heights of the polylines' vertices under each objective, shape (objectives,
        pieces, vertices)
    floors : rows with curves of their own
    excused : how many of each group's floors need not hold
    """

    responses: Array
    floors: tuple[Floor, ...] = ()
    excused: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Formulation:
    """A linear model and what is needed to read its solution.

    Parameters
    ----------
    model : the PuLP model, minimising
    columns : its variables, as the layout has them
    layout : what the columns stand for
    rows : the model's rows for each programme row, with the factor each was divided by
    is_false : a row without any column left does not hold
    constant : objective of all lower ends of axes with a single piece
    objective_scale : what the objective was divided by
    goals : the rows of the objectives of which the least is maximised
    """

    model: LpProblem
    columns: list
    layout: Layout
    rows: list[list[tuple[LpConstraint, float]]]
    is_false: bool
    constant: float
    objective_scale: float
    goals: tuple[LpConstraint, ...] = ()

    @property
    def binaries(self) -> int:
        """How many choices of pieces there are."""
        return len(self.layout.chosen)

    def prices(self, of_rows: dict[str, float]) -> Array:
        """Objective per unit of each programme row's limit, from the prices of the model's rows."""
        return np.array(
            [
                sum(of_rows[str(constraint.name)] / divisor for constraint, divisor in group)
                * self.objective_scale
                for group in self.rows
            ]
        )

    def bound(self, solved: float) -> float:
        """The model's bound in objective units."""
        return solved * self.objective_scale + self.constant


def formulate(
    programme: Programme, piece_axis: Index, lines: Polylines, least: Least | None = None
) -> Formulation:
    """The linear model of a programme whose curves are replaced by polylines, one per piece.

    Parameters
    ----------
    least : maximise the least of these objectives; their lines share the polylines' vertices

    Raises
    ------
    NumericalTrouble : a number that no model can carry, infinite or none at all
    """
    try:
        return _formulate(programme, piece_axis, lines, least)
    except PulpError as error:
        raise NumericalTrouble(str(error)) from error


def _formulate(
    programme: Programme, piece_axis: Index, lines: Polylines, least: Least | None
) -> Formulation:
    layout = Layout(len(programme.curves), programme.scale, piece_axis, lines)
    table = layout.table(lines.responses)
    model = LpProblem("allocation", LpMinimize)
    columns = _add_columns(model, layout)
    objective, constant = table.objective(programme)
    scale = float(np.abs(objective).sum() / max(layout.columns, 1)) or 1.0
    goals: tuple[LpConstraint, ...] = ()
    if least is None:
        model.setObjective(_expression(columns, -objective / scale))
    else:
        goals = _add_least(model, columns, programme, layout, least, scale)
        constant = 0.0
    _choose_pieces(model, columns, layout)
    rows = [
        _add_row(model, columns, row, number, *_left_side(programme, row, layout, table))
        for number, row in enumerate(programme.rows)
    ]
    is_off = _add_steps(model, columns, programme, table)
    is_false = is_off or any(group is None for group in rows)
    return Formulation(
        model, columns, layout, [group or [] for group in rows], is_false, constant, scale, goals
    )


def _expression(columns: list, coefficients: Array) -> LpAffineExpression:
    used = np.flatnonzero(coefficients)
    terms = zip((columns[k] for k in used), coefficients[used].tolist(), strict=True)
    return LpAffineExpression(dict(terms))


def _add_columns(model: LpProblem, layout: Layout) -> list:
    segments = [model.add_variable(f"s{k}", 0, 1) for k in range(len(layout.lengths))]
    choices = [model.add_variable(f"z{k}", cat=LpBinary) for k in range(len(layout.chosen))]
    return segments + choices


def _add_least(
    model: LpProblem, columns: list, programme: Programme, layout: Layout, least: Least,
    scale: float,
) -> tuple[LpConstraint, ...]:  # fmt: skip
    """The objectives of which the least is maximised, and the floors."""
    found = [layout.table(heights).objective(programme) for heights in least.responses]
    objectives = [(coefficients / scale, shift / scale) for coefficients, shift in found]
    goals = _maximise_least(model, columns, objectives)
    _keep_floors(model, columns, programme, layout, least)
    return goals


def _maximise_least(model, columns: list, objectives: list) -> tuple[LpConstraint, ...]:
    """Maximise a column that no objective may fall below."""
    # Without bounds of its own HiGHS calls some programmes with binaries unbounded.
    ends = [
        (np.minimum(c, 0.0).sum() + shift, np.maximum(c, 0.0).sum() + shift)
        for c, shift in objectives
    ]
    low, high = (float(min(side)) for side in zip(*ends, strict=True))
    room = 1.0 + abs(low) + abs(high)
    least = model.add_variable("least", low - room, high + room)
    model.setObjective(LpAffineExpression({least: -1.0}))
    rows = []
    for number, (coefficients, shift) in enumerate(objectives):
        expression = _expression(columns, coefficients)
        expression.addterm(least, -1.0)
        rows.append(LpConstraint(expression, LpConstraintGE, f"goal{number}", -shift))
        model.addConstraint(rows[-1])
    return tuple(rows)


def _keep_floors(
    model: LpProblem, columns: list, programme: Programme, layout: Layout, least: Least
) -> None:
    """Every floor is kept, but for so many of each group as are excused."""
    excuses: dict[int, list] = {}
    for number, floor in enumerate(least.floors):
        coefficients, shift = layout.table(floor.heights).left_side(programme, floor.row)
        can_fall = least.excused[floor.group] > 0
        size = max(float(np.abs(coefficients).max(initial=0.0)), can_fall * floor.reach) or 1.0
        expression = _expression(columns, coefficients / size)
        if can_fall:
            excuse = model.add_variable(f"e{number}", cat=LpBinary)
            excuses.setdefault(floor.group, []).append(excuse)
            expression.addterm(excuse, floor.reach / size)
        right = (floor.row.lower - shift) / size
        model.addConstraint(LpConstraint(expression, LpConstraintGE, f"floor{number}", right))
    for group, of in excuses.items():
        few, most = LpAffineExpression(dict.fromkeys(of, 1.0)), float(least.excused[group])
        model.addConstraint(LpConstraint(few, LpConstraintLE, f"excused{group}", most))


def _choose_pieces(model: LpProblem, columns: list, layout: Layout) -> None:
    """One piece per axis; the segments of the others have no length."""
    chosen, choice, piece = layout.chosen, layout.choice, layout.segment_piece
    of_axis = layout.piece_axis[chosen]
    for axis in np.unique(of_axis):
        mine = [columns[choice[p]] for p in chosen[of_axis == axis]]
        expression = LpAffineExpression(dict.fromkeys(mine, 1.0))
        model.addConstraint(LpConstraint(expression, LpConstraintEQ, f"one{axis}", 1.0))
    for k in np.flatnonzero(choice[piece] >= 0):
        gate = columns[choice[piece[k]]]
        expression = LpAffineExpression({columns[k]: 1.0, gate: -1.0})
        model.addConstraint(LpConstraint(expression, LpConstraintLE, f"gate{k}", 0.0))


def _left_side(programme: Programme, row: Row, layout: Layout, table: Table) -> tuple[Array, float]:
    if row.counts_still:
        return layout.still_side(programme, row)
    return table.left_side(programme, row)


def _add_row(
    model: LpProblem, columns: list, row: Row, number: int, coefficients: Array, shift: float
) -> list[tuple[LpConstraint, float]] | None:
    """Add a programme row; None where it has no column and does not hold."""
    size = float(np.abs(coefficients).max(initial=0.0))
    if size == 0.0:
        slack = 1e-9 * max(abs(shift), abs(row.lower) if np.isfinite(row.lower) else 0.0)
        return [] if row.lower - slack <= shift <= row.upper + slack else None
    expression = _expression(columns, coefficients / size)
    if row.lower == row.upper:
        limits = [(LpConstraintEQ, row.lower)]
    else:
        limits = [(LpConstraintGE, row.lower), (LpConstraintLE, row.upper)]
    added = []
    for sense, limit in limits:
        if np.isfinite(limit):
            right = (limit - shift) / size
            name = f"r{number}_{sense + 1}"
            constraint = LpConstraint(expression.copy(), sense, name, right)
            model.addConstraint(constraint)
            added.append((constraint, size))
    return added


def _add_steps(model: LpProblem, columns: list, programme: Programme, table: Table) -> bool:
    """Axes that move in steps: spend = step * a whole number; whether a fixed one is off."""
    is_off = False
    for axis in np.flatnonzero(programme.steps > 0):
        step = float(programme.steps[axis]) / programme.scale
        mine = np.where(table.axis == axis, table.spend, 0.0)
        fixed = float(table.constant_spend[axis]) / step
        if not mine.any():
            is_off |= abs(fixed - round(fixed)) > 1e-6
            continue
        most = int(programme.high[axis] / programme.steps[axis] + 1e-9)
        count = model.add_variable(f"n{axis}", 0, most, LpInteger)
        expression = _expression(columns, mine)
        expression.addterm(count, -step)
        right = -float(table.constant_spend[axis])
        model.addConstraint(LpConstraint(expression, LpConstraintEQ, f"step{axis}", right))
    return is_off
