"""Every fitted curve as a picture, and all of them on one page: `budgetopt fit --plots DIR`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.curves.curveset import ChannelCurve, CurveSet
from models.errors import Fault, InputError
from models.files import write_whole
from models.fit.backtest import Backtest
from models.history.history import History
from scenarios.report.pictures.curve_views import (
    NO_FIGURES,
    NO_HOLDOUT,
    CurveView,
    next_costs,
    per_period,
    view,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, GREY, RED, GREEN = "#1f5fa8", "#8a8a8a", "#b3261e", "#3b7a3b"
WIDTH, HEIGHT, DPI = 11.0, 7.5, 110


def draw(history: History, curves: CurveSet, backtested: Backtest | None, folder: Path) -> Path:
    """Write a PNG per channel and `index.html` with all of them; returns the page's path.

    Raises
    ------
    InputError : matplotlib or plotly is not installed, or the folder cannot be made
    """
    from scenarios.report.output_paths import extra
    from scenarios.report.pictures.fit_page import page

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(Fault(str(folder), "this is a file", "Name a folder.")) from None
    views = [view(history, entry, backtested) for entry in curves]
    with extra("pictures,report"):
        pictures = {
            _file(number, one.entry): _picture(one, curves) for number, one in enumerate(views, 1)
        }
        whole = page(curves, views)
    for name, png in pictures.items():
        write_whole(folder / name, png)
    write_whole(folder / "index.html", whole)
    return folder / "index.html"


def _file(number: int, entry: ChannelCurve) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", entry.channel.lower()).strip("-")[:40]
    return f"{number:02d}-{slug or 'channel'}.png"


def _picture(one: CurveView, curves: CurveSet) -> bytes:
    import io

    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.subplots(2, 2)
    _response(axes[0, 0], one, curves)
    _cost(axes[0, 1], one, curves)
    _periods(axes[1, 0], one)
    _held_out(axes[1, 1], one)
    figure.suptitle(f"{one.entry.channel}: {one.entry.evidence.verdict}")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()


def _response(axes: Axes, one: CurveView, curves: CurveSet) -> None:
    observed = one.entry.max_observed_spend or 0.0
    axes.axvspan(0.0, observed, color="0.94", label="observed range")
    if one.points is not None:
        axes.plot(*one.points, ".", color=GREY, markersize=4, label="seen, less season and demand")
    if one.response_band is not None:
        axes.fill_between(
            one.spend, *one.response_band, color=BLUE, alpha=0.2, label="90 % interval"
        )
    axes.plot(one.spend, one.response, color=BLUE, label=one.entry.curve.family)
    _today(axes, one.entry)
    axes.set(xlabel=per_period("spend", curves), ylabel=per_period(curves.kpi, curves))
    axes.set(title="Response", xlim=(0.0, one.spend[-1]))
    axes.set_ylim(bottom=0.0)
    axes.legend(fontsize="small")


def _cost(axes: Axes, one: CurveView, curves: CurveSet) -> None:
    """What one more conversion costs (or one more unit of revenue, where that is counted)."""
    axes.axvspan(0.0, one.entry.max_observed_spend or 0.0, color="0.94")
    if one.cost_band is not None:
        axes.fill_between(one.spend[1:], *one.cost_band, color=RED, alpha=0.15)
    axes.plot(one.spend[1:], one.cost, color=RED)
    _today(axes, one.entry)
    axes.set(ylim=(0.0, one.cost_top), xlim=(0.0, one.spend[-1]))
    axes.set(xlabel=per_period("spend", curves), title=next_costs(curves))


def _today(axes: Axes, entry: ChannelCurve) -> None:
    if entry.current_spend is not None:
        axes.axvline(entry.current_spend, color=GREEN, linestyle="--", label="today")


def _periods(axes: Axes, one: CurveView) -> None:
    axes.set_title("Seen and expected")
    if one.periods is None:
        _nothing(axes, NO_FIGURES)
        return
    found = one.periods
    axes.plot(found.dates, found.seen, ".", color=GREY, markersize=4, label="seen")
    axes.plot(found.dates, found.expected, color=BLUE, linewidth=1.2, label="expected")
    if found.outlier.any():
        odd = found.outlier
        axes.plot(found.dates[odd], found.seen[odd], "x", color=RED, label="counted little")
    axes.tick_params(axis="x", rotation=30)
    axes.legend(fontsize="small")


def _held_out(axes: Axes, one: CurveView) -> None:
    axes.set_title("Held-out weeks: seen and predicted")
    if one.held_out is None:
        _nothing(axes, NO_HOLDOUT)
        return
    found = one.held_out
    axes.plot(found.dates, found.seen, ".", color=GREY, label="seen")
    for number, fold in enumerate(found.folds()):
        label = None if number else "predicted"
        axes.plot(found.dates[fold], found.predicted[fold], color=BLUE, linewidth=1.2, label=label)
    axes.set_ylim(bottom=0.0)
    axes.tick_params(axis="x", rotation=30)
    axes.legend(fontsize="small")


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, ha="center", va="center", color=GREY, transform=axes.transAxes)
    axes.set_axis_off()
