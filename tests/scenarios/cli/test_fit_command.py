"""`budgetopt fit` and `budgetopt backtest` as they are called."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as graphs
import pytest
from click.testing import Result

from models.channel_fit.fit_options import FitOptions
from models.curves.file import from_json, load_curves
from models.datasets.simulated_channels import sample_history, simulate_history
from models.datasets.simulated_mix import attributed, simulate_mix, simulate_segments
from models.fit.backtest import backtest
from models.fit.entry import fit_curves
from scenarios.report.pictures.fit_pictures import draw
from scenarios.report.terminal.curves import curves_report
from tests.scenarios.report.test_page import figures_in
from tests.support.browser import chromium, needs_browser
from tests.support.commands import budgetopt


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a history of three channels over 60 weeks, one of them hardly tracked."""
    made = tmp_path_factory.mktemp("fit")
    frame = sample_history(weeks=60).frame
    few = frame[frame["channel"].isin(["search", "social", "podcast"])]
    few.to_csv(made / "history.csv", index=False)
    return made


@pytest.fixture
def inside(folder, monkeypatch) -> Path:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def done(*arguments: str) -> Result:
    result = budgetopt(*arguments)
    assert result.exit_code == 0, result.stderr
    return result


def test_the_table_shows_each_curve_with_its_errors(inside) -> None:
    result = done("fit", "history.csv")
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith(" ")]
    rows = {words[0]: words for words in lines if words[0] in ("search", "social", "podcast")}
    assert rows["search"][1] == "hill"
    assert rows["podcast"][-1] == "unusable"
    assert "podcast: too few conversions: " in result.stdout
    assert "the last 7 days (from 2025-02-17) were left out of the fit" in result.stderr


def test_a_delayed_peak_is_in_the_file_beside_its_geometric_stand_in(inside) -> None:
    options = ("--carry-over", "delayed", "--draws", "20", "--no-holdout", "--format", "json")
    channels = json.loads(done("fit", "history.csv", *options).stdout)["channels"]
    for body in channels.values():
        low, high = body["fit"]["carry_over_interval"]
        assert low <= body["carry_over"] <= high
        assert body["fit"]["delayed"]["peak"] in (0.0, 1.0, 2.0, 3.0)


