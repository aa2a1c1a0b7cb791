"""The pictures of a fitted curve as Plotly's plain data; the mouse shows figures and zooms in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.curves.curveset import CurveSet
from scenarios.report.page.charts import (
    BAND,
    LINE,
    PROPOSED,
    SEEN,
    TODAY,
    Figure,
    axis,
    figure,
    short,
)
from scenarios.report.pictures.curve_views import CurveView, HeldOut, Seen, next_costs, per_period

Array = NDArray[np.floating]
RED, RED_BAND = "#B5502B", "rgba(181,80,43,0.16)"
HEIGHT = 300


def response(one: CurveView, curves: CurveSet) -> Figure:
    """The curve, its band, what was seen, today, and the observed range."""
    traces: list[dict[str, Any]] = []
    if one.points is not None:
        spend, seen = one.points
        marks = {"mode": "markers", "marker": {"size": 4, "color": TODAY}}
        traces.append(_trace("seen, less season and demand", spend, seen, **marks))
    if one.response_band is not None:
        traces += _band(one.spend, one.response_band, BAND)
    curve = {"mode": "lines", "line": {"color": LINE, "width": 2}}
    traces.append(_trace(one.entry.curve.family, one.spend, one.response, **curve))
    title, y = per_period("spend", curves), axis(per_period(curves.kpi, curves))
    return _over_spend(one, traces, title, y | {"rangemode": "tozero"})


def cost(one: CurveView, curves: CurveSet) -> Figure:
    """What the next one costs, with its band."""
    traces: list[dict[str, Any]] = []
    shown = np.isfinite(one.cost)
    if one.cost_band is not None:
        # Far above the picture's top a band ends as well as anywhere.
        band = np.minimum(one.cost_band, 100.0 * one.cost_top)
        traces += _band(one.spend[1:], band, RED_BAND)
    line = {"mode": "lines", "line": {"color": RED, "width": 2}}
    traces.append(_trace("expected", one.spend[1:][shown], one.cost[shown], **line))
    y = axis(next_costs(curves).lower(), range=[0, short(one.cost_top)])
    return _over_spend(one, traces, per_period("spend", curves), y)


def periods(found: Seen, curves: CurveSet) -> Figure:
    """Every period: seen, expected, and what was counted little."""
    odd = found.outlier
    dots = {"mode": "markers", "marker": {"size": 4, "color": TODAY}}
    line = {"mode": "lines", "line": {"color": PROPOSED, "width": 1.5}}
    cross = {"mode": "markers", "marker": {"size": 9, "color": RED, "symbol": "x"}}
    traces = [
        _trace("seen", found.dates[~odd], found.seen[~odd], **dots),
        _trace("expected", found.dates, found.expected, **line),
    ]
    if odd.any():
        traces.append(_trace("counted little", found.dates[odd], found.seen[odd], **cross))
    return _over_time(traces, per_period(curves.kpi, curves))


def held_out(found: HeldOut, curves: CurveSet) -> Figure:
    """Held-out weeks, a line per fold."""
    dots = {"mode": "markers", "marker": {"size": 6, "color": TODAY}}
    traces = [_trace("seen", found.dates, found.seen, **dots)]
    for number, fold in enumerate(found.folds()):
        line = {"mode": "lines", "line": {"color": PROPOSED, "width": 1.5}}
        trace = _trace("predicted", found.dates[fold], found.predicted[fold], **line)
        traces.append(trace | {"legendgroup": "predicted", "showlegend": number == 0})
    return _over_time(traces, f"{curves.kpi} per week")


def _trace(name: str, x: Sequence | NDArray, y: Array, **look: Any) -> dict[str, Any]:
    is_time = np.issubdtype(np.asarray(x).dtype, np.datetime64)
    across = [str(day) for day in x] if is_time else [short(float(value)) for value in x]
    at = "%{x}" if is_time else "%{x:,.0f}"
    return {
        "type": "scatter",
        "name": name,
        "x": across,
        "y": [short(float(value)) for value in y],
        "hovertemplate": f"{at}: %{{y:,.4~g}}<extra>{name}</extra>",
        **look,
    }


def _band(spend: Array, band: Array, color: str) -> list[dict[str, Any]]:
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    low, high = (_trace("90 % interval", spend, limit) | edge for limit in band)
    return [low | {"showlegend": False}, high | {"fill": "tonexty", "fillcolor": color}]


def _over_spend(one: CurveView, traces: list[dict], title: str, y: dict[str, Any]) -> Figure:
    """Traces over spend with today and the observed range behind them."""
    line = {"color": "#3B7A3B", "width": 2, "dash": "dash"}
    shapes: list[dict[str, Any]] = [
        {"type": "rect", "layer": "below", "xref": "x", "yref": "paper", "y0": 0, "y1": 1,
         "x0": 0, "x1": short(one.entry.max_observed_spend or 0.0), "fillcolor": SEEN,
         "line": {"width": 0}}
    ]  # fmt: skip
    notes = []
    if one.entry.current_spend is not None:
        today = short(one.entry.current_spend)
        shapes.append({"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1,
                       "x0": today, "x1": today, "line": line})  # fmt: skip
        notes.append({"x": today, "y": 1, "xref": "x", "yref": "paper", "text": "today",
                      "showarrow": False, "xanchor": "left", "yanchor": "top"})  # fmt: skip
    x = axis(title, range=[0, short(float(one.spend[-1]))])
    return _free(figure(traces, HEIGHT, xaxis=x, yaxis=y, shapes=shapes, annotations=notes))


def _over_time(traces: list[dict], title: str) -> Figure:
    return _free(figure(traces, HEIGHT, xaxis=axis(), yaxis=axis(title, rangemode="tozero")))


def _free(found: Figure) -> Figure:
    """The picture with axes that can be zoomed; a double click shows all again."""
    layout = found["layout"]
    axes = {name: layout[name] | {"fixedrange": False} for name in ("xaxis", "yaxis")}
    return {**found, "layout": {**layout, **axes, "dragmode": "zoom"}}
