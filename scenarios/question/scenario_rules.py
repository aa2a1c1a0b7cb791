"""From what a scenario demands to the optimiser's rules, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from models.curves.curveset import ChannelCurve, CurveSet
from optimizer.rules import Rule, RuleKind
from scenarios.definition.definition import Definition
from scenarios.definition.horizon import Stretch, called
from scenarios.definition.located_yaml import dotted
from scenarios.definition.period_blocks import PeriodGroup, PeriodRules
from scenarios.definition.rule_blocks import Block, ChannelRules
from scenarios.definition.values import Sure

UNUSABLE_CHANGE = 0.3  # how far `unusable: limited` lets a channel move, either way
LIMITS: tuple[RuleKind, ...] = (
    "min_spend",
    "max_spend",
    "min_share",
    "max_share",
    "max_cpa",
    "min_roas",
    "min_conversions",
    "min_revenue",
)
CHANNEL_LIMITS: tuple[RuleKind, ...] = ("max_marginal_cpa", "min_if_active", "step", "min_change")
PORTFOLIO_LIMITS: tuple[RuleKind, ...] = (
    "max_cpa",
    "min_roas",
    "min_conversions",
    "min_revenue",
    "max_changed",
)
# What a channel that stays where it is can neither keep nor break.
OF_MOVING = frozenset(
    ("min_spend", "max_spend", "min_share", "max_share", "change", "min_if_active", "step")
) | {"min_change", "extrapolation"}
TARGETS: dict[str, RuleKind] = {
    "conversions": "min_conversions",
    "revenue": "min_revenue",
    "roas": "min_roas",
    "cpa": "max_cpa",
}


def rules_of(
    definition: Definition, curves: CurveSet, known: Sequence[Stretch] = ()
) -> tuple[Rule, ...]:
    """Every rule of the scenario, its defaults written out by channel.

    Parameters
    ----------
    known : the plan's months or weeks; of any that is not among them nothing is demanded
    """
    return tuple(
        rule
        for rules in (
            *(_channel_rules(definition, entry) for entry in curves),
            _group_rules(definition),
            _portfolio_rules(definition),
            _linear_rules(definition),
            _period_rules(definition, known),
        )
        for rule in rules
    )


def _channel_rules(definition: Definition, entry: ChannelCurve) -> Iterator[Rule]:
    own = definition.channels.get(entry.channel, ChannelRules())
    said = _Effective(entry.channel, own, definition.defaults)
    yield from _under(definition, entry, said, tuple(said.stays(entry)))


def _under(
    definition: Definition, entry: ChannelCurve, said: _Effective, stays: tuple[Rule, ...]
) -> tuple[Rule, ...]:
    """The rules of one channel under the first of those that keep it where it is, if any does."""
    own = tuple(_own_rules(definition, entry, said, bool(stays)))
    if not stays:
        return own
    free = _under(definition, entry, said, stays[1:])
    return replace(stays[0], instead=tuple(rule for rule in free if rule not in own)), *own


def _own_rules(
    definition: Definition, entry: ChannelCurve, said: _Effective, is_still: bool
) -> Iterator[Rule]:
    """What limits one channel; of one that stays where it is, what was written for it."""
    channel, skipped = entry.channel, OF_MOVING if is_still else frozenset[str]()
    for kind in (*LIMITS, *CHANNEL_LIMITS):
        limit, path = said.value(kind, skipped)
        if limit is not None:
            yield limit_rule(kind, limit, (channel,), path=path)
    change, path = said.value("change", skipped)
    yield from _change_rules(change, (channel,), path)
    if not is_still:
        yield from said.limited(entry)
    if definition.periods is not None and not is_still:
        yield from _jump_rules(definition, said)
    share, path = said.value("extrapolation", skipped)
    if isinstance(share, float) and entry.max_observed_spend is not None:
        # Beyond what history shows such a curve is a guess; what a person wrote holds all the same.
        if entry.evidence.within_observed and not said.is_written("extrapolation"):
            share = min(share, 1.0)
        yield Rule("extrapolation", share, (channel,), path=path)


class _Effective:
    """What holds for one channel: its own words, else the defaults'."""

    def __init__(self, channel: str, own: ChannelRules, defaults: ChannelRules) -> None:
        self.channel, self.own, self.defaults = channel, own, defaults

    def value(self, key: str, without_default: frozenset[str] = frozenset()) -> tuple[Any, str]:
        """The value of a key and the path under which it was written; None where nobody says."""
        value = getattr(self.own, key)
        if value is not None:
            return value, dotted(("channels", self.channel, key))
        if key in without_default:
            return None, ""
        return getattr(self.defaults, key), f"defaults.{key}"

    def is_written(self, key: str) -> bool:
        """Whether a person said it, of this channel or of all."""
        return any(key in block.model_fields_set for block in (self.own, self.defaults))

    def limited(self, entry: ChannelCurve) -> Iterator[Rule]:
        """How far a channel may move whose evidence is unusable, where the scenario limits it."""
        unusable, path = self.value("unusable")
        if unusable == "limited" and entry.evidence.verdict == "unusable":
            ends = (-UNUSABLE_CHANGE, UNUSABLE_CHANGE)
            for rule in _change_rules(ends, (self.channel,), path):
                yield replace(rule, is_fixed=True)

    def stays(self, entry: ChannelCurve) -> Iterator[Rule]:
        """The rules that keep the channel at its current spend, the one in force first."""
        locked, path = self.value("locked")
        if locked:
            yield Rule("locked", channels=(self.channel,), path=path)
        unusable, path = self.value("unusable")
        if unusable == "hold" and entry.evidence.verdict == "unusable":
            yield Rule("hold", channels=(self.channel,), path=path)