def test_doubted_days_are_counted_less_and_named(inside) -> None:
    rows = list(csv.DictReader(Path("history.csv").read_text().splitlines()))
    for row in rows:
        if row["channel"] == "search" and "2024-06-03" <= row["date"] <= "2024-07-29":
            row["conversions"] = row["new_customers"] = "0"
    with Path("silent.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    said = "search: counted 0 % from 2024-06-03 to 2024-08-04: "
    options = ("--no-holdout", "--draws", "5")
    assert said in " ".join(done("fit", "silent.csv", *options).stderr.split())
    assert said not in " ".join(done("fit", "silent.csv", "--no-doubt", *options).stderr.split())
    assert done("backtest", "silent.csv", "--doubt").stdout


def test_the_rows_and_the_file_hold_the_same_curves(inside) -> None:
    done("fit", "history.csv", "--draws", "20", "--output", "curves.json")
    curves = load_curves("curves.json")
    rows = list(
        csv.DictReader(
            io.StringIO(done("fit", "history.csv", "--format", "csv", "--draws", "20").stdout)
        )
    )
    assert [row["channel"] for row in rows] == list(curves.names)
    for row, entry in zip(rows, curves, strict=True):
        assert float(row["holdout_error"]) == entry.fit["holdout"]["error"]
        assert row["evidence"] == entry.evidence.verdict
        assert len(entry.draws) == 20


def test_the_same_call_writes_the_same_bytes(inside) -> None:
    one = done("fit", "history.csv", "--draws", "20", "--format", "json").stdout
    assert done("fit", "history.csv", "--draws", "20", "--format", "json").stdout == one
    other_seed = done("fit", "history.csv", "--draws", "20", "--seed", "1", "--format", "json")
    assert other_seed.stdout != one


def test_families_events_and_experiments(inside) -> None:
    Path("events.csv").write_text("event,start,end\nsale,2024-05-06,2024-05-12\n")
    Path("lifts.csv").write_text(
        "channel,start,end,spend,spend_without,incremental,standard_error\n"
        "search,2024-09-02,2024-09-29,60000,0,800,60\n"
    )
    arguments = ("--draws", "50", "--no-holdout", "--format", "json", "fit", "history.csv")
    plain = from_json(done(*arguments[-2:], *arguments[:-2]).stdout)
    corrected = from_json(
        done(
            *("fit", "history.csv", *arguments[:-2]),
            *("--family", "exponential", "--channel-family", "social=power"),
            *("--events", "events.csv", "--lift-tests", "lifts.csv"),
            *("--incrementality", "social=70%"),
        ).stdout
    )
    assert [entry.curve.family for entry in plain] == ["hill", "hill", "hill"]
    families = {entry.channel: entry.curve.family for entry in corrected}
    assert families == {"podcast": "exponential", "search": "exponential", "social": "power"}
    assert corrected["search"].fit["incrementality"]["mean"] < 0.9
    assert corrected["social"].fit["incrementality"] == {"set_by_hand": 0.7}
    assert "holdout" not in corrected["search"].fit


def test_a_plan_says_which_curves_an_experiment_or_a_hand_corrected(inside) -> None:
    Path("lift.csv").write_text(
        "channel,start,end,spend,spend_without,incremental,standard_error\n"
        "search,2024-09-02,2024-09-29,60000,0,800,60\n"
    )
    corrected = ("--lift-tests", "lift.csv", "--incrementality", "social=70%")
    fitted = done("fit", "history.csv", "--draws", "50", "--no-holdout", *corrected,
                  "--output", "known.json")  # fmt: skip
    Path("known.yaml").write_text("curves: known.json\nperiod: {days: 28}\nbudget: current\n")
    plan = done("plan", "known.yaml", "--format", "json")
    by_hand = "social: 70 % of what it is credited with counts, as set by hand"
    assert by_hand in fitted.stderr
    warnings = [one["text"] for one in json.loads(plan.stdout)["warnings"]]
    assert f"{by_hand}." in warnings
    assert any(text.startswith("search: by experiment (2024-09-02 to 2024-09-29), ")
               for text in warnings)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--incrementality", "social=0.7"), "write a percentage with its sign, e.g. 70%"),
        (("--incrementality", "social"), "write it as --incrementality CHANNEL=VALUE"),
        (("--channel-family", "a=b", "--channel-family", "a=c"), "a is named twice"),
        (("--family", "cubic"), "'cubic' is not one of"),
        (("--channel-family", "socal=power"), "Did you mean social?"),
        (("--incrementality", "serch=70%"), "Did you mean search?"),
        (("--events", "none.csv"), "none.csv: there is no such file"),
        (("--lift-tests", "none.csv"), "none.csv: there is no such file"),
        (("--plots", "history.csv"), "is a file"),
    ],
)
def test_a_wrong_call_is_refused(inside, arguments, said) -> None:
    result = budgetopt("fit", "history.csv", "--draws", "5", "--no-holdout", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_pictures_of_every_channel_on_one_page(tmp_path, monkeypatch) -> None:
    frame = simulate_history("outages", channels=2, seed=1).frame
    names = {"channel_1": "<b>tv & radio</b>", "channel_2": "../../x"}
    frame.assign(channel=frame["channel"].map(names)).to_csv(tmp_path / "h.csv", index=False)
    monkeypatch.chdir(tmp_path)
    result = done("fit", "h.csv", "--draws", "20", "--plots", "pictures")
    assert "Drawn: pictures/index.html" in result.stderr
    files = sorted(path.name for path in Path("pictures").iterdir())
    assert files == ["01-x.png", "02-b-tv-radio-b.png", "index.html"]
    assert Path("pictures/01-x.png").read_bytes().startswith(b"\x89PNG")
    page = Path("pictures/index.html").read_text()
    assert "&lt;b&gt;tv &amp; radio&lt;/b&gt;" in page
    assert "<b>tv" not in page
    assert page.count("plotly.js v") == 1
    pictures = figures_in(page)
    assert len(pictures) == 8
    for picture in pictures.values():
        graphs.Figure(picture)  # validates every key and value
    counted = [trace["name"] for picture in pictures.values() for trace in picture["data"]]
    assert counted.count("90 % interval") == 8  # two edges of a response and of a cost each
    assert {"seen", "expected", "predicted", "counted little"} <= set(counted)


@needs_browser
def test_the_page_draws_itself_without_a_complaint_and_fits_any_screen(tmp_path, inside) -> None:
    done("fit", "history.csv", "--draws", "20", "--plots", str(tmp_path))
    with chromium() as browser:
        for width in (1200, 390):
            browser.open(tmp_path / "index.html", width)
            assert browser.evaluate("document.querySelectorAll('.main-svg').length") >= 12
            assert browser.evaluate("document.documentElement.scrollWidth") <= width
            assert browser.complaints == []
            assert browser.requests == [(tmp_path / "index.html").as_uri()]


def test_a_mix_is_drawn_as_far_as_it_is_known(tmp_path) -> None:
    history = simulate_mix(0).history
    curves = fit_curves(history, FitOptions(draws=20))
    backtested = backtest(history, folds=1)
    page = draw(history, curves, backtested, tmp_path).read_text()
    assert page.count("No figures of this channel") == len(curves)
    held_out = [p for p in figures_in(page).values() if p["data"][-1]["name"] == "predicted"]
    assert len(held_out) == 1
    assert '<section id="kpi"><h2>The KPI of all channels</h2>' in page
    seen = history.metrics["conversions"]["total"].to_numpy()[-8:]
    assert held_out[0]["data"][0]["y"] == pytest.approx(seen.tolist(), rel=1e-5)


def test_without_matplotlib_the_remedy_is_named(inside, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = budgetopt("fit", "history.csv", "--draws", "5", "--no-holdout", "--plots", "p")
    assert result.exit_code == 2
    assert "pip install 'budgetopt[pictures,report]'" in result.stderr


def test_a_backtest_in_every_form_says_the_same(inside) -> None:
    arguments = ("backtest", "history.csv", "--weeks", "4", "--folds", "2")
    document = json.loads(done(*arguments, "--format", "json").stdout)
    assert document["origins"] == ["2024-12-30", "2025-01-27"]
    assert len(document["dates"]) == 8
    rows = list(csv.DictReader(io.StringIO(done(*arguments, "--format", "csv").stdout)))
    table = done(*arguments).stdout
    assert "from 2 past dates, 4 weeks ahead each" in table
    for row in rows:
        channel = document["channels"][row["channel"]]
        assert float(row["error"]) == channel["error"]
        assert f"{100 * channel['error']:.1f} %" in table
        gaps = [abs(s - p) for s, p in zip(channel["seen"], channel["predicted"], strict=True)]
        assert sum(gaps) / sum(channel["seen"]) == pytest.approx(channel["error"], abs=1e-4)


def segments_file(name: str, shape: str) -> dict[str, tuple[str, ...]]:
    """A file with three geos in one table; the channels of each geo."""
    made = simulate_segments(6, segments=3, channels=2, weeks=60)
    tables = []
    for number, (geo, one) in enumerate(made.items()):
        spend = one.history.spend
        if shape == "mix":
            table = spend.add_suffix("_spend").assign(
                date=spend.index, orders=one.history.metrics["conversions"]["total"]
            )
        else:
            counted = attributed(one, 60, np.random.default_rng(number)).metrics["conversions"]
            wide = pd.concat({"spend": spend, "conversions": counted}, axis=1)
            table = wide.stack().rename_axis(["date", "channel"]).reset_index()
        tables.append(table.assign(geo=geo))
    pd.concat(tables).to_csv(name, index=False)
    return {geo: one.history.channels for geo, one in made.items()}


@pytest.mark.parametrize(
    ("shape", "how"),
    [
        ("mix", "a channel's carry-over and saturation are taken to be the same in all"),
        ("tidy", "a channel's carry-over and saturation are drawn towards their mean"),
    ],
)
def test_segments_are_fitted_side_by_side_and_it_is_said_what_was_pooled(inside, shape, how):
    channels = segments_file("geos.csv", shape)
    columns = ("--kpi", "orders") if shape == "mix" else ()
    call = ("fit", "geos.csv", "--shape", shape, *columns, "--by", "geo", "--draws", "20")
    result = done(*call, "--no-holdout", "--format", "json")
    curves = from_json(result.stdout)
    assert curves.names == tuple(f"{geo} / {name}" for geo in channels for name in channels[geo])
    words = [line for line in result.stderr.splitlines() if "side by side: " in line]
    assert len(words) == 1
    assert f"3 segments side by side: {how}; " in words[0]
    for name in ("channel_1", "channel_2"):
        share = curves[f"segment_1 / {name}"].fit["pooled"]["share"]
        assert f"{name} {100 * share:.0f} %" in words[0]


def test_a_reason_that_most_channels_share_is_said_once(inside) -> None:
    channels = {
        f"c{k}": {
            "family": "hill",
            "parameters": {"ceiling": 100, "half_saturation": 50, "slope": 1},
            "evidence": {"verdict": "weak", "reasons": [f"own {k}", *(["shared"] if k else [])]},
        }
        for k in range(6)
    }
    document = {"schema": "budgetopt/curves/1", "period_days": 7, "channels": channels}
    _, _, *lines = curves_report(from_json(json.dumps(document)))
    told = [line.renderable.plain for line in lines]
    assert told == ["5 of 6 channels: shared", *(f"c{k}: own {k}" for k in range(6))]


def test_curves_of_segments_can_be_planned_with(inside) -> None:
    segments_file("geos.csv", "mix")
    call = ("fit", "geos.csv", "--shape", "mix", "--kpi", "orders", "--by", "geo", "--draws", "20")
    done(*call, "--no-holdout", "--output", "geo_curves.json")
    Path("geos.yaml").write_text(
        "curves: geo_curves.json\nperiod: {days: 28}\nbudget: current\nobjective: conversions\n"
        "channels:\n  segment_1 / channel_1: {locked: true}\n"
    )
    plan = json.loads(done("plan", "geos.yaml", "--format", "json").stdout)
    assert plan["status"] == "optimal"
    rows = {row["channel"]: row for row in plan["channels"]}
    assert len(rows) == 6
    assert rows["segment_1 / channel_1"]["change"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "gio"), "there is no column 'gio'"),
        (("--by", "geo", "--plots", "pictures"), "leave out --by"),
    ],
)
def test_a_wrong_call_by_segment_is_refused(inside, arguments, said) -> None:
    segments_file("geos.csv", "mix")
    call = ("fit", "geos.csv", "--shape", "mix", "--kpi", "orders", *arguments)
    result = budgetopt(*call)
    assert result.exit_code == 2
    assert said in result.stderr


def test_weights_written_by_check_are_taken_by_fit(inside) -> None:
    Path("weights.csv").write_text(
        "channel,start,end,weight,reason\nsearch,2024-06-03,2024-07-28,0.25,a new tag\n"
    )
    options = ("--weights", "weights.csv", "--no-holdout", "--draws", "5")
    told = " ".join(done("fit", "history.csv", *options).stderr.split())
    assert "search: counted 25 % from 2024-06-03 to 2024-07-28: as given by hand" in told
