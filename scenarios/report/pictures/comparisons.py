"""Comparisons and sweeps drawn: a PNG, or a page with the same drawing that opens offline."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from models.errors import Fault, InputError
from models.extras import lacking
from models.files import write_whole
from models.phrases import said
from scenarios.analyses.compare import Comparison
from scenarios.analyses.sweep import Axis, Sweep
from scenarios.language.language import Language
from scenarios.language.numbers import amount, rate
from scenarios.report.prose.sentences import OBJECTIVES
from scenarios.report.templates import rendered
from scenarios.report.terminal.sweep import value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Told apart without colour too: bars are hatched, lines have markers.
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "+++", "ooo", "***")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

Rows = Sequence[Sequence[str]]


def compare_picture(found: Comparison, path: Path) -> None:
    """Spend by channel for each scenario, and what each brings."""
    save(path, "Scenarios side by side", lambda: _draw_compare(found), list(_compare_rows(found)))


def sweep_picture(found: Sweep, path: Path) -> None:
    """The frontier and each channel's spend along it; of a grid, its height."""
    draw = _draw_grid if len(found.axes) == 2 else _draw_frontier
    keys = " and ".join(axis.key for axis in found.axes)
    title = f"{OBJECTIVES[found.objective].capitalize()} by {keys}"
    save(path, title, lambda: draw(found), list(_sweep_rows(found)))


def save(path: Path, title: str, draw: Callable[[], Figure], rows: Rows) -> None:
    """Draw, and write it in the form of the path's suffix, whole or not at all."""
    suffix = path.suffix.lower()
    if suffix not in (".png", ".html"):
        raise InputError(
            Fault(str(path), f"'{suffix}' is not a form of picture", "Use .png or .html.")
        )
    try:
        import matplotlib as mpl
    except ImportError:
        lacks = lacking(said("drawing"), "matplotlib", "pictures")
        raise InputError(Fault(str(path), *lacks)) from None
    page = io.BytesIO()
    # The same figures give the same bytes: no date, and no random names inside.
    with mpl.rc_context({"svg.hashsalt": "budgetopt", "svg.fonttype": "path"}):
        figure = draw()
        if suffix == ".png":
            figure.savefig(page, format="png", dpi=150, metadata={"Software": None})
            write_whole(path, page.getvalue())
            return
        figure.savefig(page, format="svg", metadata={"Date": None, "Creator": None})
    drawing = page.getvalue().decode()
    svg = drawing[drawing.index("<svg") :]
    values = {"title": title, "svg": Markup(svg), "heads": rows[0], "rows": rows[1:]}
    write_whole(path, rendered("pictures/comparison.html.j2", Language(), **values))


def panels_of(panels: int, height: float) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots(panels, 1, squeeze=False)[:, 0]
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", alpha=0.3)
        panel.set_axisbelow(True)
    return figure, list(axes)


def thousands(panel: Axes, axis: str = "y") -> None:
    from matplotlib.ticker import FuncFormatter

    which = panel.yaxis if axis == "y" else panel.xaxis
    which.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def _names(panel: Axes, names: Sequence[str]) -> None:
    """Names under the bars; a dollar sign in them is no mathematics."""
    panel.set_xticks(range(len(names)), list(names), rotation=0 if len(names) < 9 else 40)
    for label in panel.get_xticklabels():
        label.set_parse_math(False)


def legend(panel: Axes) -> None:
    legend = panel.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)


# A comparison


def _draw_compare(found: Comparison) -> Figure:
    figure, (spend, gains) = panels_of(2, 8)
    bars = _bars(found)
    width = 0.8 / len(bars)
    first = 0 if found.today is None else 1
    for number, (name, heights) in enumerate(bars.items()):
        places = np.arange(len(found.channels)) + (number - (len(bars) - 1) / 2) * width
        hatch = HATCHES[max(number - first, 0) % len(HATCHES)]
        grey = "0.6" if number < first else None
        spend.bar(places, heights, width, label=name, hatch=hatch, edgecolor="white", color=grey)
    _names(spend, found.channels)
    thousands(spend)
    spend.set_title("Spend", loc="left")
    legend(spend)
    columns = [column for column in found.columns if column.plan.proposed]
    values = [column.plan.proposed.revenue or 0.0 for column in columns if column.plan.proposed]
    title = "Revenue"
    if not any(values):
        title = "Conversions"
        values = [c.plan.proposed.conversions or 0.0 for c in columns if c.plan.proposed]
    gains.bar(range(len(columns)), values, 0.5)
    for place, value in enumerate(values):
        gains.annotate(amount(value), (place, value), ha="center", va="bottom")
    _names(gains, [column.name for column in columns])
    thousands(gains)
    gains.set_title(title, loc="left")
    return figure


