"""From what a scenario demands to the optimiser's rules, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.curveset import ChannelCurve, CurveSet
from optimizer.rules import Rule, RuleKind
from scenarios.blocks import Block, ChannelRules
from scenarios.definition import Definition
from scenarios.yamltree import dotted

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


def rules_of(definition: Definition, curves: CurveSet) -> tuple[Rule, ...]:
    """Every rule of the scenario, its defaults written out by channel."""
    return tuple(
        rule
        for rules in (
            *(_channel_rules(definition, entry) for entry in curves),
            _group_rules(definition),
            _portfolio_rules(definition),
            _linear_rules(definition),
        )
        for rule in rules
    )


def _channel_rules(definition: Definition, entry: ChannelCurve) -> Iterator[Rule]:
    channel = entry.channel
    own = definition.channels.get(channel, ChannelRules())
    said = _Effective(channel, own, definition.defaults)
    stays = said.stays(entry)
    skipped: frozenset[str] = frozenset()
    if stays is not None:
        yield stays
        skipped = OF_MOVING
    for kind in (*LIMITS, *CHANNEL_LIMITS):
        limit, path = said.value(kind, skipped)
        if limit is not None:
            yield Rule(kind, limit, (channel,), path=path)
    change, path = said.value("change", skipped)
    yield from _change_rules(change, (channel,), path)
    share, path = said.value("extrapolation", skipped)
    if isinstance(share, float) and entry.max_observed_spend is not None:
        if entry.evidence.within_observed:
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

    def stays(self, entry: ChannelCurve) -> Rule | None:
        """The rule that keeps the channel at its current spend, if one does."""
        locked, path = self.value("locked")
        if locked:
            return Rule("locked", channels=(self.channel,), path=path)
        unusable, path = self.value("unusable")
        if unusable == "hold" and entry.evidence.verdict == "unusable":
            return Rule("hold", channels=(self.channel,), path=path)
        return None


def _change_rules(
    change: tuple[float | None, float | None] | None, channels: tuple[str, ...], path: str
) -> Iterator[Rule]:
    low, high = change or (None, None)
    if low is not None:
        yield Rule("change_from", low, channels, path=path)
    if high is not None:
        yield Rule("change_to", high, channels, path=path)


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
                yield Rule(kind, limit, path=f"target.{key}")


def _limits(
    block: Block, kinds: tuple[RuleKind, ...], channels: tuple[str, ...], place: tuple
) -> Iterator[Rule]:
    for kind in kinds:
        limit = getattr(block, kind)
        if limit is not None:
            yield Rule(kind, float(limit), channels, path=dotted((*place, kind)))


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
