"""A referee of allocations that shares no code with the optimiser.

Rules are read word for word, all splits at once in NumPy. Plans of one to three channels are
looked for on a grid that zooms in on the best and on the nearly allowed ones; of more channels by
a mixed-integer programme over points of every curve, in which each channel takes one exact point.
What the referee finds is a plan, so that no bound may lie below it and no problem in which it
finds one may be called impossible. It proves nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from models.curves.curveset import ChannelCurve
from optimizer.allocator import allocate
from optimizer.problem import Problem
from optimizer.relaxation.solver import Settings
from optimizer.rules import Rule

Array = NDArray[np.floating]

POINTS = {1: 4001, 2: 161, 3: 33}  # of the first grid, by the number of free channels
ROUNDING = 1e-12  # a breach of a rule, relative to its terms, that is none
ZOOMS, AROUND = 14, 9  # how often the grid narrows, and points per channel then
KEPT = 12  # places that are looked at more closely
ALONE = (
    "locked", "hold", "extrapolation", "max_marginal_cpa", "min_if_active", "step", "min_change",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Referee:
    """A problem of one period, read word for word."""

    problem: Problem

    @cached_property
    def entries(self) -> tuple[ChannelCurve, ...]:
        return tuple(self.problem.curves)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.channel for entry in self.entries)

    @property
    def periods(self) -> float:
        return self.problem.days / self.problem.curves.period_days

    @cached_property
    def now(self) -> Array:
        """Today's spend over the horizon."""
        return np.array([(entry.current_spend or 0.0) * self.periods for entry in self.entries])

    def conversions(self, splits: Array) -> Array:
        """n * g(x / n) of every channel, shape (splits, channels)."""
        n = self.periods
        return np.column_stack(
            [
                n * np.asarray(entry.curve.response(splits[:, k] / n))
                for k, entry in enumerate(self.entries)
            ]
        )

    @cached_property
    def worth(self) -> Array:
        return np.array([entry.value_per_conversion or 0.0 for entry in self.entries])

    def objective(self, splits: Array) -> Array:
        """What is maximised, shape (splits,); the least spend negated."""
        goal, spend = self.problem.objective, splits.sum(axis=1)
        if goal == "spend":
            return -spend
        got = self.conversions(splits)
        if goal == "conversions":
            return got.sum(axis=1)
        revenue = got @ self.worth
        if goal == "profit":
            return revenue - spend
        if goal == "roas":
            return np.divide(revenue, spend, out=np.zeros_like(spend), where=spend > 0)
        return revenue

    def breach(self, splits: Array) -> Array:
        """By how much each split breaks its worst rule, relative to the rule's terms."""
        spend, total = splits.sum(axis=1), self.problem.total
        size = np.maximum(spend, total.maximum)
        worst = np.maximum(total.minimum - spend, spend - total.maximum) / size
        got = self.conversions(splits)
        for rule in self.problem.rules:
            worst = np.maximum(worst, self._breach_of(rule, splits, got))
        return np.maximum(worst, 0.0)

    def _breach_of(self, rule: Rule, splits: Array, got: Array) -> Array:
        of = [k for k, name in enumerate(self.names) if name in (rule.channels or self.names)]
        x, now = splits[:, of], self.now[of]
        spend, all_spend, limit = x.sum(axis=1), splits.sum(axis=1), rule.limit
        conversions, revenue = got[:, of].sum(axis=1), got[:, of] @ self.worth[of]
        budget = self.problem.total.maximum

        def least(value: Array, right: Array | float) -> Array:
            return (right - value) / np.maximum(np.maximum(np.abs(value), np.abs(right)), 1e-300)

        def away(low: Array, high: Array | float = np.inf) -> Array:
            """How far each spend is from an interval, in shares of the budget."""
            return np.maximum(np.maximum(low - x, x - high), 0.0) / budget

        match rule.kind:
            case "min_spend":
                return least(spend, limit)
            case "max_spend":
                return -least(spend, limit)
            case "min_share":
                return least(spend, limit * all_spend)
            case "max_share":
                return -least(spend, limit * all_spend)
            case "change_from":
                return least(spend, max((1 + limit) * now.sum(), 0.0))
            case "change_to":
                return -least(spend, (1 + limit) * now.sum())
            case "locked" | "hold":
                return (np.abs(x - now) / budget).max(axis=1)
            case "extrapolation":
                seen = [(self.entries[k].max_observed_spend or 0.0) * self.periods for k in of]
                return away(np.zeros(len(of)), np.maximum(limit * np.array(seen), now)).max(axis=1)
            case "max_cpa":
                return -least(spend, limit * conversions)
            case "min_roas":
                return least(revenue, limit * spend)
            case "min_conversions":
                return least(conversions, limit)
            case "min_revenue":
                return least(revenue, limit)
            case "max_marginal_cpa":
                return self._too_flat(of, x, limit).max(axis=1)
            case "min_if_active":
                return np.minimum(x / budget, away(np.full(len(of), limit))).max(axis=1)
            case "step":
                return (np.abs(x - limit * np.round(x / limit)) / budget).max(axis=1)
            case "min_change":
                change = np.abs(x - now)
                return (np.minimum(change, np.maximum(limit * now - change, 0.0)) / budget).max(
                    axis=1
                )
            case "max_changed":
                change = np.sort(np.abs(x - now) / budget, axis=1)
                still = len(of) - int(limit)
                return change[:, still - 1] if still > 0 else np.zeros(len(x))
            case "linear_min" | "linear_max":
                weights = np.array([rule.coefficients.get(name, 0.0) for name in self.names])
                value = splits @ weights
                short = (limit - value) / np.maximum(splits @ np.abs(weights), abs(limit) + 1e-300)
                return short if rule.kind == "linear_min" else -short
        raise AssertionError(f"the referee does not know {rule.kind}")

    def _too_flat(self, of: list[int], x: Array, limit: float) -> Array:
        """How much less than 1 / limit the last unit of money brings, relative; 0 at no spend."""
        short = np.zeros_like(x)
        for column, k in enumerate(of):
            last = x[:, column] / self.periods * (1 - 1e-9)
            slope = np.asarray(self.entries[k].curve.marginal(last))
            short[:, column] = np.where(x[:, column] > 0, 1.0 - limit * slope, 0.0)
        return short

    @property
    def is_full(self) -> bool:
        return self.problem.total.is_fixed

    def special(self, k: int) -> list[float]:
        """Spends of a channel that some rule singles out."""
        found = [0.0, float(self.now[k])]
        for rule in self.problem.rules:
            if rule.channels and self.names[k] not in rule.channels:
                continue
            if rule.kind in ("min_spend", "max_spend", "min_if_active"):
                found.append(rule.limit)
            elif rule.kind in ("change_from", "change_to"):
                found.append(max((1 + rule.limit) * float(self.now[k]), 0.0))
            elif rule.kind == "extrapolation":
                seen = (self.entries[k].max_observed_spend or 0.0) * self.periods
                found.append(max(rule.limit * seen, float(self.now[k])))
            elif rule.kind == "min_change":
                room = rule.limit * float(self.now[k])
                found += [max(float(self.now[k]) - room, 0.0), float(self.now[k]) + room]
            elif rule.kind == "step":
                most = self.problem.total.maximum
                found += [rule.limit * j for j in range(min(int(most / rule.limit) + 1, 60))]
        return sorted({x for x in found if x <= self.problem.total.maximum})

    def _splits(self, grids: list[Array]) -> Array:
        """All combinations of the channels' spends; with a full budget the last takes the rest."""
        table = np.array(np.meshgrid(*grids, indexing="ij")).reshape(len(grids), -1).T
        if not self.is_full:
            return table
        rest = self.problem.total.maximum - table.sum(axis=1)
        near = np.abs(rest) <= 1e-12 * self.problem.total.maximum
        table = np.column_stack([table, np.where(near, 0.0, rest)])
        return table[table[:, -1] >= 0]

    def on_zooming_grids(self) -> Array | None:
        """The best plan found that keeps every rule, shape (channels,); None: none was found."""
        most = self.problem.total.maximum
        orders = range(len(self.names)) if self.is_full else [0]
        best: tuple[float, Array] | None = None
        for last in orders:  # each channel in turn takes what the others leave
            found = self._zoomed(last, most)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        return None if best is None else best[1]

    def _zoomed(self, last: int, most: float) -> tuple[float, Array] | None:
        order = [k for k in range(len(self.names)) if k != last] + [last]
        free = len(order) - 1 if self.is_full else len(order)
        back = np.argsort(order)
        if free == 0:
            only = np.array([[most]])
            return (
                (float(self.objective(only)[0]), only[0])
                if self.breach(only)[0] <= ROUNDING
                else None
            )
        count = POINTS[free]
        even = np.linspace(0, most, count)
        fine = np.geomspace(1e-6, 1.0, max(count // 8, 2)) * most
        grids = [np.unique([*even, *fine, *self.special(k)]) for k in order[:free]]
        splits = self._splits(grids)[:, back]
        width = np.full(free, most / (count - 1))
        best: tuple[float, Array] | None = None
        for _ in range(ZOOMS):
            value, breach = self.objective(splits), self.breach(splits)
            kept = breach <= ROUNDING
            if kept.any():
                first = int(np.where(kept, value, -np.inf).argmax())
                if best is None or value[first] > best[0]:
                    best = (float(value[first]), splits[first])
            good = np.argsort(np.where(kept, -value, np.inf), kind="stable")[:KEPT]
            near = np.argsort(breach, kind="stable")[: KEPT if best is None else 2]
            centres = splits[np.unique([*good, *near])][:, order[:free]]
            offsets = np.linspace(-1.0, 1.0, AROUND)
            parts = []
            for centre in centres:
                around = [
                    np.clip(c + w * offsets, 0.0, most) for c, w in zip(centre, width, strict=True)
                ]
                around = [
                    np.unique([*a, *s])
                    for a, s in zip(around, self._near(order, centre, width), strict=True)
                ]
                parts.append(self._splits(around)[:, back])
            splits = np.vstack(parts)
            if not len(splits):
                break
            width = width / 3.0
        return best

    def _near(self, order: list[int], centre: Array, width: Array) -> list[list[float]]:
        """The special spends near a centre."""
        return [
            [s for s in self.special(order[k]) if abs(s - c) <= w]
            for k, (c, w) in enumerate(zip(centre, width, strict=True))
        ]

    def by_exact_points(self, points: int = 24, seconds: float = 10.0) -> Array | None:
        """The best plan of points of every curve that keeps every rule; None: none was found."""
        most = self.problem.total.maximum
        even, fine = np.linspace(0, most, points), np.geomspace(1e-4, 0.9, points // 2) * most
        columns, spends = [], []
        for k in range(len(self.names)):
            own = np.unique([*even, *fine, *self.special(k)])
            own = own[self._alone(k, own)]
            columns += [k] * len(own)
            spends += own.tolist()
        channel, spend = np.array(columns, dtype=int), np.array(spends)
        if len(np.unique(channel)) < len(self.names):
            return None
        table = np.zeros((len(spend), len(self.names)))
        table[np.arange(len(spend)), channel] = spend
        got = self.conversions(table)[np.arange(len(spend)), channel]
        ones = np.array([channel == k for k in range(len(self.names))], dtype=float)
        constraints = [LinearConstraint(ones, 1, 1)]
        for row, low, high in self._rows(channel, spend, got):
            size = np.abs(row).max(initial=0.0) or 1.0
            constraints.append(LinearConstraint(row[None, :] / size, low / size, high / size))
        gain = self._gain(channel, spend, got)
        found = milp(
            -gain / (np.abs(gain).max() or 1.0), constraints=constraints, bounds=Bounds(0, 1),
            integrality=np.ones(len(spend)), options={"time_limit": seconds, "mip_rel_gap": 1e-3},
        )  # fmt: skip
        if found.x is None:
            return None
        split = np.zeros(len(self.names))
        picked = np.flatnonzero(found.x > 0.5)
        split[channel[picked]] = spend[picked]
        return split

    def _gain(self, channel, spend: Array, got: Array) -> Array:
        revenue = got * self.worth[channel]
        return {"spend": -spend, "conversions": got, "profit": revenue - spend}.get(
            self.problem.objective, revenue
        )

    def _alone(self, k: int, spends: Array) -> NDArray[np.bool_]:
        """Which spends of a channel the rules on single channels allow."""
        allowed = np.ones(len(spends), dtype=bool)
        splits = np.zeros((len(spends), len(self.names)))
        splits[:, k] = spends
        got = self.conversions(splits)
        for rule in self.problem.rules:
            if rule.kind in ALONE and self.names[k] in (rule.channels or self.names):
                alone = Rule(rule.kind, rule.limit, (self.names[k],))
                allowed &= self._breach_of(alone, splits, got) <= ROUNDING
        return allowed

    def _rows(self, channel, spend: Array, got: Array) -> Iterator[tuple[Array, float, float]]:
        """The rules on several channels as rows over all points."""
        total, revenue = self.problem.total, got * self.worth[channel]
        yield spend, total.minimum, total.maximum
        for rule in self.problem.rules:
            of = [k for k, name in enumerate(self.names) if name in (rule.channels or self.names)]
            here, limit = np.isin(channel, of).astype(float), rule.limit
            now = float(self.now[of].sum())
            match rule.kind:
                case "min_spend":
                    yield here * spend, limit, np.inf
                case "max_spend":
                    yield here * spend, -np.inf, limit
                case "min_share":
                    yield here * spend - limit * spend, 0.0, np.inf
                case "max_share":
                    yield here * spend - limit * spend, -np.inf, 0.0
                case "change_from":
                    yield here * spend, (1 + limit) * now, np.inf
                case "change_to":
                    yield here * spend, -np.inf, (1 + limit) * now
                case "max_cpa":
                    yield here * (spend - limit * got), -np.inf, 0.0
                case "min_roas":
                    yield here * (revenue - limit * spend), 0.0, np.inf
                case "min_conversions":
                    yield here * got, limit, np.inf
                case "min_revenue":
                    yield here * revenue, limit, np.inf
                case "max_changed":
                    moved = np.abs(spend - self.now[channel]) > ROUNDING * total.maximum
                    yield here * moved, -np.inf, limit
                case "linear_min" | "linear_max":
                    weights = np.array([rule.coefficients.get(n, 0.0) for n in self.names])
                    is_min = rule.kind == "linear_min"
                    ends = (limit, np.inf) if is_min else (-np.inf, limit)
                    yield weights[channel] * spend, *ends


@dataclass(frozen=True)
class Verdict:
    """What the referee says of an allocation: "right", or what is wrong with it."""

    kind: str
    detail: str = ""


def judge(problem: Problem, is_small: bool, seconds: float = 60.0) -> Verdict:
    """Hold what the optimiser says of a problem against the referee's own plan.

    Parameters
    ----------
    is_small : look for a plan on zooming grids (one to three channels), else on exact points
    """
    try:
        found = allocate(problem, Settings(time_limit=seconds), conflicts=False)
    except Exception as error:  # a crash is what is looked for
        return Verdict("crash", f"{type(error).__name__}: {error}")
    referee = Referee(problem)
    best = referee.on_zooming_grids() if is_small else referee.by_exact_points()
    if best is not None and referee.breach(best[None])[0] > 1e-9:
        best = None
    reached = -np.inf if best is None else float(referee.objective(best[None])[0])
    if found.status == "infeasible":
        return Verdict("right") if best is None else Verdict("false infeasible", f"{reached:g}")
    if found.certificate is None:
        return Verdict("no plan", found.status)
    spend, sign = found.spend(), -1.0 if problem.objective == "spend" else 1.0
    split = np.array([[spend[name] for name in referee.names]])
    value, breach = float(referee.objective(split)[0]), float(referee.breach(split)[0])
    if breach > 1e-6:
        return Verdict("broken rule", f"by {breach:.2g} of its size")
    room = 1e-9 * problem.total.maximum * (problem.objective == "profit") + 1e-8 * abs(value)
    if abs(value - sign * found.certificate.value) > room:
        return Verdict("wrong value", f"{found.certificate.value:g} for {value:g}")
    if reached > sign * found.certificate.bound + room:
        return Verdict("wrong bound", f"{found.certificate.bound:g} below {reached:g}")
    if found.status != "optimal":
        return Verdict("open", f"{found.status}, gap {found.certificate.gap:.2g}")
    return Verdict("right")
