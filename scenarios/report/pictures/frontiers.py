"""Frontiers drawn: between mean and bad case, or between two objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.analyses.risk_frontier import Tradeoff
from scenarios.analyses.two_objectives import Between
from scenarios.language.numbers import amount, percent
from scenarios.report.pictures.comparisons import MARKERS, legend, panels_of, save, thousands
from scenarios.report.prose.sentences import OBJECTIVES

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class _Frontier:
    """What is drawn.

    Parameters
    ----------
    names : of the figure upward and of the one across
    values : both figures of each plan, the plans in order
    today : those of today's split, where it is known
    labels : what to call each plan
    spends : of each plan by channel
    """

    names: tuple[str, str]
    values: Sequence[tuple[float, float]]
    today: tuple[float, float] | None
    labels: Sequence[str]
    spends: Sequence[Mapping[str, float]]


def frontier_picture(found: Tradeoff | Between, path: Path) -> None:
    """One figure of the plans over the other, and each channel's spend along them."""
    if isinstance(found, Between):
        _draw_between(found, path)
    else:
        _draw_tradeoff(found, path)


def _draw_tradeoff(found: Tradeoff, path: Path) -> None:
    goal, worst = OBJECTIVES[found.objective], percent(1.0 - found.level, 0)
    today = found.today
    drawn = _Frontier(
        (f"{goal} expected", f"{goal} in the worst {worst}"),
        [(point.outcome.expected, point.outcome.bad_case) for point in found.points],
        (today.outcome.expected, today.outcome.bad_case) if today else None,
        [percent(point.weight, 0) for point in found.points],
        [point.spend for point in found.points],
    )
    _save(drawn, f"What certainty costs: {goal}", path)


def _draw_between(found: Between, path: Path) -> None:
    first, second = (str(OBJECTIVES[name]) for name in found.names)
    drawn = _Frontier(
        (first, second), [point.values for point in found.points],
        found.today.values if found.today else None,
        [str(number) for number in range(1, len(found.points) + 1)],
        [point.spend for point in found.points],
    )  # fmt: skip
    _save(drawn, f"Between {first} and {second}", path)


def _save(drawn: _Frontier, title: str, path: Path) -> None:
    channels = list(drawn.spends[0])
    rows = [["plan", *drawn.names, *channels]]
    for label, values, spend in zip(drawn.labels, drawn.values, drawn.spends, strict=True):
        rows.append([label, *map(amount, values), *(amount(spend[name]) for name in channels)])
    save(path, title, lambda: _draw(drawn), rows)


def _draw(drawn: _Frontier) -> Figure:
    picture, (frontier, shares) = panels_of(2, 8)
    up, across = (list(values) for values in zip(*drawn.values, strict=True))
    frontier.plot(across, up, marker="o", label="plans")
    for label, x, y in zip(drawn.labels, across, up, strict=True):
        frontier.annotate(label, (x, y), textcoords="offset points", xytext=(5, 5))
    if drawn.today is not None:
        frontier.plot([drawn.today[1]], [drawn.today[0]], marker="s", linestyle="", label="today")
    frontier.set_title(drawn.names[0].capitalize(), loc="left")
    frontier.set_xlabel(drawn.names[1], parse_math=False)
    legend(frontier)
    thousands(frontier, "x")
    for number, channel in enumerate(drawn.spends[0]):
        spends = [spend[channel] for spend in drawn.spends]
        marker = MARKERS[number % len(MARKERS)]
        shares.plot(drawn.labels, spends, marker=marker, label=channel)
    shares.set_title("Spend by channel", loc="left")
    shares.set_xlabel("plan")
    legend(shares)
    for panel in (frontier, shares):
        thousands(panel)
    return picture
