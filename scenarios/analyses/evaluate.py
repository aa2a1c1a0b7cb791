"""A hand-made split beside the best one: what it breaks, what it costs, what to move."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import Fault, InputError
from optimizer.allocation import Allocation, RuleOutcome
from optimizer.program.cells import Cell, make_cells, make_tail, outcomes, total
from scenarios.analyses.hand_split import Amount
from scenarios.definition.scenario import Scenario
from scenarios.definition.values import OfCurrent
from scenarios.plan.rounding import significant
from scenarios.planning import Evidence
from scenarios.question.resolve import Question

Array = NDArray[np.floating]
SCHEMA = "budgetopt/evaluation/1"
MOVES = 3
FURTHEST = 12  # cells with most to give, and to take, among which moves are looked for
CENT = 0.01  # what rounding by hand may put an amount off by, where some have cents
NOISE = 1e-6  # relative, for limits that are no money
RESERVE = None  # stands for money that is not spent, as a giver or taker of a move


@dataclass(frozen=True)
class Move:
    """Money from one channel to another; None stands for money that was not spent before.

    Of a plan of several periods, from one channel and period to another. `gain` is what it adds
    to the objective once the moves before it are made.
    """

    source: str | None
    target: str | None
    amount: float
    gain: float | None


@dataclass(frozen=True)
class Evaluation:
    """A split scored by the function that scores today's and the best one.

    Parameters
    ----------
    given, best : best may have no plan
    broken : the rules that the given split breaks
    moves : at most three, each the one that gains most
    """

    objective: str
    currency: str | None
    given: Allocation
    best: Allocation
    broken: tuple[RuleOutcome, ...]
    moves: tuple[Move, ...]

    @property
    def cost(self) -> float | None:
        """How much less of the objective it brings than the best split; of spend, how much more."""
        best, given = self.best.reached(self.objective), self.given.reached(self.objective)
        if best is None or given is None:
            return None
        return given - best if self.objective == "spend" else best - given

    @property
    def closed(self) -> float | None:
        """Share of the cost that the moves recover."""
        gains = [move.gain for move in self.moves if move.gain is not None]
        return sum(gains) / self.cost if self.cost and gains else None


def evaluate_split(
    scenario: Scenario, split: Mapping[str, Amount | Sequence[Amount]], evidence: Evidence
) -> Evaluation:
    """Score a split under a scenario.

    Parameters
    ----------
    split : by channel, money for the whole plan, spent evenly over the days on which the channel
        may run, or money for each of the plan's periods; or changes of them against today

    Raises
    ------
    InputError : as for a plan of the scenario; a change against a spend that is not known, or by
        more than is spent today
    """
    from optimizer.allocator import allocate
    from optimizer.evaluate import evaluate
    from scenarios.question.resolve import resolve

    question = resolve(scenario, evidence.curves, evidence.today)
    spend = in_money(split, make_cells(question.problem))
    best = allocate(question.problem, question.settings)
    given = evaluate(question.problem, spend)
    return Evaluation(
        question.problem.objective,
        question.curves.currency,
        given,
        best,
        tuple(rule for rule in given.rules if is_broken(rule, rounding_of(spend))),
        tuple(_moves(question, given, best)),
    )


def in_money(
    split: Mapping[str, Amount | Sequence[Amount]], cells: Sequence[Cell]
) -> dict[str, float | list[float]]:
    """A split with its changes against today's spend worked out; InputError where that fails."""
    faults: list[Fault] = []

    def money(channel: str, amount: Amount, today: float | None) -> float:
        if not isinstance(amount, OfCurrent):
            return amount
        if today is None:
            problem = f"today's spend of {channel} is not known: write an amount"
            faults.append(Fault("--allocation", problem))
            return 0.0
        if (found := amount.against(today)) < 0.0:
            less = f"{amount.amount:,.15g}" if amount.amount else f"{amount.change:+.0%}"
            problem = f"{channel} spends {today:,.2f} today, from which {less} cannot be taken"
            faults.append(Fault("--allocation", problem))
        return found

    spend: dict[str, float | list[float]] = {}
    for channel, amount in split.items():
        todays = [cell.current_spend for cell in cells if cell.channel == channel]
        whole = None if None in todays else sum(today for today in todays if today is not None)
        if isinstance(amount, (float, int, OfCurrent)):
            spend[channel] = money(channel, amount, whole)
        else:
            pairs = zip(amount, todays, strict=True)
            spend[channel] = [money(channel, each, today) for each, today in pairs]
    if faults:
        raise InputError(dict.fromkeys(faults))
    return spend


