"""Robyn's models: contributions rebuilt, the front as draws, and what is refused."""

import copy
import json

import numpy as np
import pytest

from models.curves.composed import Average
from models.curves.file import from_json, to_json
from models.errors import CurvesError
from models.interchange.curve_import import import_curves, load_curves
from tests.support import robyn_files


@pytest.mark.parametrize("version", ["v3.10.7", "v3.11.1", "v3.12.0"])
@pytest.mark.parametrize("adstock", ["geometric", "weibull_cdf", "weibull_pdf"])
def test_contributions_are_rebuilt(tmp_path, adstock, version):
    path = robyn_files.written(tmp_path, robyn_files.document(adstock, version))
    imported = import_curves([path])
    assert [check.channel for check in imported.checks] == list(robyn_files.CHANNELS)
    assert max(abs(check.difference) for check in imported.checks) < 1e-10
    assert bool(imported.curves.notices) == (adstock != "geometric")
    assert imported.curves.kpi == "revenue"


def test_another_version_is_another_curve_and_refused(tmp_path):
    content = robyn_files.document(version="v3.11.1")
    content["InputCollect"]["version"] = ["Robyn v3.12.0"]
    with pytest.raises(CurvesError, match="when rebuilt from the curves"):
        import_curves([robyn_files.written(tmp_path, content)])


def test_a_steady_spend_brings_what_the_model_says_of_it(tmp_path):
    curves = import_curves([robyn_files.written(tmp_path)]).curves
    # theta 0.4: a steady 600 is carried over to 1,000. By the model's formula, from its data.
    spend = robyn_files.spends()["tv_S"]
    carried = [0.0]
    for amount in spend:
        carried.append(amount + 0.4 * carried[-1])
    seen = carried[robyn_files.WINDOW[0] : robyn_files.WINDOW[1] + 1]
    inflexion = 0.6 * min(seen) + 0.4 * max(seen)
    expected = 5000 * 1000**2 / (1000**2 + inflexion**2)
    assert float(curves["tv_S"].curve.response(600.0)) == pytest.approx(expected, rel=1e-12)
    assert curves["tv_S"].carry_over == 0.4
    last = 0.6 * carried[robyn_files.WINDOW[1]]
    assert curves["tv_S"].carried_spend == pytest.approx(last)


def test_the_front_is_the_draws_and_the_curve_their_mean(tmp_path):
    path = robyn_files.written(tmp_path)
    curves = import_curves([path, *robyn_files.front(tmp_path)]).curves
    for entry in curves:
        assert isinstance(entry.curve, Average)
        assert len(entry.draws) == 12
        mean = np.mean([draw.response([500.0, 4000.0]) for draw in entry.draws], axis=0)
        assert entry.curve.response([500.0, 4000.0]) == pytest.approx(mean)
    assert "1 of 12 Pareto models give this channel no effect" in curves["tv_S"].evidence.reasons
    assert to_json(from_json(to_json(curves))) == to_json(curves)


def test_a_front_without_a_chosen_model_is_enough(tmp_path):
    content = robyn_files.document()
    del content["ExportedModel"]
    path = robyn_files.written(tmp_path, content)
    assert len(import_curves([path, *robyn_files.front(tmp_path)]).checks) == 2
    with pytest.raises(CurvesError, match="names no chosen model"):
        import_curves([path])


def test_a_front_of_another_run_is_refused(tmp_path):
    path = robyn_files.written(tmp_path)
    hyper, totals = robyn_files.front(tmp_path)
    totals.write_text(totals.read_text().replace("m4", "x4"))
    with pytest.raises(CurvesError, match="1 models have no row of tv_S, such as m4"):
        import_curves([path, hyper, totals])
    with pytest.raises(CurvesError, match="the Pareto front is not complete"):
        import_curves([path, hyper])


def _changed(**changes):
    def change(content):
        content["InputCollect"].update(changes)

    return change


def _by_exposure(content):
    hyper = content["ExportedModel"]["hyper_values"]
    for key in [key for key in hyper if key.startswith("tv_S")]:
        hyper[key.replace("tv_S", "tv_GRP")] = hyper.pop(key)


def _without(*keys):
    def change(content):
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_changed(version=["Robyn v3.9.0"]), "is of version"),
        (_changed(adstock=["delayed"]), "the adstock 'delayed' is not known"),
        (_changed(dep_var_type=["profit"]), "dep_var_type is 'profit'"),
        (_changed(rollingWindowEndWhich=[99]), "the window 5 to 99 does not lie in its 70 rows"),
        (_changed(paid_media_spends=["radio_S"]), "no spend of radio_S in every row"),
        (_changed(dayInterval=[]), "InputCollect.dayInterval: is missing"),
        (_by_exposure, "modelled by its exposure"),
        (_without("Extras"), "holds no raw data"),
        (_without("ExportedModel", "summary"), "ExportedModel.summary: is missing"),
    ],
)
def test_what_a_curve_cannot_say_is_refused(tmp_path, change, words):
    content = copy.deepcopy(robyn_files.document())
    change(content)
    with pytest.raises(CurvesError) as caught:
        import_curves([robyn_files.written(tmp_path, content)])
    assert words in str(caught.value)


def test_a_cut_file_is_refused(tmp_path):
    path = robyn_files.written(tmp_path)
    path.write_text(path.read_text()[:-200])
    with pytest.raises(CurvesError, match="is not whole JSON"):
        load_curves(path)
    path.write_text(json.dumps({"InputCollect": {}}))
    with pytest.raises(CurvesError, match="holds no raw data"):
        load_curves(path)
