"""Robyn's models: the JSON of `robyn_write` (3.10 to 3.12), and its Pareto front as draws.

A channel brings ``coef * a^alpha / (a^alpha + inflexion^alpha)`` in a period, where `a` is its
spend carried over by weights that begin with 1: at a steady spend x it is x times their sum W. So
the curve at a steady spend is a Hill curve with half-saturation inflexion / W. The carry-over
begins with the first row of the raw data; the inflexion lies between the least (0 from 3.12 on)
and the greatest `a` of the modelled window, `gamma` of the way up.
Source: Robyn's `adstock_geometric`, `adstock_weibull`, `saturation_hill`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.history_facts import highest_spend, recent_spend
from models.curves.composed import Average
from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Hill
from models.errors import CurvesError, Fault
from models.files import read_small
from models.interchange.reproduction import NOTHING, Check, Imported, judged
from models.phrases import said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]
KNOWN = ((3, 10), (3, 12))  # versions whose inflexion is known
ADSTOCKS = {
    "geometric": ("alphas", "gammas", "thetas"),
    "weibull_cdf": ("alphas", "gammas", "shapes", "scales"),
    "weibull_pdf": ("alphas", "gammas", "shapes", "scales"),
}
EXPORT = "Export it in R: robyn_write(InputCollect, OutputCollect, select_model, dir = ...)."


@dataclass(frozen=True)
class _Model:
    """What the JSON says of the data, the same for all models of a run.

    Parameters
    ----------
    spend : by channel, money per row of the raw data
    window : the rows that were modelled
    """

    where: str
    version: tuple[int, int]
    adstock: str
    period_days: int
    kpi: Any
    spend: Mapping[str, Array]
    window: slice


@dataclass(frozen=True)
class _Response:
    """One channel's response in one model: its curve at a steady spend, and its weights' sum."""

    curve: Hill
    decay: float
    effective: Array  # spend carried over and normalised, on the window
    is_nothing: bool

    @property
    def contribution(self) -> float:
        return 0.0 if self.is_nothing else float(self.curve.response(self.effective).sum())


def read_robyn(path: Path, pareto: Sequence[Path] = (), currency: str | None = None) -> Imported:
    """The curves of one model, or the mean of the models on the Pareto front.

    Parameters
    ----------
    path : the JSON of `robyn_write`
    pareto : `pareto_hyperparameters.csv` and `pareto_aggregated.csv` of the same run; with them
        every model of the front is a draw, and the curve is their mean

    Raises
    ------
    CurvesError : it is none, or holds what a curve cannot say
    """
    document = _parsed(path)
    model = _model(document, str(path))
    exported = document.get("ExportedModel")
    if not exported and not pareto:
        problem = "names no chosen model (there is no ExportedModel)"
        raise CurvesError(Fault(str(path), problem, EXPORT))
    checks: list[Check] = []
    chosen = _chosen(exported, model, checks) if exported else {}
    front = _front(pareto, model, checks) if pareto else {}
    names = ", ".join(_scalars(exported.get("select_model"))) if exported else ""
    label = ".".join(map(str, model.version))
    channels = tuple(
        _entry(model, name, chosen.get(name), front.get(name, ())) for name in model.spend
    )
    return Imported(
        CurveSet(
            channels,
            period_days=model.period_days,
            currency=currency,
            kpi=model.kpi,
            provenance={"source": f"Robyn {label}", "file": path.name, "model": names},
            notices=tuple(_notices(model, front)),
        ),
        tuple(checks),
        f"Robyn {label}",
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_small(path).decode("utf-8-sig"))
    except ValueError as error:
        raise CurvesError(Fault(str(path), f"is not whole JSON ({error})", EXPORT)) from None
    if not isinstance(document, dict) or "InputCollect" not in document:
        problem = "is not the JSON of robyn_write (there is no InputCollect)"
        raise CurvesError(Fault(str(path), problem, EXPORT))
    return document


def _scalars(value: Any) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def _model(document: dict[str, Any], where: str) -> _Model:
    inputs = document["InputCollect"]
    if not isinstance(inputs, dict):
        raise CurvesError(Fault(where, "InputCollect is not an object", EXPORT))
    faults: list[Fault] = []

    def one(key: str) -> Any:
        found = _scalars(inputs.get(key))
        if len(found) == 1:
            return found[0]
        faults.append(Fault(f"{where}, InputCollect.{key}", "is missing or not one value", EXPORT))
        return None

    adstock, days, kind = one("adstock"), one("dayInterval"), one("dep_var_type")
    first, last = one("rollingWindowStartWhich"), one("rollingWindowEndWhich")
    version = re.search(r"v?(\d+)\.(\d+)", str(one("version")))
    numbers = (int(version[1]), int(version[2])) if version else (0, 0)
    if not KNOWN[0] <= numbers <= KNOWN[1]:
        problem = f"is of version {inputs.get('version')}"
        faults.append(Fault(where, problem, "Versions 3.10 to 3.12 are understood."))
    if adstock is not None and adstock not in ADSTOCKS:
        known = ", ".join(ADSTOCKS)
        faults.append(Fault(where, f"the adstock {adstock!r} is not known", f"Known: {known}."))
    if kind not in ("revenue", "conversion", None):
        faults.append(Fault(where, f"dep_var_type is {kind!r}", "It is revenue or conversion."))
    rows = document.get("Extras", {}).get("raw_data") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        remedy = "Export it with robyn_write(..., export = TRUE) of Robyn 3.10 or later."
        faults.append(Fault(where, "holds no raw data (Extras.raw_data)", remedy))
        rows = []
    spend = _spend(inputs, rows, where, faults)
    whole = isinstance(first, int) and isinstance(last, int) and isinstance(days, int)
    if not faults and not (whole and 1 <= first <= last <= len(rows) and 1 <= days <= 366):
        problem = f"the window {first} to {last} does not lie in its {len(rows)} rows"
        faults.append(Fault(where, problem, EXPORT))
    if faults:
        raise CurvesError(faults)
    kpi = "revenue" if kind == "revenue" else "conversions"
    window = slice(first - 1, last)
    return _Model(where, numbers, str(adstock), days, kpi, spend, window)


def _spend(inputs: dict, rows: list[dict], where: str, faults: list[Fault]) -> dict[str, Array]:
    channels = [str(name) for name in _scalars(inputs.get("paid_media_spends"))]
    if not channels:
        faults.append(Fault(f"{where}, InputCollect.paid_media_spends", "is missing", EXPORT))
    spend = {}
    for name in channels if rows else []:
        try:
            values = np.array([row[name] for row in rows], dtype=float)
        except (KeyError, TypeError, ValueError):
            values = np.array([np.nan])
        if not np.all(np.isfinite(values)) or values.min() < 0:
            problem = f"the raw data hold no spend of {name} in every row"
            faults.append(Fault(where, problem, "Fill the gaps, then export it again."))
        spend[name] = values
    return spend


def _hyperparameters(model: _Model, name: str, values: Mapping[str, Any]) -> list[float]:
    """A channel's hyperparameters in the order of `ADSTOCKS`."""
    found = [values.get(f"{name}_{kind}") for kind in ADSTOCKS[model.adstock]]
    numbers = [_scalars(value) for value in found]
    if any(len(value) != 1 or not np.isfinite(float(value[0])) for value in numbers):
        exposed = [key for key in values if key.endswith("_alphas")]
        problem = f"has no hyperparameters of {name} (it has {', '.join(exposed) or 'none'})"
        remedy = (
            "A channel modelled by its exposure (impressions, clicks) needs the conversion of "
            "spend to exposure, which the file does not hold: model the spend, or give its "
            "response curve as a table."
        )
        raise CurvesError(Fault(model.where, problem, remedy))
    return [float(value[0]) for value in numbers]


