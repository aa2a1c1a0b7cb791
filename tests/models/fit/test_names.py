"""Names, order, currency and the calendar's year say nothing: they change no curve."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from models.channel_fit.fit_options import FitOptions
from models.curves.curveset import CurveSet
from models.datasets.simulated_channels import sample_history
from models.datasets.simulated_mix import attributed, simulate_segments
from models.fit.calibration import LiftTest, with_lift_tests
from models.fit.entry import fit_curves
from models.fit.segments import fit_segments
from models.history.history import HistorySpec
from models.history.read import read_history

RENAMED = {"search": "z one", "social": "Ä two", "video": "a three"}
PLAIN = {name: name for name in RENAMED}
YEAR_OF_WEEKS = 364
SAME = [
    pytest.param({"names": RENAMED, "mixed_up": True}, id="other names, another order"),
    pytest.param({"scale": 26_317.0}, id="another currency"),
    pytest.param({"scale": 1.0 / 64.0}, id="a currency of fewer digits"),
    pytest.param({"days": -YEAR_OF_WEEKS}, id="52 weeks before"),
    pytest.param({"days": -3 * YEAR_OF_WEEKS}, id="156 weeks before"),
]


def figures(curves: CurveSet, scale: float = 1.0) -> dict[str, np.ndarray]:
    """Responses of the curve and of each draw at three spends, in the old currency."""
    found = {}
    for entry in curves:
        spends = np.array([0.5, 1.0, 2.0]) * float(entry.current_spend or 0.0)
        responses = [
            [*one.response(spends), scale * float(one.marginal(spends[1]))]
            for one in (entry.curve, *entry.draws)
        ]
        found[entry.channel] = np.array(responses)
    return found


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Three channels over 84 weeks, long enough for a season."""
    frame = sample_history(weeks=84).frame
    frame = frame[frame["channel"].isin(list(RENAMED))]
    # Money in powers of two, so that no other currency rounds it.
    return frame.assign(spend=np.round(frame["spend"] / 64.0) * 64.0)


def altered(
    table: pd.DataFrame, names=PLAIN, mixed_up: bool = False, scale: float = 1.0, days: int = 0
) -> pd.DataFrame:
    dates = pd.to_datetime(table["date"]) + timedelta(days=days)
    frame = table.assign(
        channel=table["channel"].map(names),
        spend=table["spend"] * scale,
        revenue=table["revenue"] * scale,
        date=dates.dt.strftime("%Y-%m-%d"),
    )
    return frame.sample(frac=1, random_state=1) if mixed_up else frame


def mix_of(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row per date, the channels' columns in the order in which the frame names them."""
    wide = frame.pivot(index="date", columns="channel", values="spend")
    order = list(dict.fromkeys(frame["channel"]))
    columns = {name: f"{name}_spend" for name in order}
    sales = frame.groupby("date")["conversions"].sum()
    found = wide[order].set_axis(list(columns.values()), axis=1).assign(sales=sales)
    return found.reset_index(), columns


def fitted(tmp_path, frame: pd.DataFrame, shape: str) -> CurveSet:
    path, columns = tmp_path / "h.csv", {}
    if shape == "mix":
        frame, spend = mix_of(frame)
        columns = {"shape": "mix", "kpi": "sales", "spend": spend}
    frame.to_csv(path, index=False)
    options = FitOptions(draws=20)
    return fit_curves(read_history(HistorySpec(path, **columns)), options)


@pytest.fixture(scope="module")
def before(tmp_path_factory, table) -> dict[str, CurveSet]:
    folder = tmp_path_factory.mktemp("before")
    return {shape: fitted(folder, table, shape) for shape in ("tidy", "mix")}


@pytest.mark.parametrize("shape", ["tidy", "mix"])
@pytest.mark.parametrize("change", SAME)
def test_what_says_nothing_changes_nothing(tmp_path, table, before, shape, change) -> None:
    after = figures(fitted(tmp_path, altered(table, **change), shape), change.get("scale", 1.0))
    names = change.get("names", PLAIN)
    for name, found in figures(before[shape]).items():
        assert after[names[name]] == pytest.approx(found, rel=1e-6)


def test_the_season_moves_with_its_year(tmp_path, table, before) -> None:
    """52 weeks are not a year: factors by calendar week are taken a day or two apart."""
    after = fitted(tmp_path, altered(table, days=-YEAR_OF_WEEKS), "tidy")
    for one, other in zip(before["tidy"], after, strict=True):
        assert one.season
        assert other.season != one.season
        assert other.season == pytest.approx(one.season, rel=0.02)


def test_channels_draw_apart_from_each_other(before) -> None:
    """One stream for all would tie good luck of one channel to good luck of every other."""
    marks = [drawn[1:, 1] / drawn[1:, 1].mean() for drawn in figures(before["tidy"]).values()]
    assert abs(np.corrcoef(marks)[0, 1]) < 0.7


def test_a_lift_test_draws_the_same_whatever_says_nothing(table, tmp_path, before) -> None:
    first = pd.Timestamp(table["date"].max()).date()

    def found(curves: CurveSet, name: str, scale: float = 1.0) -> np.ndarray:
        told = LiftTest(name, first, first, 3000.0 * scale, 1000.0 * scale, 20.0, 8.0)
        return figures(with_lift_tests(curves, [told]), scale)[name]

    frame = altered(table, names=RENAMED, mixed_up=True, scale=100.0)
    after = found(fitted(tmp_path, frame, "tidy"), RENAMED["search"], 100.0)
    assert after == pytest.approx(found(before["tidy"], "search"), rel=1e-6)


def test_the_order_of_segments_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    made = simulate_segments(1, segments=3, channels=3, weeks=60)
    histories = {name: attributed(one, 60, rng) for name, one in made.items()}
    mixes = {name: one.history for name, one in made.items()}
    for shown in (histories, mixes):
        plain = fit_segments(shown, FitOptions(draws=20), check=False)
        turned = {f"x {name}": shown[name] for name in reversed(shown)}
        other = fit_segments(turned, FitOptions(draws=20), check=False)
        for name, curves in plain.items():
            after = figures(other[f"x {name}"])
            for channel, found in figures(curves).items():
                assert after[channel] == pytest.approx(found, rel=1e-6)
