"""Tables of response points: curves, draws, intervals, back again, and what is refused."""

import numpy as np
import pytest

from models.curves.curveset import ChannelCurve, CurveSet
from models.curves.families import Hill
from models.errors import CurvesError
from models.interchange.curve_import import import_curves, load_curves
from models.interchange.curve_table import Asked, to_rows
from scenarios.plan.csv_text import csv_text

WEEK = Asked(7)


def _table(folder, text):
    file = folder / "points.csv"
    file.write_text(text, encoding="utf-8")
    return file


def _read(folder, text, asked=WEEK):
    return import_curves([_table(folder, text)], asked=asked).curves


def test_points_become_straight_lines_from_the_origin(tmp_path):
    curves = _read(tmp_path, "channel,spend,response\ntv,100,30\ntv,300,50\nsearch,50,9\n")
    assert curves.names == ("tv", "search")
    assert curves["tv"].curve.response([50, 100, 200, 900]).tolist() == [15, 30, 40, 50]
    assert curves["tv"].draws == ()


def test_totals_of_a_year_become_a_week(tmp_path):
    curves = _read(tmp_path, "channel,spend,response,current_spend\ntv,3650,730,1825\n", Asked(365))
    # By hand: a 365th of both per day, seven of them a week.
    assert float(curves["tv"].curve.response(35.0)) == pytest.approx(7.0)
    assert curves["tv"].current_spend == pytest.approx(35.0)
    assert curves.period_days == 7


def test_draws_at_other_spends_have_their_exact_mean(tmp_path):
    curves = _read(
        tmp_path,
        "channel,spend,response,draw\ntv,100,10,a\ntv,200,20,a\ntv,150,30,b\ntv,200,30,b\n",
    )
    entry = curves["tv"]
    for spend in (50.0, 100.0, 120.0, 150.0, 180.0, 250.0):
        mean = np.mean([float(draw.response(spend)) for draw in entry.draws])
        assert float(entry.curve.response(spend)) == pytest.approx(mean)
    assert float(entry.curve.response(100.0)) == pytest.approx((10 + 20) / 2)


def test_an_interval_is_that_of_the_draws(tmp_path):
    curves = _read(tmp_path, "channel,spend,response,lower,upper\ntv,100,10,7,15\ntv,200,12,8,20\n")
    values = np.array([float(draw.response(200.0)) for draw in curves["tv"].draws])
    # Twenty draws: the 5 % and 95 % points lie between the first two and the last two.
    assert values[0] < 8 < values[1]
    assert values[-2] < 20 < values[-1]
    assert curves.notices


def test_what_is_written_is_read_back(tmp_path):
    draws = tuple(Hill(1000.0 + 10 * n, 400.0, 1.5) for n in range(-9, 10))
    entry = ChannelCurve("tv", Hill(1000.0, 400.0, 1.5), 0.3, current_spend=200.0, draws=draws)
    curves = CurveSet((entry,), period_days=7, currency="EUR", kpi="revenue")
    path = _table(tmp_path, csv_text(to_rows(curves)))
    back = load_curves(path)
    at = np.linspace(0, 300, 41)
    assert back["tv"].curve.response(at) == pytest.approx(entry.curve.response(at), rel=1e-12)
    assert (back.kpi, back.currency, back.period_days) == ("revenue", "EUR", 7)
    assert (back["tv"].carry_over, back["tv"].current_spend) == (0.3, 200.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channel,spend\ntv,1\n", "the column 'response' is missing"),
        ("channel,spend,respons\ntv,1,2\n", "Did you mean response?"),
        ("channel,spend,response\n", "holds no row"),
        ("", "is no table"),
        ("channel,spend,response\ntv,1,x\n", "line 2, column response: is 'x', not a number"),
        ("channel,spend,response\ntv,1,\n", "is '', not a number"),
        ("channel,spend,response\ntv,1,nan\n", "is 'nan', not a number"),
        ("channel,spend,response\ntv,-1,2\n", "is -1, below zero"),
        ("channel,spend,response\n,1,2\n", "column channel: is empty"),
        ("channel,spend,response\ntv,1,2\ntv,1,3\n", "line 3, channel tv: the spend 1 is given"),
        ("channel,spend,response\ntv,1,2\ntv,2,1\n", "line 3, channel tv: the response falls to 1"),
        ("channel,spend,response\ntv,0,2\ntv,2,3\n", "the response to no spend is 2"),
        ("channel,spend,response\ntv,0,0\n", "tv has no point above zero spend"),
        ("channel,spend,response,lower\ntv,1,2,1\n", "only one end of the interval"),
        ("channel,spend,response,lower,upper\ntv,1,2,3,4\n", "lies outside lower and upper"),
        ("channel,spend,response,days\ntv,1,2,30\n", "says 30, but 7 was asked for"),
        ("channel,spend,response,carry_over\ntv,1,2,0.1\ntv,2,3,0.2\n", "carry_over differs"),
        ("channel,spend,response,carry_over\ntv,1,2,1\n", "Write a share below 1"),
        ("channel,spend,response,kpi\ntv,1,2,clicks\n", "kpi is 'clicks'"),
    ],
)
def test_wrong_tables_are_refused(tmp_path, text, words):
    with pytest.raises(CurvesError) as caught:
        _read(tmp_path, text)
    assert words in str(caught.value)


def test_the_days_are_asked_for_never_guessed(tmp_path):
    with pytest.raises(CurvesError, match="does not say how many days"):
        _read(tmp_path, "channel,spend,response\ntv,1,2\n", Asked())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model.pkl", b"anything", "is a pickle"),
        ("model.bin", b"\x80\x04\x95", "is a pickle"),
        ("model.RDS", b"\x1f\x8b", "is a file of R's own"),
        ("curves.json", b'{"schema": "budgetopt/curves/1"}', "is a curves file already"),
        ("other.json", b'{"model": 1}', "is no file of a tool that is known"),
    ],
)
def test_other_files_are_refused_with_the_way_out(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CurvesError, match=words):
        import_curves([tmp_path / name])