def _response(model: _Model, name: str, values: Mapping[str, Any], coef: float) -> _Response:
    from scipy.signal import fftconvolve, lfilter

    alpha, gamma, *carry = _hyperparameters(model, name, values)
    spend = model.spend[name]
    if model.adstock == "geometric":
        (theta,) = carry
        total, decay = 1.0 / (1.0 - theta), theta
        carried = lfilter([1.0], [1.0, -theta], spend)
    else:
        weights = _weibull(model.adstock, carry[0], carry[1], len(spend))
        total = float(weights.sum())
        lag = float(weights @ np.arange(len(weights))) / total
        decay = lag / (1.0 + lag)
        carried = np.maximum(fftconvolve(spend, weights)[: len(spend)], 0.0)
    seen = np.asarray(carried)[model.window]
    least = seen.min() if model.version < (3, 12) else 0.0
    inflexion = least * (1.0 - gamma) + seen.max() * gamma
    if inflexion <= 0 or alpha <= 0:
        problem = f"{name} has no spend in the modelled window"
        raise CurvesError(Fault(model.where, problem, "Leave the channel out of the model."))
    curve = Hill(max(coef, NOTHING), inflexion / total, alpha)
    return _Response(curve, decay, seen / total, coef <= 0)


def _weibull(adstock: str, shape: float, scale: float, rows: int) -> Array:
    """Weights by lag; the first of them is what the same period gets."""
    if shape == 0 or scale == 0:
        return np.eye(1, rows)[0]
    at = np.arange(1, rows + 1, dtype=float)
    stretch = max(float(np.round(np.quantile(at, scale))), 1.0)
    survival = np.exp(-((at / stretch) ** shape))
    if adstock == "weibull_cdf":
        return np.cumprod(np.append(1.0, survival[:-1])).astype(float)
    density = shape / stretch * (at / stretch) ** (shape - 1.0) * survival
    span = density.max() - density.min()
    return (density - density.min()) / span if span > 0 else np.eye(1, rows)[0]


