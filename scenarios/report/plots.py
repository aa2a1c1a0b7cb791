"""Every fitted curve as a picture, and all of them on one page: `budgetopt fit --plots DIR`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.backtest import Backtest
from models.carryover import effective_spend
from models.curves import FAMILIES
from models.curveset import ChannelCurve, CurveSet
from models.drawn import marginals, responses
from models.errors import Fault, InputError
from models.files import write_whole
from models.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.floating]
BAND = (0.05, 0.95)
BLUE, GREY, RED, GREEN = "#1f5fa8", "#8a8a8a", "#b3261e", "#3b7a3b"
WIDTH, HEIGHT, DPI = 11.0, 7.5, 110


@dataclass(frozen=True)
class Picture:
    """One channel's picture, as PNG."""

    channel: str
    file: str
    png: bytes


def draw(history: History, curves: CurveSet, backtested: Backtest | None, folder: Path) -> Path:
    """Write a PNG per channel and `index.html` with all of them; returns the page's path.

    Raises
    ------
    InputError : matplotlib is not installed, or the folder cannot be made
    """
    from scenarios.report.plots_page import page

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(Fault(str(folder), "this is a file", "Name a folder.")) from None
    pictures = [
        _picture(number, history, entry, curves, backtested)
        for number, entry in enumerate(curves, 1)
    ]
    for picture in pictures:
        write_whole(folder / picture.file, picture.png)
    write_whole(folder / "index.html", page(curves, pictures))
    return folder / "index.html"


def _picture(
    number: int,
    history: History,
    entry: ChannelCurve,
    curves: CurveSet,
    backtested: Backtest | None,
) -> Picture:
    import io

    figure = _figure()
    axes = figure.subplots(2, 2)
    spend = np.linspace(0.0, _farthest(entry), 200)
    points = _observed(history, entry)
    _curve(axes[0, 0], entry, spend, points, curves)
    _marginal(axes[0, 1], entry, spend, curves)
    _residuals(axes[1, 0], history, entry)
    _holdout(axes[1, 1], entry.channel, backtested)
    figure.suptitle(f"{entry.channel}: {entry.evidence.verdict}")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    slug = re.sub(r"[^a-z0-9]+", "-", entry.channel.lower()).strip("-")[:40]
    return Picture(entry.channel, f"{number:02d}-{slug or 'channel'}.png", file.getvalue())


def _figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        remedy = "Install it: pip install 'budgetopt[pictures]'."
        raise InputError(Fault("--plots", "needs matplotlib", remedy)) from None
    return Figure(figsize=(WIDTH, HEIGHT), layout="constrained")


def _farthest(entry: ChannelCurve) -> float:
    return 1.4 * max(entry.max_observed_spend or 0.0, entry.current_spend or 0.0) or 1.0


def _observed(history: History, entry: ChannelCurve) -> tuple[Array, Array] | None:
    """Carried-over spend, and what was seen with season, trend and demand taken out.

    None for a mix, where nobody saw what one channel brought, and without a fit's own figures.
    """
    expected, likely = entry.fit.get("expected"), entry.fit.get("most_likely")
    if history.shape != "tidy" or not expected or not likely:
        return None
    parameters = {name: value for name, value in likely.items() if name != "family"}
    curve = FAMILIES[likely["family"]](**parameters)
    spend = history.spend[entry.channel].to_numpy(dtype=float)
    effective = effective_spend(spend, entry.carry_over, entry.fit)
    seen = history.metrics[history.kpi][entry.channel].to_numpy(dtype=float)
    alone = curve.response(effective)
    return effective, seen * alone / np.maximum(expected, 1e-9)


