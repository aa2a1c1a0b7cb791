"""Programme and straight lines to a linear model, and a solution back to spend: a pure pair.

Every segment of a concave polyline is a column with its length as upper limit; slopes fall from
segment to segment, so the model fills them in order by itself, without any binary. An axis with
several pieces has one binary per piece. Columns and rows are built from arrays at once: term by
term in Python is where the time of a large model goes.

The model always minimises the negated objective (see `solve` for the one place where signs
flip), with money in units of the programme's scale and every row scaled to largest coefficient 1.
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
)

from optimizer.programme import Index, Programme, Row
from optimizer.segments import Polylines

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Least:
    """Instead of the programme's objective, the least of several that differ in their curves.

    Parameters
    ----------
    responses : heights of the polylines' vertices under each objective, shape (objectives,
        pieces, vertices)
    floored : likewise for objectives that must reach a floor each
    floors : those, in objective units
    reach : how far below its floor an excused objective may fall
    excused : how many of the floors need not be reached
    """

    responses: Array
    floored: Array
    floors: Array
    reach: Array
    excused: int = 0


@dataclass(frozen=True, eq=False)
class Formulation:
    """A linear model and what is needed to read its solution.

    Parameters
    ----------
    model : the PuLP model, minimising
    columns : its variables: segments, then the choices of pieces, then the counts of steps
    piece_axis : axis of each piece
    segment_piece : piece of each segment
    lengths : length of each segment, in scaled money
    base : spend and line height at each piece's lower end, scaled money and response
    choice : position of each piece's binary among the columns, -1 where it has none
    rows : the model's rows for each programme row, with the factor each was divided by
    is_false : a row without any column left does not hold
    constant : objective of all lower ends of axes with a single piece
    objective_scale : what the objective was divided by
    goals : the rows of the objectives of which the least is maximised
    """

    model: LpProblem
    columns: list
    piece_axis: Index
    segment_piece: Index
    lengths: Array
    base: tuple[Array, Array]
    choice: Index
    rows: list[list[tuple[LpConstraint, float]]]
    is_false: bool
    constant: float
    objective_scale: float
    binaries: int
    goals: tuple[LpConstraint, ...] = ()


@dataclass(frozen=True, eq=False)
class _Columns:
    """Coefficients of all columns of spend and response, before any PuLP object exists."""

    axis: Index  # axis of each column
    spend: Array  # scaled money per unit of the column
    response: Array
    constant_spend: Array  # per axis, from single pieces' lower ends
    constant_response: Array


def formulate(
    programme: Programme, piece_axis: Index, lines: Polylines, least: Least | None = None
) -> Formulation:
    """The linear model of a programme whose curves are replaced by polylines, one per piece.

    Parameters
    ----------
    least : maximise the least of these objectives; their lines share the polylines' vertices
    """
    scale = programme.scale
    piece, length, slope = lines.segments()
    length, slope = length / scale, slope * scale
    base = lines.spends[:, 0] / scale, lines.responses[:, 0]
    per_axis = np.bincount(piece_axis, minlength=len(programme.curves))
    chosen = np.flatnonzero(per_axis[piece_axis] > 1)
    choice = np.full(len(piece_axis), -1)
    choice[chosen] = len(piece) + np.arange(len(chosen))
    single = np.flatnonzero(per_axis[piece_axis] == 1)
    constants = np.zeros(len(programme.curves))
    constants[piece_axis[single]] = base[0][single]
    axis = np.concatenate([piece_axis[piece], piece_axis[chosen]])
    spend = np.concatenate([np.ones(len(piece)), base[0][chosen]])

    def table_of(heights: Array) -> _Columns:
        slopes = Polylines(lines.spends, heights).segments()[2] * scale
        response = np.concatenate([slopes, heights[chosen, 0]])
        rest = np.zeros(len(programme.curves))
        rest[piece_axis[single]] = heights[single, 0]
        return _Columns(axis, spend, response, constants, rest)

    table = table_of(lines.responses)
    model = LpProblem("allocation", LpMinimize)
    columns = [model.add_variable(f"s{k}", 0, upper) for k, upper in enumerate(length.tolist())] + [
        model.add_variable(f"z{k}", cat=LpBinary) for k in range(len(chosen))
    ]
    # The mean gain per column, not the greatest: a curve that starts steeply has one huge slope.
    sizes = np.concatenate([length, np.ones(len(chosen))])
    objective, constant = _objective(programme, table)
    objective_scale = float(np.abs(objective) @ sizes / max(sizes.sum(), 1e-300)) or 1.0
    goals: tuple[LpConstraint, ...] = ()
    if least is None:
        model.setObjective(_expression(columns, -objective / objective_scale))
    else:
        parts = [
            [(coefs / objective_scale, shift / objective_scale) for coefs, shift in found]
            for found in (
                [_objective(programme, table_of(heights)) for heights in group]
                for group in (least.responses, least.floored)
            )
        ]
        goals = _maximise_least(model, columns, parts[0])
        _keep_floors(model, columns, parts[1], least, objective_scale)
        constant = 0.0
    _choose_pieces(model, columns, piece_axis, piece, length, choice)
    rows, is_false = [], False
    for number, row in enumerate(programme.rows):
        if row.counts_still:
            left = _still_side(programme, row, len(columns), choice, piece_axis, lines)
        else:
            left = _left_side(programme, row, table)
        added = _add_row(model, columns, row, number, *left)
        is_false |= added is None
        rows.append(added or [])
    _add_steps(model, columns, programme, table)
    return Formulation(
        model, columns, piece_axis, piece, length, base, choice, rows,
        is_false, constant, objective_scale, len(chosen), goals,
    )  # fmt: skip


def read_prices(form: Formulation, prices: dict[str, float]) -> Array:
    """Objective per unit of each programme row's limit, from the prices of the model's rows."""
    return np.array(
        [
            sum(prices[str(constraint.name)] / divisor for constraint, divisor in group)
            * form.objective_scale
            for group in form.rows
        ]
    )


def read_spend(form: Formulation, values: Array) -> tuple[Array, Index]:
    """Scaled spend per axis and the chosen piece per axis, from the columns' values."""
    axes = int(form.piece_axis.max()) + 1
    within = np.bincount(
        form.segment_piece,
        weights=np.clip(values[: len(form.lengths)], 0.0, form.lengths),
        minlength=len(form.piece_axis),
    )
    picked = np.ones(len(form.choice))
    gated = form.choice >= 0
    picked[gated] = values[form.choice[gated]]
    order = np.lexsort((picked, form.piece_axis))
    last = np.searchsorted(form.piece_axis[order], np.arange(axes), side="right") - 1
    chosen = order[last]
    return form.base[0][chosen] + within[chosen], chosen


