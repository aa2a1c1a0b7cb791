"""The curves of one history: what a fit says, what an optimisation reads, what a person edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from models.curves.families import Curve

if TYPE_CHECKING:
    import pandas as pd

LISTED = 12  # channels that a short form names
Verdict = Literal["usable", "weak", "unusable"]


@dataclass(frozen=True)
class Evidence:
    """Whether a channel's history can carry a decision, and why.

    `reasons` are plain words with numbers; none are needed for a usable channel. A channel
    without evidence (curves written by hand) counts as usable. `within_observed` says that no
    saturation was seen, so that the curve is worth nothing beyond the highest observed spend.
    """

    verdict: Verdict = "usable"
    reasons: tuple[str, ...] = ()
    within_observed: bool = False


@dataclass(frozen=True)
class ChannelCurve:
    """One channel's response and what is known about it. None means unknown, never zero.

    Parameters
    ----------
    channel : the channel's name, as people write it
    curve : response per fit period at a steady spend per period, at today's level
    carry_over : geometric decay of advertising from one period to the next, fraction in [0, 1)
    value_per_conversion : revenue of one conversion, money
    revenue_curve : revenue per period, where revenue does not follow conversions
    margin : profit share of revenue before advertising, fraction
    repeat_rate : probability that a customer buys again, fraction in [0, 1)
    current_spend : today's spend per period, money
    max_observed_spend : highest mean spend per period that history shows over four weeks
    carried_spend : effective spend per period at history's end, which a plan starts with
    evidence : verdict and reasons
    draws : the same curve under the fit's uncertainty, one Curve per draw
    season : factor on the response by week of the year (1 to 53), about 1 on average; empty: none
    fit : diagnostics of the fit, for people (JSON values)
    """

    channel: str
    curve: Curve
    carry_over: float = 0.0
    value_per_conversion: float | None = None
    revenue_curve: Curve | None = None
    margin: float | None = None
    repeat_rate: float | None = None
    current_spend: float | None = None
    max_observed_spend: float | None = None
    carried_spend: float | None = None
    evidence: Evidence = field(default_factory=Evidence)
    draws: tuple[Curve, ...] = ()
    season: tuple[float, ...] = ()
    fit: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CurveSet:
    """All channels' curves, in the order people read them.

    Parameters
    ----------
    channels : one entry per channel, names unique
    period_days : length of the fit period, 1, 7 or (a month) 30 days
    currency : ISO code, or None where history names none
    kpi : what the curves count; with "revenue" there are no conversions to speak of and the
        value per conversion is 1
    provenance : where the curves come from (file hashes, rows, first and last date, versions)
    notices : what the person should know about how they were made

    Examples
    --------
    >>> from models.curves.families import Hill
    >>> curves = CurveSet((ChannelCurve("search", Hill(1200.0, 9000.0)),), currency="EUR")
    >>> curves.names, float(curves["search"].curve.response(9000.0))
    (('search',), 600.0)
    """

    channels: tuple[ChannelCurve, ...]
    period_days: int = 7
    currency: str | None = None
    kpi: Literal["conversions", "revenue"] = "conversions"
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[ChannelCurve]:
        return iter(self.channels)

    def __len__(self) -> int:
        return len(self.channels)

    def __getitem__(self, channel: str) -> ChannelCurve:
        for entry in self.channels:
            if entry.channel == channel:
                return entry
        raise KeyError(channel)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.channel for entry in self.channels)

    def to_frame(self) -> pd.DataFrame:
        """One row per channel: its evidence, and where it stands today on its curve.

        Money and the KPI are per fit period; ``marginal`` is what the next unit of money brings.
        The curves themselves, with their draws, are what `models.curves.file` writes.
        """
        import pandas as pd

        return pd.DataFrame([_facts(entry, self.kpi) for entry in self.channels])

    def __repr__(self) -> str:
        unit = {1: "day", 7: "week", 30: "month"}.get(self.period_days, f"{self.period_days} days")
        money = f", {self.currency}" if self.currency else ""
        shown = [f"{entry.channel} ({entry.evidence.verdict})" for entry in self.channels[:LISTED]]
        more = len(self) - len(shown)
        rest = f" and {more} more" if more else ""
        return f"{len(self)} curves of {self.kpi} per {unit}{money}: {', '.join(shown)}{rest}"


def _facts(entry: ChannelCurve, kpi: str) -> dict[str, Any]:
    today = entry.current_spend
    known = today is not None
    return {
        "channel": entry.channel,
        "family": entry.curve.family,
        "evidence": entry.evidence.verdict,
        "reasons": "; ".join(entry.evidence.reasons),
        "current_spend": today,
        f"current_{kpi}": float(entry.curve.response(today)) if known else None,
        "marginal": float(entry.curve.marginal(today)) if known else None,
        "max_observed_spend": entry.max_observed_spend,
        "carry_over": entry.carry_over,
        "value_per_conversion": entry.value_per_conversion,
        "margin": entry.margin,
        "repeat_rate": entry.repeat_rate,
    }