def _jump_rules(definition: Definition, said: _Effective) -> Iterator[Rule]:
    """How far one channel may move from one period to the next."""
    name = "max_change_between_periods"
    limit, path = said.value(name)
    if limit is None and definition.periods is not None:
        limit, path = getattr(definition.periods, name), f"periods.{name}"
    if limit is not None:
        yield Rule(name, limit, (said.channel,), path=path)


def _change_rules(
    change: tuple[float | None, float | None] | None,
    channels: tuple[str, ...],
    path: str,
    period: str | None = None,
) -> Iterator[Rule]:
    low, high = change or (None, None)
    if low is not None:
        yield Rule("change_from", low, channels, period, path)
    if high is not None:
        yield Rule("change_to", high, channels, period, path)


def _group_rules(definition: Definition) -> Iterator[Rule]:
    for name, group in definition.groups.items():
        channels = tuple(dict.fromkeys(group.channels))
        yield from _limits(group, (*LIMITS, "max_changed"), channels, ("groups", name))
        yield from _change_rules(group.change, channels, dotted(("groups", name, "change")))


def _portfolio_rules(definition: Definition) -> Iterator[Rule]:
    yield from _limits(definition.portfolio, PORTFOLIO_LIMITS, (), ("portfolio",))
    if definition.target is not None:
        for key, kind in TARGETS.items():
            limit = getattr(definition.target, key)
            if limit is not None:
                sure = definition.target.probability
                yield Rule(kind, limit, path=f"target.{key}", probability=sure)


def _period_rules(definition: Definition, known: Sequence[Stretch]) -> Iterator[Rule]:
    for name, block in (definition.periods.rules if definition.periods else {}).items():
        stretch = called(name, known)
        if stretch is not None:
            yield from _rules_of_period(definition, block, ("periods", "rules", name), stretch)


def _rules_of_period(
    definition: Definition, block: PeriodRules, place: tuple, stretch: Stretch
) -> Iterator[Rule]:
    period = stretch.label
    for channel, own in block.channels.items():
        here, names = (*place, "channels", channel), (channel,)
        if own.locked:
            yield Rule("locked", 0.0, names, period, dotted((*here, "locked")))
        yield from _limits(own, (*LIMITS, *CHANNEL_LIMITS), names, here, period)
        yield from _change_rules(own.change, names, dotted((*here, "change")), period)
    for name, group in block.groups.items():
        here, names = (
            (*place, "groups", name),
            tuple(dict.fromkeys(members(definition, name, group))),
        )
        yield from _limits(group, (*LIMITS, "max_changed"), names, here, period)
        yield from _change_rules(group.change, names, dotted((*here, "change")), period)
    yield from _limits(block.portfolio, PORTFOLIO_LIMITS, (), (*place, "portfolio"), period)


def members(definition: Definition, name: str, group: PeriodGroup) -> Sequence[str]:
    """The channels of a period's group: its own, or those of the plan's group of this name."""
    if group.channels is not None:
        return group.channels
    return definition.groups[name].channels if name in definition.groups else ()


def _limits(
    block: Block,
    kinds: tuple[RuleKind, ...],
    channels: tuple[str, ...],
    place: tuple,
    period: str | None = None,
) -> Iterator[Rule]:
    for kind in kinds:
        limit = getattr(block, kind)
        if limit is not None:
            yield limit_rule(kind, limit, channels, period, dotted((*place, kind)))


def limit_rule(
    kind: RuleKind, limit: float | Sure, channels: tuple[str, ...], period: str | None = None,
    path: str = "",
) -> Rule:  # fmt: skip
    """A limit as a rule, also one that has to hold in so many draws only."""
    if isinstance(limit, Sure):
        return Rule(kind, limit.limit, channels, period, path, probability=limit.probability)
    return Rule(kind, float(limit), channels, period, path)


def _linear_rules(definition: Definition) -> Iterator[Rule]:
    for index, rule in enumerate(definition.rules):
        place = dotted(("rules", rule.name if rule.name is not None else index))
        channels = tuple(rule.sum)
        limits: tuple[tuple[RuleKind, float | None], ...] = (
            ("linear_min", rule.min),
            ("linear_max", rule.max),
        )
        for kind, limit in limits:
            if limit is not None:
                yield Rule(kind, limit, channels, path=place, coefficients=dict(rule.sum))