def _expression(columns: list, coefficients: Array) -> LpAffineExpression:
    used = np.flatnonzero(coefficients)
    terms = zip((columns[k] for k in used), coefficients[used].tolist(), strict=True)
    return LpAffineExpression(dict(terms))


def _objective(programme: Programme, table: _Columns) -> tuple[Array, float]:
    """Objective per unit of each column, and that of the lower ends of single pieces."""
    gain = programme.spend_gain * programme.scale
    coefficients = gain[table.axis] * table.spend
    coefficients += programme.response_gain[table.axis] * table.response
    constant = gain @ table.constant_spend + programme.response_gain @ table.constant_response
    return coefficients, float(constant)


def _maximise_least(model, columns: list, objectives: list) -> tuple[LpConstraint, ...]:
    """Maximise a free column that no objective may fall below."""
    least = model.add_variable("least")
    model.setObjective(LpAffineExpression({least: -1.0}))
    rows = []
    for number, (coefficients, shift) in enumerate(objectives):
        expression = _expression(columns, coefficients)
        expression.addterm(least, -1.0)
        rows.append(LpConstraint(expression, LpConstraintGE, f"goal{number}", -shift))
        model.addConstraint(rows[-1])
    return tuple(rows)


def _keep_floors(model, columns: list, objectives: list, least: Least, scale: float) -> None:
    """Every objective reaches its floor, but for so many that are excused."""
    excuses = []
    floors, reach = least.floors / scale, least.reach / scale
    for number, (coefficients, shift) in enumerate(objectives):
        expression = _expression(columns, coefficients)
        if least.excused:
            excuses.append(model.add_variable(f"e{number}", cat=LpBinary))
            expression.addterm(excuses[-1], float(reach[number]))
        right = float(floors[number]) - shift
        model.addConstraint(LpConstraint(expression, LpConstraintGE, f"floor{number}", right))
    if excuses:
        few = LpAffineExpression(dict.fromkeys(excuses, 1.0))
        model.addConstraint(LpConstraint(few, LpConstraintLE, "excused", float(least.excused)))


