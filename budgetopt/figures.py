"""The program's pictures as Plotly figures, for notebooks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scenarios.report.output_paths import extra

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLUMNS, ROW_HEIGHT = 2, 300


def chosen(asked: Sequence[str] | str | None, known: Sequence[str]) -> Sequence[str]:
    """The channels asked for, in the order asked; all where none are.

    Raises
    ------
    KeyError : one of them is not known
    """
    names = known if asked is None else [asked] if isinstance(asked, str) else list(asked)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise KeyError(f"no channel {', '.join(unknown)}; there are {', '.join(known)}")
    return names


def single(drawn: Mapping[str, Any]) -> Figure:
    """One picture.

    Parameters
    ----------
    drawn : Plotly's plain data, as `scenarios.report.page.charts` makes it

    Raises
    ------
    BudgetoptError : plotly is not installed
    """
    with extra("report"):
        from plotly.graph_objects import Figure

        # Phrases become plain text on the way.
        return Figure(json.loads(json.dumps(drawn)))


def grid(drawn: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Several pictures side by side, each under its title, with one legend.

    Parameters
    ----------
    drawn : Plotly's plain data by title, each with one pair of axes
    """
    with extra("report"):
        from plotly.subplots import make_subplots

        columns = min(COLUMNS, len(drawn)) or 1
        rows = math.ceil(len(drawn) / columns) or 1
        figure = make_subplots(
            rows=rows,
            cols=columns,
            subplot_titles=list(drawn),
            vertical_spacing=0.32 / rows,
            horizontal_spacing=0.1,
        )
    named: set[str] = set()
    for number, picture in enumerate(drawn.values(), start=1):
        plain = json.loads(json.dumps(picture))
        layout, axes = plain["layout"], {"x": _axis("x", number), "y": _axis("y", number)}
        for trace in plain["data"]:
            name = trace.get("name", "")
            is_new = trace.get("showlegend", True) and name not in named
            named |= {name} if is_new else set()
            look = {"xaxis": axes["x"], "yaxis": axes["y"], "showlegend": is_new}
            figure.add_trace(trace | look | {"legendgroup": name})
        for part in ("shapes", "annotations"):
            add = figure.add_shape if part == "shapes" else figure.add_annotation
            for one in _moved(layout.get(part, ()), axes):
                add(one)
        for way in ("x", "y"):
            look = {k: v for k, v in layout.get(f"{way}axis", {}).items() if k != "automargin"}
            figure.update_layout({axes[way].replace(way, f"{way}axis"): look})
    legend = {"orientation": "h", "x": 0, "y": 1.0 + 0.15 / rows, "yanchor": "bottom"}
    figure.update_layout(height=60 + ROW_HEIGHT * rows, plot_bgcolor="#FFFFFF", legend=legend)
    return figure


def _axis(way: str, number: int) -> str:
    return way if number == 1 else f"{way}{number}"


def _moved(parts: Iterable[Mapping[str, Any]], axes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Shapes or notes of a single picture, put to its place among several."""
    return [{**part, "xref": axes["x"], "yref": f"{axes['y']} domain"} for part in parts]
