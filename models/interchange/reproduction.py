"""The referee of every import: the source's own figures, rebuilt from the curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.curves.curveset import ChannelCurve, CurveSet
from models.diagnostics.evidence import refine
from models.errors import CurvesError, Fault

TOLERANCE = 1e-3  # relative: further apart, something was read otherwise than it was meant
NOTHING = 1e-9  # ceiling of a channel that a model gives no effect; a curve needs one above zero


@dataclass(frozen=True)
class Check:
    """One figure of the source beside the same figure from the curves.

    Parameters
    ----------
    channel : the channel's name
    figure : what is compared, such as "contribution"
    theirs, ours : in units of the KPI
    """

    channel: str
    figure: str
    theirs: float
    ours: float

    @property
    def difference(self) -> float:
        """Relative to theirs; absolute where theirs is zero."""
        return (self.ours - self.theirs) / (abs(self.theirs) or 1.0)

    @property
    def holds(self) -> bool:
        return math.isfinite(self.difference) and abs(self.difference) <= TOLERANCE


@dataclass(frozen=True)
class Imported:
    """The curves of another tool's model, and what was compared to trust them.

    Parameters
    ----------
    tool : whose model it is, e.g. "Robyn 3.11.1"
    """

    curves: CurveSet
    checks: tuple[Check, ...]
    tool: str


def refereed(imported: Imported, where: str) -> Imported:
    """The same import, once every figure is the source's own within 0.1 %.

    Raises
    ------
    CurvesError : each figure that is not, with both values
    """
    faults = [
        Fault(
            f"{where}, {check.channel}",
            f"the {check.figure} is {check.theirs:,.6g} in the file and {check.ours:,.6g} when "
            f"rebuilt from the curves ({check.difference:+.2%})",
            "It was made by another version or in a way that this reader does not know; give its "
            "response curves as a table: channel, spend, response.",
        )
        for check in imported.checks
        if not check.holds
    ]
    if faults:
        raise CurvesError(faults)
    return imported


def judged(entry: ChannelCurve, decays: Sequence[float] = ()) -> ChannelCurve:
    """The channel with the evidence of its draws: what they leave open weakens the verdict.

    Parameters
    ----------
    decays : the carry-over that goes with each draw, where they differ
    """
    import numpy as np

    observed = entry.max_observed_spend
    if not entry.draws or not observed:
        return entry
    today = entry.current_spend or 0.0
    if min(float(draw.response(min(today or observed, observed))) for draw in entry.draws) <= 0:
        return entry  # an elasticity of nothing says nothing
    decayed = np.asarray(decays or [entry.carry_over], dtype=float)
    evidence = refine(entry.evidence, entry.draws, decayed, today, observed)
    return replace(entry, evidence=evidence)