def _choose_pieces(model, columns, piece_axis, piece, length, choice) -> None:
    """One piece per axis; the segments of the others have no length."""
    chosen = np.flatnonzero(choice >= 0)
    for axis in np.unique(piece_axis[chosen]):
        mine = [columns[choice[p]] for p in chosen[piece_axis[chosen] == axis]]
        expression = LpAffineExpression(dict.fromkeys(mine, 1.0))
        model.addConstraint(LpConstraint(expression, LpConstraintEQ, f"one{axis}", 1.0))
    for k in np.flatnonzero(choice[piece] >= 0):
        gate = columns[choice[piece[k]]]
        expression = LpAffineExpression({columns[k]: 1.0, gate: -float(length[k])})
        model.addConstraint(LpConstraint(expression, LpConstraintLE, f"gate{k}", 0.0))


def _left_side(programme: Programme, row: Row, table: _Columns) -> tuple[Array, float]:
    """A row's coefficients on the columns, and what its axes' lower ends already give."""
    spend = np.zeros(len(programme.curves))
    response = np.zeros(len(programme.curves))
    np.add.at(spend, row.axes, row.spend * programme.scale)
    np.add.at(response, row.axes, row.response)
    coefficients = spend[table.axis] * table.spend + response[table.axis] * table.response
    return coefficients, float(spend @ table.constant_spend + response @ table.constant_response)


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


def _still_side(
    programme: Programme, row: Row, width: int, choice: Index, piece_axis: Index, lines: Polylines
) -> tuple[Array, float]:
    """The row on the choices of the pieces in which axes stay unchanged; what is fixed anyway."""
    coefficients = np.zeros(width)
    fixed = 0.0
    low, high = lines.spends[:, 0], lines.spends[:, -1]
    still = programme.still[piece_axis]
    for axis, weight in zip(row.axes, row.spend, strict=True):
        pieces = np.flatnonzero((piece_axis == axis) & (low == still))
        if not pieces.size:
            continue
        first = pieces[0]
        if choice[first] >= 0:
            coefficients[choice[first]] += weight
        elif low[first] == high[first]:
            fixed += float(weight)
    return coefficients, fixed


def _add_steps(model, columns, programme: Programme, table: _Columns) -> None:
    """Axes that move in steps: spend = step * a whole number."""
    for axis in np.flatnonzero(programme.steps > 0):
        step = float(programme.steps[axis]) / programme.scale
        most = int(programme.high[axis] / programme.steps[axis] + 1e-9)
        count = model.add_variable(f"n{axis}", 0, most, LpInteger)
        expression = _expression(columns, np.where(table.axis == axis, table.spend, 0.0))
        expression.addterm(count, -step)
        right = -float(table.constant_spend[axis])
        model.addConstraint(LpConstraint(expression, LpConstraintEQ, f"step{axis}", right))
