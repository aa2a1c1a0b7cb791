"""The curves file: what it says comes back, and what is wrong with it is all said at once."""

import json
import stat
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.curves.composed import Average, Tabulated
from models.curves.curveset import ChannelCurve, CurveSet, Evidence
from models.curves.families import Hill, Linear
from models.curves.file import edited_channels, from_json, load_curves, save_curves, sealed, to_json
from models.errors import CurvesError
from tests.support.curve_examples import curves as any_curve

MINIMAL = {
    "schema": "budgetopt/curves/1",
    "period_days": 7,
    "channels": {"tv": {"family": "linear", "parameters": {"rate": 0.5}}},
}


def made() -> CurveSet:
    search = ChannelCurve(
        "search",
        Hill(1200.0, 9000.0, 0.8),
        carry_over=0.2,
        value_per_conversion=85.0,
        current_spend=8000.0,
        max_observed_spend=15000.0,
        carried_spend=7600.0,
        evidence=Evidence("weak", ("only 30 weeks",), within_observed=True, follows_demand=True),
        draws=(Hill(1100.0, 8000.0, 0.9), Hill(1300.0, 9900.0, 0.75)),
        season=tuple(np.linspace(0.5, 1.5, 53).tolist()),
        fit={"error": 0.1},
    )
    tv = ChannelCurve("tv ü", Tabulated(((0.0, 0.0), (10.0, 4.0))), revenue_curve=Linear(2.0))
    return sealed(CurveSet((search, tv), currency="EUR", notices=("a notice",)))


def average() -> Average:
    return Average(Hill, np.array([[1100.0, 8000.0, 0.9], [1300.0, 9900.0, 0.75]]))