def _chosen(exported: Any, model: _Model, checks: list[Check]) -> dict[str, _Response]:
    """The exported model's responses; its contributions go to the checks."""
    if not isinstance(exported, dict) or not isinstance(exported.get("summary"), list):
        raise CurvesError(Fault(f"{model.where}, ExportedModel.summary", "is missing", EXPORT))
    summary = {row.get("variable"): row for row in exported["summary"] if isinstance(row, dict)}
    values = exported.get("hyper_values") or {}
    found, faults = {}, []
    for name in model.spend:
        row = summary.get(name, {})
        coef, total = row.get("coef"), row.get("decompAgg")
        if not isinstance(coef, int | float) or not isinstance(total, int | float):
            faults.append(Fault(model.where, f"the summary has no coefficient of {name}", EXPORT))
            continue
        try:
            found[name] = _response(model, name, values, float(coef))
        except CurvesError as error:
            faults += error.faults
            continue
        checks.append(Check(name, "contribution", float(total), found[name].contribution))
    if faults:
        raise CurvesError(faults)
    return found


def _front(pareto: Sequence[Path], model: _Model, checks: list[Check]) -> dict[str, list]:
    """Every Pareto model's response by channel; the worst contribution goes to the checks."""
    hyper, totals = _tables(pareto)
    rows: dict[Any, Any] = hyper.set_index("solID").to_dict("index")
    found: dict[str, list[_Response]] = {name: [] for name in model.spend}
    for name in model.spend:
        mine = totals[totals["rn"] == name].set_index("solID")
        missing = [key for key in rows if key not in mine.index]
        if missing:
            problem = f"{len(missing)} models have no row of {name}, such as {missing[0]}"
            raise CurvesError(Fault(str(pareto[-1]), problem, "Give both files of one run."))
        worst = Check(name, "contribution", 0.0, 0.0)
        told: dict[Any, Any] = mine[["coef", "xDecompAgg"]].to_dict("index")
        for key, values in rows.items():
            coef, total = (float(told[key][column]) for column in ("coef", "xDecompAgg"))
            response = _response(model, name, values, coef)
            found[name].append(response)
            check = Check(name, f"contribution in model {key}", total, response.contribution)
            if abs(check.difference) >= abs(worst.difference):
                worst = check
        checks.append(replace(worst, figure=f"{worst.figure}, the worst of {len(rows)}"))
    return found


def _tables(pareto: Sequence[Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    needed = (("solID",), ("solID", "rn", "coef", "xDecompAgg"))
    tables: dict[int, pd.DataFrame] = {}
    for path in pareto:
        try:
            frame = pd.read_csv(path, encoding="utf-8-sig")
        except ValueError as error:
            problem = f"is no table ({str(error).strip()})"
            raise CurvesError(Fault(str(path), problem, "Give Robyn's pareto_*.csv.")) from None
        tables[1 if "rn" in frame else 0] = frame
    for number, columns in enumerate(needed):
        if number not in tables or not set(columns) <= set(tables[number].columns):
            where = ", ".join(map(str, pareto))
            remedy = "Give pareto_hyperparameters.csv and pareto_aggregated.csv of the same run."
            raise CurvesError(Fault(where, "the Pareto front is not complete", remedy))
    return tables[0], tables[1]


def _entry(
    model: _Model, name: str, chosen: _Response | None, front: Sequence[_Response]
) -> ChannelCurve:
    draws = tuple(response.curve for response in front)
    curve = chosen.curve if chosen and not draws else Average(Hill, _rows(draws))
    nothing = sum(response.is_nothing for response in front) if front else 0
    decay = chosen.decay if chosen else float(np.mean([response.decay for response in front]))
    until = model.spend[name][: model.window.stop]
    seen = model.spend[name][model.window]
    effective = chosen.effective if chosen else front[0].effective
    evidence = Evidence()
    if chosen and chosen.is_nothing and not front:
        evidence = Evidence("weak", (said("the model gives this channel no effect"),))
    elif nothing:
        words = said(
            "{count} of {models} Pareto models give this channel no effect",
            count=nothing,
            models=len(front),
        )
        evidence = Evidence("weak", (words,))
    entry = ChannelCurve(
        name,
        curve,
        carry_over=decay,
        value_per_conversion=1.0 if model.kpi == "revenue" else None,
        current_spend=recent_spend(until, model.period_days),
        max_observed_spend=highest_spend(seen, model.period_days),
        carried_spend=float(effective[-1]),
        evidence=evidence,
        draws=draws,
    )
    return judged(entry, [response.decay for response in front])


def _rows(draws: Sequence[Hill]) -> Array:
    return np.array([draw.values() for draw in draws], dtype=float)


def _notices(model: _Model, front: Mapping[str, Sequence[_Response]]) -> Iterator[str]:
    if front:
        count = len(next(iter(front.values())))
        yield said(
            "the curves are the mean of {count} Pareto models, each of which is a draw", count=count
        )
    if model.adstock != "geometric":
        yield said(
            "the carry-over of {tool} is not geometric: plans of several periods take the one "
            "whose effect comes as late on average",
            tool="Robyn",
        )