def rounding_of(spend: Mapping[str, float | Sequence[float]]) -> tuple[float, int]:
    """By how much rounding by hand may put each amount off, and how many amounts there are."""
    amounts = np.concatenate([np.atleast_1d(np.asarray(each, float)) for each in spend.values()])
    return (0.5 if bool(np.all(amounts % 1.0 == 0.0)) else CENT), len(amounts)


def is_broken(rule: RuleOutcome, rounding: tuple[float, int] = (CENT, 1)) -> bool:
    """Whether a split misses the rule's limit by more than rounding by hand explains."""
    if rule.slack is None:
        return False
    each, amounts = rounding
    of_money = rule.rule.kind in ("budget", "min_spend", "max_spend", "locked", "hold", "step")
    many = len(rule.rule.channels) or amounts
    room = each * many if of_money else NOISE * max(abs(rule.limit), 1.0)
    return rule.slack < -room


class _Board:
    """The cells of a question, between which money is moved.

    Cells are known by their position; the reserve, money that is not spent, by none.
    """

    def __init__(self, question: Question) -> None:
        self.cells = make_cells(question.problem)
        self.tail = make_tail(question.problem)
        self.objective = question.problem.objective
        self.has_periods = len(question.problem.periods) > 1

    def name(self, position: int | None) -> str | None:
        if position is None:
            return None
        cell = self.cells[position]
        return f"{cell.channel} in {cell.period}" if self.has_periods else cell.channel

    def score(self, spend: Array) -> float | None:
        found = total(outcomes(self.cells, np.maximum(spend, 0.0), self.tail))
        return getattr(found, self.objective)

    def gain(self, spend: Array, step: Step) -> float | None:
        after, before = self.score(_moved(spend, step)), self.score(spend)
        if after is None or before is None:
            return None
        return before - after if self.objective == "spend" else after - before


Step = tuple[int | None, int | None, float]


def _moves(question: Question, given: Allocation, best: Allocation) -> Iterator[Move]:
    """The moves that gain most, one after the other, towards the best split."""
    if not best.channels:
        return
    board = _Board(question)
    spend, goal = (np.array([row.proposed.spend for row in x.channels]) for x in (given, best))
    for _ in range(MOVES):
        options = [(board.gain(spend, step), step) for step in _steps(spend, goal)]
        if not options:
            return
        gain, step = max(options, key=lambda option: (option[0] or 0.0, option[1][2]))
        if gain is not None and gain <= 0:
            return
        spend = _moved(spend, step)
        yield Move(board.name(step[0]), board.name(step[1]), step[2], gain)


def _steps(spend: Array, goal: Array) -> Iterator[Step]:
    """Every transfer that brings two cells nearer to the best split, neither beyond it.

    Of many cells, between those that are furthest from it.
    """
    lacking: dict[int | None, float] = dict(enumerate((goal - spend).tolist()))
    # A total other than the best one's: money that comes from, or goes to, the reserve.
    lacking[RESERVE] = -sum(lacking.values())
    givers = sorted(lacking, key=lambda place: lacking[place])[:FURTHEST]
    takers = sorted(lacking, key=lambda place: -lacking[place])[:FURTHEST]
    for source in givers:
        for target in takers:
            amount = min(-lacking[source], lacking[target])
            if amount >= CENT:
                yield source, target, amount


def _moved(spend: Array, step: Step) -> Array:
    source, target, amount = step
    after = spend.copy()
    if source is not None:
        after[source] -= amount
    if target is not None:
        after[target] += amount
    return after


# Documents


def to_rows(found: Evaluation) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per channel."""
    best, today = found.best.spend(), found.given.spend("current")
    yield ("channel", "current_spend", "given_spend", "best_spend", "given_less_best")
    for channel, given in found.given.spend().items():
        there = best.get(channel)
        yield (
            channel,
            significant(today[channel]),
            significant(given),
            significant(there),
            None if there is None else significant(given - there),
        )


def to_json(found: Evaluation) -> str:
    """The evaluation as a document."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "objective": found.objective,
        "cost": significant(found.cost),
        "channels": [
            dict(zip(("channel", "current", "given", "best", "difference"), row, strict=True))
            for row in list(to_rows(found))[1:]
        ],
        "broken": [
            {
                "rule": rule.rule.path,
                "kind": rule.rule.kind,
                "channels": list(rule.rule.channels),
                "limit": significant(rule.limit),
                "value": significant(rule.value),
                "by": significant(-(rule.slack or 0.0)),
            }
            for rule in found.broken
        ],
        "moves": [
            {
                "from": move.source,
                "to": move.target,
                "amount": significant(move.amount),
                "gain": significant(move.gain),
            }
            for move in found.moves
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
