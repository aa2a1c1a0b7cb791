"""Response curves as notebooks use them: fitted, loaded, and with their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from budgetopt.figures import chosen, grid
from models.curves import curveset
from models.fit import entry
from models.interchange import curve_import

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from models.channel_fit.batches import Progress
    from models.channel_fit.fit_options import FitOptions
    from models.history.history import History


class CurveSet(curveset.CurveSet):
    """One response curve per channel; `models.curves.curveset.CurveSet` with its pictures."""

    def plot(
        self, channels: Sequence[str] | str | None = None, history: History | None = None
    ) -> Figure:
        """Each channel's response to spend: the curve, its 90 % band, today, what was observed.

        Parameters
        ----------
        channels : which of them, one name or several; all unless given
        history : of a tidy one what was seen is drawn too, less season and demand

        Raises
        ------
        BudgetoptError : plotly is not installed
        KeyError : there is no such channel
        """
        from scenarios.report.pictures.curve_views import view
        from scenarios.report.pictures.plot_charts import response

        entries = [self[name] for name in chosen(channels, self.names)]
        return grid({e.channel: response(view(history, e, None), self) for e in entries})


def fit_curves(
    history: History, options: FitOptions | None = None, progress: Progress | None = None
) -> CurveSet:
    """One response curve per channel; the same history and options give the same curves.

    Parameters
    ----------
    history : from `read_history`
    options : `models.channel_fit.fit_options.FitOptions`: families, draws, conversion lag, ...
    progress : called with the number of channels done and of all

    Raises
    ------
    BudgetoptError : the history cannot be fitted, or the options do not suit it
    """
    return _with_pictures(entry.fit_curves(history, options, progress))


def load_curves(path: str | Path) -> CurveSet:
    """Read a curves file, or another tool's model: the JSON that Robyn's `robyn_write` makes.

    Raises
    ------
    BudgetoptError : everything that is wrong with the file
    """
    return _with_pictures(curve_import.load_curves(path))


def _with_pictures(found: curveset.CurveSet) -> CurveSet:
    return CurveSet(**vars(found))
