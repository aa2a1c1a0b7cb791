"""Drawings: what is in them, and that names stay names."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from models.curves.curveset import CurveSet
from models.curves.file import save_curves
from models.errors import InputError
from scenarios.analyses.compare import Comparison, compare
from scenarios.analyses.sweep import Sweep, split_settings, sweep
from scenarios.definition.scenario import Scenario, load_all
from scenarios.planning import Evidence
from scenarios.report.pictures.comparisons import compare_picture, sweep_picture
from tests.support.scenario_examples import CURVES, write

BASE = "curves: curves.json\nperiod: {days: 28}\nbudget: current\n"
NASTY = "<b>$x$</b>"


def nasty() -> CurveSet:
    first, *others = CURVES.channels
    return replace(CURVES, channels=(replace(first, channel=NASTY), *others))


def comparison(folder: Path) -> Comparison:
    save_curves(nasty(), folder / "curves.json")
    write(folder, BASE, "base.yaml")
    write(folder, "extends: base.yaml\nname: $y$\nbudget: 900000\n", "more.yaml")
    return compare(load_all([folder / "base.yaml", folder / "more.yaml"]))


def swept(folder: Path, *settings: str) -> Sweep:
    fixed, axes = split_settings(settings)
    scenario = Scenario.load(write(folder, BASE), fixed)
    return sweep(scenario, axes, Evidence(nasty(), None, ()))


def draw(folder: Path, suffix: str) -> list[Path]:
    files = [folder / f"{name}{suffix}" for name in ("compare", "line", "grid")]
    compare_picture(comparison(folder), files[0])
    sweep_picture(swept(folder, "budget=60k:200k:3"), files[1])
    sweep_picture(swept(folder, "budget=-5%:+5%:2", "channels.tv.max_spend=10k:20k:2"), files[2])
    return files


def test_a_png_is_a_picture_and_the_same_each_time(tmp_path) -> None:
    files = draw(tmp_path, ".png")
    first = [file.read_bytes() for file in files]
    assert all(content.startswith(b"\x89PNG\r\n\x1a\n") for content in first)
    assert [file.read_bytes() for file in draw(tmp_path, ".png")] == first


def test_a_page_opens_offline_and_holds_the_figures_as_a_table(tmp_path) -> None:
    files = draw(tmp_path, ".html")
    first = [file.read_text(encoding="utf-8") for file in files]
    for text in first:
        assert text.count("<svg") == 1
        assert "<script" not in text
        assert not re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*\"", text)
        assert NASTY not in text
        assert "&lt;b&gt;$x$&lt;/b&gt;" in text
    assert "<td>total</td><td>80,000</td><td>80,000</td><td>-</td>" in first[0]
    assert [file.read_text(encoding="utf-8") for file in draw(tmp_path, ".html")] == first


def test_other_forms_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r"'.gif' is not a form of picture. Use .png or .html"):
        compare_picture(comparison(tmp_path), tmp_path / "a.gif")