def _curve(
    axes: Axes,
    entry: ChannelCurve,
    spend: Array,
    points: tuple[Array, Array] | None,
    curves: CurveSet,
) -> None:
    axes.axvspan(0.0, entry.max_observed_spend or 0.0, color="0.94", label="observed range")
    if points is not None:
        axes.plot(*points, ".", color=GREY, markersize=4, label="seen, less season and demand")
    if entry.draws:
        low, high = np.quantile(responses(entry.draws, spend), BAND, axis=0)
        axes.fill_between(spend, low, high, color=BLUE, alpha=0.2, label="90 % interval")
    axes.plot(spend, entry.curve.response(spend), color=BLUE, label=entry.curve.family)
    _today(axes, entry)
    axes.set(xlabel=_per(curves, "spend"), ylabel=_per(curves, curves.kpi), title="Response")
    axes.set_xlim(0.0, spend[-1])
    axes.set_ylim(bottom=0.0)
    axes.legend(fontsize="small")


def _marginal(axes: Axes, entry: ChannelCurve, spend: Array, curves: CurveSet) -> None:
    """What one more conversion costs (or one more unit of revenue, where that is counted)."""
    inner = spend[1:]
    axes.axvspan(0.0, entry.max_observed_spend or 0.0, color="0.94")
    with np.errstate(divide="ignore"):
        cost = 1.0 / entry.curve.marginal(inner)
        if entry.draws:
            slopes = np.quantile(marginals(entry.draws, inner), BAND, axis=0)
            low, high = 1.0 / slopes[::-1]
            axes.fill_between(inner, low, high, color=RED, alpha=0.15)
    axes.plot(inner, cost, color=RED)
    _today(axes, entry)
    at = entry.max_observed_spend or entry.current_spend or inner[-1]
    ceiling = 3.0 / max(float(entry.curve.marginal(at)), 1e-12)
    axes.set_ylim(0.0, min(ceiling, 1.1 * float(cost[np.isfinite(cost)].max())))
    axes.set_xlim(0.0, spend[-1])
    title = (
        "Cost of the next conversion" if curves.kpi == "conversions" else "Cost of the next unit"
    )
    axes.set(xlabel=_per(curves, "spend"), title=title)


def _today(axes: Axes, entry: ChannelCurve) -> None:
    if entry.current_spend is not None:
        axes.axvline(entry.current_spend, color=GREEN, linestyle="--", label="today")


def _residuals(axes: Axes, history: History, entry: ChannelCurve) -> None:
    axes.set_title("Seen and expected")
    expected = entry.fit.get("expected")
    if history.shape != "tidy" or not expected:
        _nothing(axes, "no figures of this channel's own")
        return
    dates = history.dates.to_numpy()
    seen = history.metrics[history.kpi][entry.channel].to_numpy(dtype=float)
    axes.plot(dates, seen, ".", color=GREY, markersize=4, label="seen")
    axes.plot(dates, expected, color=BLUE, linewidth=1.2, label="expected")
    far = [outlier["date"] for outlier in entry.fit.get("outliers", [])]
    if far:
        at = np.isin(dates.astype("datetime64[D]"), np.array(far, dtype="datetime64[D]"))
        axes.plot(dates[at], seen[at], "x", color=RED, label="counted little")
    axes.tick_params(axis="x", rotation=30)
    axes.legend(fontsize="small")


def _holdout(axes: Axes, channel: str, backtested: Backtest | None) -> None:
    axes.set_title("Held-out weeks: seen and predicted")
    if backtested is None or channel not in backtested.seen:
        _nothing(axes, "too little history to hold weeks out")
        return
    seen, predicted = backtested.seen[channel], backtested.predicted[channel]
    weeks = np.array(backtested.dates[-len(seen) :], dtype="datetime64[D]")
    axes.plot(weeks, seen, ".", color=GREY, label="seen")
    for start in range(0, len(weeks), backtested.weeks):
        fold = slice(start, start + backtested.weeks)
        label = "predicted" if start == 0 else None
        axes.plot(weeks[fold], predicted[fold], color=BLUE, linewidth=1.2, label=label)
    axes.set_ylim(bottom=0.0)
    axes.tick_params(axis="x", rotation=30)
    axes.legend(fontsize="small")


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, ha="center", va="center", color=GREY, transform=axes.transAxes)
    axes.set_axis_off()


def _per(curves: CurveSet, what: str) -> str:
    units: Mapping[int, str] = {1: "day", 7: "week"}
    return f"{what} per {units.get(curves.period_days, 'period')}"
