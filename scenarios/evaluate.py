"""A hand-made split beside the best one: what it breaks, what it costs, what to move."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.allocation import Allocation, RuleOutcome
from optimizer.cells import Cell, make_cells, total
from scenarios.planning import Evidence
from scenarios.resolve import Question
from scenarios.rounding import significant
from scenarios.scenario import Scenario

SCHEMA = "budgetopt/evaluation/1"
MOVES = 3
CENT = 0.01  # what rounding by hand may miss a limit on money by
NOISE = 1e-6  # relative, for limits that are no money
RESERVE = None  # stands for money that is not spent, as a giver or taker of a move


@dataclass(frozen=True)
class Move:
    """Money from one channel to another; None stands for money that was not spent before.

    `gain` is what it adds to the objective once the moves before it are made.
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
        if self.best.proposed is None or self.given.proposed is None:
            return None
        best = getattr(self.best.proposed, self.objective)
        given = getattr(self.given.proposed, self.objective)
        if best is None or given is None:
            return None
        return given - best if self.objective == "spend" else best - given

    @property
    def closed(self) -> float | None:
        """Share of the cost that the moves recover."""
        gains = [move.gain for move in self.moves if move.gain is not None]
        return sum(gains) / self.cost if self.cost and gains else None


def evaluate_split(
    scenario: Scenario, spend: Mapping[str, float], evidence: Evidence
) -> Evaluation:
    """Score a split under a scenario.

    Parameters
    ----------
    spend : money for the period by channel

    Raises
    ------
    InputError : as for a plan of the scenario
    """
    from optimizer import allocate
    from optimizer.evaluate import evaluate
    from scenarios.resolve import resolve

    question = resolve(scenario, evidence.curves, evidence.today)
    best = allocate(question.problem, question.settings)
    given = evaluate(question.problem, spend)
    return Evaluation(
        question.problem.objective,
        question.curves.currency,
        given,
        best,
        tuple(rule for rule in given.rules if is_broken(rule)),
        tuple(_moves(question, given, best)),
    )


def is_broken(rule: RuleOutcome) -> bool:
    """Whether a split misses the rule's limit by more than rounding by hand explains."""
    if rule.slack is None:
        return False
    of_money = rule.rule.kind in ("budget", "min_spend", "max_spend", "locked", "hold", "step")
    room = CENT if of_money else NOISE * max(abs(rule.limit), 1.0)
    return rule.slack < -room


def _moves(question: Question, given: Allocation, best: Allocation) -> Iterator[Move]:
    """The moves that gain most, one after the other, towards the best split."""
    if not best.channels:
        return
    cells = {cell.channel: cell for cell in make_cells(question.problem)}
    spend = {row.channel: row.proposed.spend for row in given.channels}
    goal = {row.channel: row.proposed.spend for row in best.channels}
    for _ in range(MOVES):
        options = [
            Move(source, target, amount, _gain(question, cells, spend, source, target, amount))
            for source, target, amount in _steps(spend, goal)
        ]
        if not options:
            return
        chosen = max(options, key=lambda move: (move.gain or 0.0, move.amount))
        if chosen.gain is not None and chosen.gain <= 0:
            return
        spend = _moved(spend, chosen.source, chosen.target, chosen.amount)
        yield chosen


def _steps(
    spend: Mapping[str, float], goal: Mapping[str, float]
) -> Iterator[tuple[str | None, str | None, float]]:
    """Every transfer that brings two channels nearer to the best split, neither beyond it."""
    lacking: dict[str | None, float] = {name: goal[name] - spend[name] for name in spend}
    # A total other than the best one's: money that comes from, or goes to, the reserve.
    lacking[RESERVE] = -sum(lacking.values())
    for source, surplus in lacking.items():
        for target, shortfall in lacking.items():
            amount = min(-surplus, shortfall)
            if amount >= CENT:
                yield source, target, amount


def _moved(
    spend: Mapping[str, float], source: str | None, target: str | None, amount: float
) -> dict[str, float]:
    after = dict(spend)
    if source is not None:
        after[source] -= amount
    if target is not None:
        after[target] += amount
    return after


def _gain(
    question: Question,
    cells: Mapping[str, Cell],
    spend: Mapping[str, float],
    source: str | None,
    target: str | None,
    amount: float,
) -> float | None:
    def score(split: Mapping[str, float]) -> float | None:
        outcome = total([cells[name].outcome(max(x, 0.0)) for name, x in split.items()])
        return getattr(outcome, question.problem.objective)

    after, before = score(_moved(spend, source, target, amount)), score(spend)
    if after is None or before is None:
        return None
    return before - after if question.problem.objective == "spend" else after - before


# Documents


def to_rows(found: Evaluation) -> Iterator[tuple[object, ...]]:
    """A row of names, then one per channel."""
    best = {row.channel: row.proposed.spend for row in found.best.channels}
    yield ("channel", "current_spend", "given_spend", "best_spend", "given_less_best")
    for row in found.given.channels:
        there = best.get(row.channel)
        yield (
            row.channel,
            significant(row.current.spend),
            significant(row.proposed.spend),
            significant(there),
            None if there is None else significant(row.proposed.spend - there),
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
