"""The curves file: JSON that `fit` writes, that `plan` reads, and that a person may write or edit.

Only `schema`, `period_days` and each channel's `family` and `parameters` are required; what is
left out is unknown. A fitted file carries a seal per channel, so that an edit is noticed.

Per channel (`models.curves.curve_document.Channel`; spends are money per fit period, responses the
KPI per fit period):

- `family`, `parameters`: the curve; by family hill `ceiling, half_saturation, slope`; exponential
  `ceiling, scale`; logarithmic `coefficient, scale`; power `coefficient, exponent`; linear `rate`;
  tabulated `points`; average `family` (of the draws);
- `carry_over`: share of the effect that goes on to the next period, in [0, 1);
- `current_spend`: today's; `max_observed_spend`: highest mean over four weeks; `carried_spend`:
  effective spend at history's end under the carry-over, which a plan of several periods starts
  with;
- `value_per_conversion`, `revenue_curve`, `margin`, `repeat_rate`: what a conversion is worth;
- `evidence`: `verdict`, `reasons`, `within_observed`; `draws`: equally likely curves; `fit`:
  diagnostics that decide nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.curves.composed import Average, Tabulated
from models.curves.curve_document import SCHEMA
from models.curves.curve_reading import read_document
from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Curve
from models.curves.json_text import json_text, parsed
from models.errors import CurvesError, Fault
from models.files import write_whole
from models.phrases import said, to_data


def to_json(curves: CurveSet) -> str:
    """The curves file's text; the same curves give the same bytes."""
    document: dict[str, Any] = {"schema": SCHEMA, "period_days": curves.period_days}
    if curves.currency is not None:
        document["currency"] = curves.currency
    document["kpi"] = curves.kpi
    document["channels"] = {entry.channel: _channel(entry) for entry in curves}
    document["season"] = {entry.channel: list(entry.season) for entry in curves if entry.season}
    document["provenance"] = dict(curves.provenance)
    document["notices"] = list(map(to_data, curves.notices))
    return json_text(document) + "\n"


def from_json(text: str, where: str = "curves") -> CurveSet:
    """The curves of a file's text.

    Parameters
    ----------
    where : the file's name, for the faults

    Raises
    ------
    CurvesError : everything that is wrong with the file, each fault with its JSON path
    """
    return _without_stale_draws(read_document(parsed(text, where), where))


def load_curves(path: str | Path) -> CurveSet:
    """Read a curves file.

    Raises
    ------
    CurvesError : the file cannot be read, or what it says cannot be used
    """
    where = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problem, remedy = "there is no such file", "Write one with `budgetopt fit`."
    except IsADirectoryError:
        problem, remedy = "is a directory, not a file", "Name the file itself."
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start + 1})"
        remedy = "Save it as UTF-8."
    except OSError as error:
        problem, remedy = f"cannot be read ({error.strerror})", "Check the path and its rights."
    else:
        return from_json(text, where)
    raise CurvesError(Fault(where, problem, remedy))


def save_curves(curves: CurveSet, path: str | Path) -> None:
    """Write a curves file, whole or not at all.

    Raises
    ------
    OSError : the place cannot be written to
    """
    write_whole(path, to_json(curves))


def sealed(curves: CurveSet) -> CurveSet:
    """The same curves with a seal per channel, by which a later edit is noticed."""
    seals = {entry.channel: _seal(entry) for entry in curves}
    return replace(curves, provenance={**curves.provenance, "seals": seals})


def edited_channels(curves: CurveSet) -> tuple[str, ...]:
    """Channels whose entry is no longer what a fit wrote; none where nothing was sealed."""
    seals = curves.provenance.get("seals")
    if not isinstance(seals, Mapping):
        return ()
    return tuple(e.channel for e in curves if seals.get(e.channel) != _seal(e))


def _seal(entry: ChannelCurve) -> str:
    """Hash of all that decides about a channel. The draws are not part of it: see below."""
    body = {k: v for k, v in _channel(entry).items() if k not in ("draws", "fit")}
    text = json.dumps([body, list(entry.season)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_stale_draws(curves: CurveSet) -> CurveSet:
    """Draws set aside where the curve was edited: they describe the curve that is gone."""
    stale = [e for e in edited_channels(curves) if curves[e].draws]
    if not stale:
        return curves
    channels = tuple(replace(e, draws=()) if e.channel in stale else e for e in curves)
    notice = said("edited by hand, so their intervals are unknown: {channels}", channels=stale)
    return replace(curves, channels=channels, notices=(*curves.notices, notice))


def _channel(entry: ChannelCurve) -> dict[str, Any]:
    optional = {
        "value_per_conversion": entry.value_per_conversion,
        "revenue_curve": _curve(entry.revenue_curve) if entry.revenue_curve else None,
        "margin": entry.margin,
        "repeat_rate": entry.repeat_rate,
        "current_spend": entry.current_spend,
        "max_observed_spend": entry.max_observed_spend,
        "carried_spend": entry.carried_spend,
    }
    curve = _curve(entry.curve)
    if isinstance(entry.curve, Average) and _is_mean_of(entry.curve, entry.draws):
        curve["parameters"] = {"family": entry.curve.of.family}
    reasons = [to_data(reason) for reason in entry.evidence.reasons]
    verdict: dict[str, Any] = {"verdict": entry.evidence.verdict, "reasons": reasons}
    if entry.evidence.within_observed:
        verdict["within_observed"] = True
    return {
        **curve,
        "carry_over": entry.carry_over,
        **{key: value for key, value in optional.items() if value is not None},
        "evidence": verdict,
        "draws": [_draw(draw, entry.curve) for draw in entry.draws],
        "fit": dict(entry.fit),
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {"family": curve.family, "parameters": curve.parameters}


def _is_mean_of(curve: Average, draws: tuple[Curve, ...]) -> bool:
    """Whether an average needs no parameters of its own, being that of the channel's draws."""
    if len(draws) != len(curve.draws) or {type(draw) for draw in draws} != {curve.of}:
        return False
    return [list(draw.parameters.values()) for draw in draws] == curve.draws.tolist()


def _draw(draw: Curve, curve: Curve) -> list | dict[str, Any]:
    """A draw of the curve's own family is its parameters in order; another is written out."""
    family = curve.of.family if isinstance(curve, Average) else curve.family
    if draw.family == family and not isinstance(draw, Tabulated):
        return list(draw.parameters.values())
    return _curve(draw)