def faults(document) -> list[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(CurvesError) as caught:
        from_json(text)
    return [str(fault) for fault in caught.value.faults]


def with_channel(**body):
    return {**MINIMAL, "channels": {"tv": {**MINIMAL["channels"]["tv"], **body}}}


def test_what_is_written_comes_back():
    assert from_json(to_json(made())) == made()


@given(any_curve.filter(lambda curve: not isinstance(curve, Average)), st.floats(0.0, 0.99))
def test_every_family_comes_back(curve, carry_over):
    curves = CurveSet((ChannelCurve("a", curve, carry_over=carry_over, draws=(curve,)),))
    assert from_json(to_json(curves)) == curves


def test_an_average_of_the_draws_is_written_once_and_comes_back():
    draws = (Hill(1100.0, 8000.0, 0.9), Hill(1300.0, 9900.0, 0.75))
    mean = Average(Hill, np.array([list(draw.parameters.values()) for draw in draws]))
    document = to_json(CurveSet((ChannelCurve("a", mean, draws=draws),)))
    assert json.loads(document)["channels"]["a"]["parameters"] == {"family": "hill"}
    back = from_json(document)
    assert to_json(back) == document
    at = np.linspace(0.0, 2e4, 5)
    np.testing.assert_array_equal(back["a"].curve.response(at), mean.response(at))
    alone = to_json(CurveSet((ChannelCurve("a", mean),)))
    assert to_json(from_json(alone)) == alone


def test_an_average_without_draws_is_refused():
    body = {"family": "average", "parameters": {"family": "hill"}}
    document = {**MINIMAL, "channels": {"tv": body}}
    (said,) = faults(document)
    assert said == (
        "curves, channels.tv.draws: hold no draws of hill to average. "
        "Give them, or another family and its parameters."
    )


def test_the_same_curves_give_the_same_bytes(tmp_path):
    save_curves(made(), tmp_path / "one.json")
    save_curves(load_curves(tmp_path / "one.json"), tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert stat.S_IMODE((tmp_path / "one.json").stat().st_mode) & 0o400
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.json", "two.json"]


def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "curves.json"
    save_curves(made(), path)
    before = path.read_bytes()
    broken = replace(made(), provenance={"x": object()})
    with pytest.raises(TypeError):
        save_curves(broken, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["curves.json"]


def test_only_the_essentials_are_required():
    entry = from_json(json.dumps(MINIMAL))["tv"]
    assert entry.curve == Linear(0.5)
    assert entry.current_spend is None
    assert entry.max_observed_spend is None
    assert entry.carried_spend is None
    assert entry.evidence.verdict == "usable"
    assert entry.draws == ()


def test_all_faults_are_told_at_once_with_their_paths():
    document = {
        "schema": "budgetopt/curves/2",
        "period_days": 0,
        "curency": "EUR",
        "channels": {
            "a": {"family": "hil", "parameters": {}},
            "b": {
                "family": "hill",
                "parameters": {"ceiling": -3, "half_saturation": "x", "slope": 0},
                "carry_over": 1.0,
                "curent_spend": 4,
            },
            "c": {"family": "tabulated", "parameters": {"points": [[0, 0], [5, 9], [5, 8]]}},
            "d": {"family": "power", "parameters": {"coefficient": 1}},
        },
    }
    assert faults(document) == [
        "curves, curency: is not a known key. Did you mean currency?",
        "curves, schema: is 'budgetopt/curves/2'. Only \"budgetopt/curves/1\" is understood.",
        'curves, channels.a.family: is "hil". Did you mean hill?',
        "curves, channels.b.curent_spend: is not a known key. Did you mean current_spend?",
        "curves, channels.b.parameters.ceiling: is -3. It must be above 0.",
        'curves, channels.b.parameters.half_saturation: is "x", not a number. Write a number.',
        "curves, channels.b.parameters.slope: is 0. It must be above 0 and at most 50.",
        "curves, channels.b.carry_over: is 1. It must be at least 0 and below 1.",
        "curves, channels.c.parameters.points[2]: spend 5 does not rise from 5. Sort by spend.",
        "curves, channels.c.parameters.points[2]: conversions fall from 9 to 8. Let them rise.",
        "curves, channels.d.parameters: the parameter 'exponent' is missing. Add it.",
        "curves, period_days: is 0. Write a whole number, 1 to 366.",
    ]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "curves: is empty"),
        ("[1]", "curves: is [1], not an object"),
        ('{"a": 1,}', "curves, line 1, column"),
        ('{"schema": 1, "schema": 2}', "the key 'schema' occurs twice"),
        ("[" * 100_000, "nested too deeply"),
        ({"schema": "budgetopt/curves/1"}, "the key 'channels' is missing"),
        ({**MINIMAL, "channels": {}}, "channels: holds no channel"),
        ({**MINIMAL, "season": {"tv": [1, 2]}}, "season.tv: does not hold 53 factors"),
        ({**MINIMAL, "season": {"vt": []}}, "season.vt: is not a known channel. Known: tv."),
        (with_channel(parameters={"rate": float("nan")}), "parameters.rate: is nan"),
        (with_channel(fit={"noise": [float("inf")]}), "fit.noise[0]: is inf"),
        (with_channel(fit={"expected": [1.0, "x"]}), 'fit.expected[1]: is "x", not a number'),
        ({**MINIMAL, "provenance": {"rows": "x"}}, 'provenance.rows: is "x", not a whole number'),
        (with_channel(fit={"expected": "x"}), 'fit.expected: is "x", not a list'),
        (with_channel(fit={"demand_spread": {}}), "fit.demand_spread: is {}, not a number"),
        ('{"period_days": ' + "1" * 5000 + "}", "holds a number with too many digits"),
        ({**MINIMAL, "channels": {"t\u200bv": {}}}, "channels.t\u200bv"),
        (with_channel(parameters={"rate": None}), "parameters.rate: is null"),
        (with_channel(parameters={"rate": True}), "is true, not a number"),
        (with_channel(parameters={"rate": 10**400}), "000..., not a number"),
        ({**MINIMAL, "season": {"tv": [1.0] * 52 + [None]}}, "season.tv[52]: is null"),
        (with_channel(carried_spend=-1), "carried_spend: is -1. It must be at least 0"),
        (with_channel(draws=[[1, 2]]), "draws[0]: has 2 numbers. Give rate."),
        (with_channel(draws=[[-1]]), "draws[0].parameters.rate: is -1"),
        (with_channel(draws=[[0.5], [True]]), "draws[1].parameters.rate: is true, not a number"),
        (with_channel(draws=[["1"]]), 'draws[0].parameters.rate: is "1", not a number'),
        (with_channel(draws=3), "draws: is not a list"),
        (with_channel(parameters={"rte": 1}), "parameters.rte: is not a known parameter. Did you"),
        (with_channel(margin="x"), 'margin: is "x", not a number'),
        (with_channel(family=[]), "family: is []"),
        (
            with_channel(family="average", parameters={"family": "hill", "draws": [[1, 2]]}),
            "parameters.draws[0]: has 2 numbers. Give ceiling, half_saturation, slope.",
        ),
        (with_channel(fit=[]), "fit: is [], not an object"),
        (with_channel(evidence={"verdict": "weak", "reasons": "x"}), "reasons: is not a list of"),
        (
            with_channel(evidence={"verdict": "weak", "reasons": [{"message": "{x}"}]}),
            "reasons[0]: the text cannot be said: 'x' has no such value",
        ),
        (with_channel(evidence={"verdict": "weak", "within_observed": 1}), "true nor false"),
        ({**MINIMAL, "currency": 3}, "currency: is 3, not a text"),
        ({**MINIMAL, "season": {"tv": [-1] * 53}}, "season.tv[0]: is -1. It must be at least 0"),
        ({**MINIMAL, "channels": {"tv": 3}}, "channels.tv: is 3, not an object"),
        (with_channel(evidence={"verdict": "useable"}), "Did you mean usable?"),
        (with_channel(revenue_curve={"family": "hill"}), "'parameters' is missing"),
    ],
)
def test_a_wrong_file_is_refused(document, said):
    assert said in "\n".join(faults(document))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00bad", "directory"])
def test_a_file_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "curves.json"
    if content == "directory":
        path.mkdir()
    elif content:
        path.write_bytes(content)
    expected = {None: "no such file", "directory": "is a directory"}.get(content, "not UTF-8")
    with pytest.raises(CurvesError, match=expected):
        load_curves(path)


def test_an_edit_by_hand_is_noticed_and_its_draws_set_aside():
    document = json.loads(to_json(made()))
    assert edited_channels(from_json(json.dumps(document))) == ()
    document["channels"]["search"]["parameters"]["ceiling"] = 1500
    curves = from_json(json.dumps(document))
    assert edited_channels(curves) == ("search",)
    assert curves["search"].draws == ()
    assert curves.notices[-1] == "edited by hand, so their intervals are unknown: search"


def test_curves_from_elsewhere_do_not_count_as_edited():
    assert edited_channels(from_json(json.dumps(MINIMAL))) == ()


def test_reading_curves_needs_neither_pandas_nor_scipy(tmp_path):
    save_curves(made(), tmp_path / "curves.json")
    code = (
        "import sys; from models.curves.file import load_curves; load_curves(sys.argv[1]);"
        "print(sorted({'pandas', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "curves.json")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
