"""Why nothing is feasible: smallest sets of rules that contradict each other, and ways out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.phrases import Phrase, all_of, formed, joined, said
from optimizer.allocation import Conflict, Relaxation
from optimizer.infeasibility.relaxable import Trials, Wish, is_feasible
from optimizer.infeasibility.relaxations import (
    cheapest_first,
    relax_risk,
    relax_rule,
    relaxed,
    ways_out,
)
from optimizer.problem import Problem
from optimizer.program.compile import Compiled, compile_problem
from optimizer.program.domains import EVERYTHING, allowed, bounds, intersect, is_domain_rule
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule

__all__ = ["find_conflict", "is_feasible"]

TOO_RISKY = said("under the rules every plan loses against today in more draws than risk allows")
GENERAL = "defaults."  # paths of rules for every channel that does not say otherwise
MOST = 6  # contradictions that are told apart, and rules in one; with more no way out is sought
MOST_TOGETHER = 3  # relaxations that stand in for one where no fewer do


def find_conflict(problem: Problem, settings: Settings) -> Conflict:
    """Smallest sets of rules that contradict each other, and verified ways out of all of them.

    A set is irreducible: without any one of its rules the rest can be kept (deletion filter:
    Chinneck and Dravnieks, *Locating minimal infeasible constraint sets in linear programs*, 1991).
    Sets that share no rule are told apart: what is left without the first may still contradict.

    Parameters
    ----------
    settings : its time limit is that of the whole search. Every set named is proven to contradict;
        where time ran out before it was proven the smallest, it says so
    """
    trials = Trials(settings)
    kept, is_all = _separate(problem, trials)
    parts = [_told(problem, wish) for wish in kept]
    ways = _ways(problem, kept, trials, MOST_TOGETHER) if is_all else ()
    if len(parts) == 1:
        return replace(parts[0], relaxations=ways)
    return Conflict(
        tuple(rule for part in parts for rule in part.rules),
        joined("; ", (part.message for part in parts)),
        ways,
        tuple(parts),
        is_smallest=all(part.is_smallest for part in parts),
    )


def _told(problem: Problem, found: _Found) -> Conflict:
    return Conflict(
        _members(found.wish), _message(problem, found.wish), is_smallest=found.is_smallest
    )


def _ways(
    problem: Problem, found: Sequence[_Found], trials: Trials, together: int
) -> tuple[Relaxation, ...]:
    """Ways out by one relaxation of each contradiction, or by the fewest together that do.

    Where every rule of a contradiction is part of another too, each in turn is let go, what then
    still contradicts is relaxed, and the rule as far as it must be.

    Parameters
    ----------
    together : how many relaxations may stand in for one
    """
    ways = ways_out(problem, [each.wish for each in found], trials)
    first = found[0].wish
    if ways or together < 2 or len(first.rules) > MOST:
        return ways
    for fewer in range(2, together + 1):
        wider: list[Relaxation] = []
        for rule in first.rules:
            rest = problem.without(problem.rules.index(rule))
            others, is_all = _separate(rest, trials)
            for other in _ways(rest, others, trials, fewer - 1)[:2] if is_all else ():
                way = relax_rule(relaxed(problem, other), rule, trials)
                if way:
                    wider.append(replace(way, also=(*other.also, replace(other, also=()))))
        if wider:
            return cheapest_first(problem, wider)
    return ()


def too_risky(problem: Problem, settings: Settings) -> Conflict:
    """The rules alone leave plans, but each loses in more draws than `risk` allows."""
    risk = problem.risk
    assert risk is not None
    limit = Rule("probability_of_loss", risk.level, path="risk.probability_of_loss")
    way = relax_risk(problem, limit, Trials(settings))
    return Conflict((limit,), TOO_RISKY, (way,) if way else ())


@dataclass(frozen=True)
class _Found:
    """A contradiction; whether every smaller set was proven to leave a plan."""

    wish: Wish
    is_smallest: bool


def _separate(problem: Problem, trials: Trials) -> tuple[list[_Found], bool]:
    """Contradictions that share no rule, and whether without them a plan exists."""
    rest, found = Wish(problem), []
    while len(found) < MOST:
        verdict = trials.verdict(rest.posed()) if found else "impossible"
        if verdict != "impossible":
            return found, verdict == "possible"
        kept = _deletion_filter(rest, trials)
        if found and not (kept.wish.rules or kept.wish.has_budget):
            break
        found.append(kept)
        rest = rest.less(kept.wish)
    return found, trials.allows(rest.posed())


def _members(wish: Wish) -> tuple[Rule, ...]:
    budget = Rule("budget", wish.problem.total.maximum, path="budget")
    return ((budget,) if wish.has_budget else ()) + wish.rules


def _deletion_filter(wish: Wish, trials: Trials) -> _Found:
    """What nobody wrote for one channel is let go first, then the budget: what a person stated is
    the better reason where either would do."""
    stated = tuple(rule for rule in wish.rules if not rule.path.startswith(GENERAL))
    general = tuple(rule for rule in wish.rules if rule.path.startswith(GENERAL))
    found = _Found(wish.with_rules(stated + general), True)
    found = _filtered(found, len(stated), len(found.wish.rules), trials)
    found = _smaller(found, found.wish.free_budget(), trials)
    return _filtered(found, 0, len(stated), trials)


def _smaller(found: _Found, tried: Wish, trials: Trials) -> _Found:
    """The smaller wish if it is proven to be impossible too."""
    verdict = trials.verdict(tried.posed())
    if verdict == "impossible":
        return replace(found, wish=tried)
    return replace(found, is_smallest=found.is_smallest and verdict == "possible")


def _filtered(found: _Found, start: int, end: int, trials: Trials) -> _Found:
    """Without the rules from `start` to before `end` that the contradiction does not need.

    As if they were tried one by one from the last on, but whole halves that are not needed go at
    once: what contradicts without all of them does so without any one. Of n rules, k of which
    contradict, about k log(n) problems are solved.
    """
    if start == end:
        return found
    shorter = _smaller(found, found.wish.without(start, end), trials)
    if shorter.wish is not found.wish:
        return shorter
    if end - start == 1:
        return shorter
    middle = (start + end) // 2
    found = _filtered(found, middle, end, trials)
    return _filtered(found, start, middle, trials)


def _message(problem: Problem, wish: Wish) -> Phrase:
    """The conflict in numbers where it is one of amounts, in names where it is not."""
    rules, has_budget = wish.rules, wish.has_budget
    own = _only_amounts(compile_problem(wish.posed()))
    paths = all_of(_named(rules))
    if own is None:
        return _unreachable(paths, len(rules), has_budget)
    low, high = own
    if math.isnan(low):
        names = all_of(list(dict.fromkeys(name for rule in rules for name in rule.channels)))
        if len(rules) > 1:
            return said(
                "{paths}: no spend of {channels} satisfies both", paths=paths, channels=names
            )
        return said("{paths}: no spend of {channels} satisfies it", paths=paths, channels=names)
    most, least = problem.total.maximum, problem.total.minimum
    if low > most:
        return said(
            "the minimums add up to {low:,.0f}, the budget is {most:,.0f}", low=low, most=most
        )
    if high < least:
        return said(
            "the maximums add up to {high:,.0f}, the budget to be spent is {least:,.0f}",
            high=high,
            least=least,
        )
    return said("{paths} cannot hold together with a budget of {most:,.0f}", paths=paths, most=most)


def _unreachable(paths: str, rules: int, has_budget: bool) -> Phrase:
    if has_budget:
        if not rules:
            return said("the budget cannot be kept: no spend within these limits reaches it")
        return said(
            "{paths} and the budget cannot hold together: no spend within these limits reaches it",
            paths=paths,
        )
    if rules == 1:
        return said("{paths} cannot be kept: no spend within these limits reaches it", paths=paths)
    return said(
        "{paths} cannot hold together: no spend within these limits reaches it", paths=paths
    )


def _named(rules: Sequence[Rule]) -> list[str]:
    """Each rule by its path, once; a default with the channels that it contradicts the rest at."""
    channels: dict[str, list[str]] = {}
    for rule in rules:
        channels.setdefault(rule.path or rule.kind, []).extend(rule.channels)
    return [
        formed("{path} ({names})", path=path, names=names) if path.startswith(GENERAL) else path
        for path, names in channels.items()
    ]


def _only_amounts(compiled: Compiled) -> tuple[float, float] | None:
    """Sum of all lowest and of all highest spends, where every rule limits one cell's spend."""
    problem = compiled.problem
    endless = [EVERYTHING] * len(compiled.cells)
    for rule, scope in zip(compiled.rules, compiled.scopes, strict=True):
        if rule.kind == "budget" or rule.path == "budget.min":
            continue
        for k in scope:
            cell = compiled.cells[k]
            is_own = compiled.limited_axis(rule, k) == k
            if not (is_own and is_domain_rule(rule, len(scope), cell)):
                return None
            part = allowed(rule, cell, problem.total.maximum)
            endless[k] = intersect(endless[k], part)
    ends = [bounds(domain) for domain in endless]
    return sum(low for low, _ in ends), sum(high for _, high in ends)
