"""Reading a curves file: its parsed JSON -> curves, every fault kept; the form is `curvefile`'s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from models.curves.checking import PARAMETERS, Checker, read_curve
from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Curve

SCHEMA = "budgetopt/curves/1"
TOP_KEYS = (
    "schema",
    "period_days",
    "currency",
    "kpi",
    "channels",
    "season",
    "provenance",
    "notices",
)
EVIDENCE_KEYS = ("verdict", "reasons", "within_observed")
_CURVE_KEYS = ("family", "parameters")
CHANNEL_KEYS = (
    *_CURVE_KEYS,
    "carry_over",
    "value_per_conversion",
    "revenue_curve",
    "margin",
    "repeat_rate",
    "current_spend",
    "max_observed_spend",
    "carried_spend",
    "evidence",
    "draws",
    "fit",
)


def read_document(document: Any, check: Checker) -> CurveSet | None:
    """The curves of a parsed file; what is wrong goes to `check`, None where nothing is left."""
    if not check.mapping("", document, TOP_KEYS, required=("schema", "period_days", "channels")):
        return None
    if document.get("schema") not in (SCHEMA, None):
        check.fault("schema", f"is {document['schema']!r}", f'Only "{SCHEMA}" is understood.')
    if not check.mapping("channels", document.get("channels", {}), None):
        return None
    if not document.get("channels"):
        check.fault("channels", "holds no channel", "Add at least one.")
    entries = tuple(
        _read_channel(str(name), body, check) for name, body in document.get("channels", {}).items()
    )
    season = _read_season(document.get("season", {}), set(document.get("channels", {})), check)
    curves = tuple(replace(e, season=season.get(e.channel, ())) for e in entries if e)
    return CurveSet(
        curves,
        period_days=check.whole("period_days", document.get("period_days"), 1, 366),
        currency=check.text("currency", document.get("currency")),
        kpi=check.choice("kpi", document.get("kpi", "conversions"), ("conversions", "revenue")),
        provenance=check.plain_mapping("provenance", document.get("provenance", {})),
        notices=check.texts("notices", document.get("notices", [])),
    )


def _read_channel(name: str, body: Any, check: Checker) -> ChannelCurve | None:
    path = f"channels.{name}"
    if not check.mapping(path, body, CHANNEL_KEYS, required=("family", "parameters")):
        return None
    curve = read_curve(path, body, check)
    draws = _read_draws(f"{path}.draws", body.get("draws", []), curve, check)
    if isinstance(curve, Average) and not len(curve.draws):
        curve = _mean_of(path, curve, draws, check)
    revenue = None
    if body.get("revenue_curve") is not None:
        inner = f"{path}.revenue_curve"
        if check.mapping(inner, body["revenue_curve"], _CURVE_KEYS, required=_CURVE_KEYS):
            revenue = read_curve(inner, body["revenue_curve"], check)

    def fraction(key: str) -> float | None:
        return check.number(f"{path}.{key}", body.get(key), 0.0, 1.0, below=key != "margin")

    def amount(key: str) -> float | None:
        return check.number(f"{path}.{key}", body.get(key), 0.0)

    return ChannelCurve(
        name,
        curve or Tabulated(((0.0, 0.0), (1.0, 0.0))),  # never seen: there is a fault
        carry_over=fraction("carry_over") or 0.0,
        value_per_conversion=amount("value_per_conversion"),
        revenue_curve=revenue,
        margin=fraction("margin"),
        repeat_rate=fraction("repeat_rate"),
        current_spend=amount("current_spend"),
        max_observed_spend=amount("max_observed_spend"),
        carried_spend=amount("carried_spend"),
        evidence=_read_evidence(f"{path}.evidence", body.get("evidence"), check),
        draws=draws,
        fit=check.plain_mapping(f"{path}.fit", body.get("fit", {})),
    )


def _mean_of(path: str, curve: Average, draws: tuple[Curve, ...], check: Checker) -> Curve:
    """The average of a channel's draws."""
    if not draws or {type(draw) for draw in draws} != {curve.of}:
        remedy = "Give them, or another family and its parameters."
        check.fault(f"{path}.draws", f"hold no draws of {curve.of.family} to average", remedy)
        return curve
    return Average(curve.of, np.array([list(draw.parameters.values()) for draw in draws]))


def _read_evidence(path: str, body: Any, check: Checker) -> Evidence:
    if body is None or not check.mapping(path, body, EVIDENCE_KEYS, ("verdict",)):
        return Evidence()
    within = body.get("within_observed", False)
    if not isinstance(within, bool):
        check.fault(f"{path}.within_observed", "is neither true nor false", "Write one of them.")
    verdicts = ("usable", "weak", "unusable")
    verdict = check.choice(f"{path}.verdict", body.get("verdict", "usable"), verdicts)
    reasons = check.texts(f"{path}.reasons", body.get("reasons", []))
    return Evidence(verdict, reasons, within is True)


def _read_draws(path: str, rows: Any, curve: Curve | None, check: Checker) -> tuple[Curve, ...]:
    if not isinstance(rows, list):
        check.fault(path, "is not a list", "Write [] where there are none.")
        return ()
    if curve is None:
        return ()
    family = curve.of if isinstance(curve, Average) else type(curve)
    names = PARAMETERS[family.family]
    draws = []
    for number, row in enumerate(rows):
        here = f"{path}[{number}]"
        body: Any = row
        if isinstance(row, list):
            if len(row) != len(names):
                check.fault(here, f"has {len(row)} numbers", f"Give {', '.join(names)}.")
                continue
            body = {"family": family.family, "parameters": dict(zip(names, row, strict=True))}
        if check.mapping(here, body, _CURVE_KEYS, required=_CURVE_KEYS):
            draws.append(read_curve(here, body, check))
    return tuple(draw for draw in draws if draw is not None)


def _read_season(body: Any, channels: set[str], check: Checker) -> dict[str, tuple[float, ...]]:
    if not check.mapping("season", body, tuple(channels), what="channel"):
        return {}
    seasons = {}
    for name, factors in body.items():
        path = f"season.{name}"
        if not isinstance(factors, list) or len(factors) not in (0, 53):
            check.fault(path, "does not hold 53 factors", "One per week of the year, mean 1.")
            continue
        values = [check.number(f"{path}[{n}]", f, 0.0) for n, f in enumerate(factors)]
        if all(value is not None for value in values):
            seasons[name] = tuple(values)
    return seasons
