"""Names and order are only names and order: they change no figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.curves.curveset import CurveSet
from models.datasets.channels import sample_history
from models.fit.calibration import LiftTest, with_lift_tests
from models.fit.entry import fit_curves
from models.history.history import HistorySpec
from models.history.read import read_history

RENAMED = {"search": "z one", "social": "Ä two", "video": "a three"}


def fitted(tmp_path, frame: pd.DataFrame, **columns) -> CurveSet:
    path = tmp_path / "h.csv"
    frame.to_csv(path, index=False)
    options = FitOptions(draws=20)
    return fit_curves(read_history(HistorySpec(path, **columns)), options)


def figures(curves: CurveSet) -> dict[str, np.ndarray]:
    """Responses of the curve and of each draw at three spends."""
    found = {}
    for entry in curves:
        spends = np.array([0.5, 1.0, 2.0]) * float(entry.current_spend or 0.0)
        found[entry.channel] = np.array(
            [[float(one.response(x)) for x in spends] for one in (entry.curve, *entry.draws)]
        )
    return found


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    frame = sample_history(weeks=60).frame
    return frame[frame["channel"].isin(list(RENAMED))]


def test_names_and_rows_of_channels_change_nothing(tmp_path, table) -> None:
    before = figures(fitted(tmp_path, table))
    other = table.assign(channel=table["channel"].map(RENAMED)).sample(frac=1, random_state=1)
    after = figures(fitted(tmp_path, other))
    for name, found in before.items():
        assert after[RENAMED[name]] == pytest.approx(found, rel=1e-6)


def test_channels_draw_apart_from_each_other(tmp_path, table) -> None:
    """One stream for all would tie good luck of one channel to good luck of every other."""
    found = figures(fitted(tmp_path, table))
    marks = [drawn[1:, 1] / drawn[1:, 1].mean() for drawn in found.values()]
    assert abs(np.corrcoef(marks)[0, 1]) < 0.7


def test_names_and_columns_of_a_mix_change_nothing(tmp_path, table) -> None:
    wide = table.pivot(index="date", columns="channel", values="spend")
    kpi = table.groupby("date")["conversions"].sum()

    def found(names: dict[str, str], order: list[str]) -> dict[str, np.ndarray]:
        frame = pd.DataFrame({"date": wide.index})
        for name in order:
            frame[f"{names[name]}_spend"] = wide[name].to_numpy()
        frame["sales"] = kpi.to_numpy()
        spend = {names[name]: f"{names[name]}_spend" for name in order}
        return figures(fitted(tmp_path, frame, shape="mix", kpi="sales", spend=spend))

    plain = {name: name for name in RENAMED}
    before = found(plain, ["search", "social", "video"])
    after = found(RENAMED, ["video", "search", "social"])
    for name, values in before.items():
        assert after[RENAMED[name]] == pytest.approx(values, rel=1e-6)


def test_a_lift_test_draws_the_same_under_any_name(tmp_path, table) -> None:
    first = pd.Timestamp(table["date"].max()).date()

    def found(name: str, frame: pd.DataFrame) -> np.ndarray:
        told = LiftTest(name, first, first, 3000.0, 1000.0, 20.0, 8.0)
        return figures(with_lift_tests(fitted(tmp_path, frame), [told]))[name]

    renamed = table.assign(channel=table["channel"].map(RENAMED))
    plain, other = found("search", table), found(RENAMED["search"], renamed)
    assert other == pytest.approx(plain, rel=1e-6)