def _bars(found: Comparison) -> dict[str, list[float]]:
    """Heights by channel for today, where it is the same for all, and for each scenario."""
    bars = {}
    if found.today:
        current = {
            row.channel: row.current_spend or 0.0
            for column in found.columns
            for row in column.plan.channels
        }
        bars["today"] = [current[channel] for channel in found.channels]
    for column in found.columns:
        spend = {row.channel: row.spend for row in column.plan.channels}
        bars[column.name] = [spend.get(channel, 0.0) for channel in found.channels]
    return bars


def _compare_rows(found: Comparison) -> Iterator[list[str]]:
    bars = _bars(found)
    yield ["spend", *bars]
    for index, channel in enumerate(found.channels):
        yield [channel, *(amount(heights[index]) for heights in bars.values())]
    sides = [found.today] if found.today else []
    totals = [*sides, *(column.plan.proposed for column in found.columns)]
    for name, show in (("spend", amount), ("conversions", amount), ("revenue", amount),
                       ("cpa", rate), ("roas", rate)):  # fmt: skip
        yield [
            {"spend": "total", "cpa": "CPA", "roas": "ROAS"}.get(name, name),
            *(show(getattr(side, name) if side else None) for side in totals),
        ]


# A sweep


def _draw_frontier(found: Sweep) -> Figure:
    figure, (frontier, marginal, shares) = panels_of(3, 11)
    axis = found.axes[0]
    points = [point for point in found.points if point.spend]
    x = [_shown(axis, point.at[0]) for point in points]
    frontier.plot(x, [point.figure(found.objective) or 0.0 for point in points], marker="o")
    frontier.set_title(OBJECTIVES[found.objective].capitalize(), loc="left")
    marginal.plot(x, [point.price or 0.0 for point in points], marker="o", label="one more brings")
    if all(point.figure("roas") is not None for point in points):
        roas = [point.figure("roas") or 0.0 for point in points]
        marginal.plot(x, roas, marker="s", linestyle="--", label="ROAS")
        legend(marginal)
    marginal.set_title("ROAS, and what one more unit of budget brings", loc="left")
    for number, channel in enumerate(found.channels):
        marker = MARKERS[number % len(MARKERS)]
        shares.plot(x, [point.spend[channel] for point in points], marker=marker, label=channel)
    shares.set_title("Spend by channel", loc="left")
    if points:
        legend(shares)
    unit = "" if axis.is_absolute else " (%)" if axis.is_percent else " (against today)"
    for panel in (frontier, marginal, shares):
        thousands(panel)
        thousands(panel, "x")
        panel.set_xlabel(f"{axis.key}{unit}", parse_math=False)
    return figure


def _draw_grid(found: Sweep) -> Figure:
    figure, (panel,) = panels_of(1, 6)
    down, across = found.axes
    by_place = {point.at: point.figure(found.objective) for point in found.points}
    heights = np.array(
        [[by_place[y, x] if by_place[y, x] is not None else np.nan for x in across.values]
         for y in down.values], dtype=float,
    )  # fmt: skip
    panel.grid(visible=False)
    drawn = panel.imshow(heights, aspect="auto", origin="lower", cmap="cividis")
    scale = figure.colorbar(drawn, ax=panel, label=OBJECTIVES[found.objective])
    thousands(scale.ax)
    panel.set_xticks(range(len(across.values)), [value_of(across, x) for x in across.values])
    panel.set_yticks(range(len(down.values)), [value_of(down, y) for y in down.values])
    panel.set_xlabel(across.key, parse_math=False)
    panel.set_ylabel(down.key, parse_math=False)
    return figure


def _shown(axis: Axis, value: float) -> float:
    return 100 * value if axis.is_percent else value


def _sweep_rows(found: Sweep) -> Iterator[list[str]]:
    yield [
        *(axis.key for axis in found.axes),
        OBJECTIVES[found.objective],
        "ROAS",
        "one more brings",
        *found.channels,
    ]
    for point in found.points:
        cells: list[Any] = [
            value_of(axis, value) for axis, value in zip(found.axes, point.at, strict=True)
        ]
        spend = [amount(point.spend.get(channel)) for channel in found.channels]
        objective = amount(point.figure(found.objective))
        yield [*cells, objective, rate(point.figure("roas")), rate(point.price), *spend]
