"""Fits kept by content: found when nothing changed, never when anything did."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.curves.file import to_json
from models.errors import InputError
from models.history.history import HistorySpec
from scenarios import demo
from scenarios.sources import fit_cache
from tests.support.readme import ROOT


@pytest.fixture
def spec(tmp_path, monkeypatch) -> HistorySpec:
    """A history of a year of two channels, and a cache of its own."""
    monkeypatch.setenv(fit_cache.FOLDER_VARIABLE, str(tmp_path / "kept"))
    lines = demo.content("history.csv").splitlines(keepends=True)
    wanted = [line for line in lines[1:] if ",search," in line or ",tiktok," in line][:110]
    (tmp_path / "history.csv").write_text("".join([lines[0], *wanted]))
    return HistorySpec(tmp_path / "history.csv")


def entries(spec: HistorySpec) -> list[Path]:
    return sorted((Path(spec.file).parent / "kept").glob("*.kept"))


def test_the_second_time_it_is_found_and_is_the_same(spec) -> None:
    first, second = fit_cache.fitted(spec), fit_cache.fitted(spec)
    assert (first.is_cached, second.is_cached) == (False, True)
    assert to_json(second.curves) == to_json(first.curves)
    assert second.sha256 == first.sha256
    assert len(entries(spec)) == 1


def test_another_name_for_the_folder_finds_it_too(spec, tmp_path) -> None:
    fit_cache.fitted(spec)
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "history.csv"
    copy.write_bytes(Path(spec.file).read_bytes())
    assert fit_cache.fitted(HistorySpec(copy)).is_cached


def test_whatever_decides_a_fit_decides_the_entry(spec, monkeypatch, tmp_path) -> None:
    fit_cache.fitted(spec)
    assert not fit_cache.fitted(replace(spec, currency="EUR")).is_cached
    text = Path(spec.file).read_text()
    Path(spec.file).write_text(text.replace("2024-01-08,search,21953.7", "2024-01-08,search,2195"))
    assert not fit_cache.fitted(spec).is_cached
    Path(spec.file).write_text(text)
    assert fit_cache.fitted(spec).is_cached
    # Another version of the fit's figures.
    monkeypatch.setattr(fit_cache, "FIT_VERSION", fit_cache.FIT_VERSION + 1)
    assert not fit_cache.fitted(spec).is_cached


def test_only_the_version_of_the_fit_decides_among_all_code(workspace, tmp_path) -> None:
    """Exports are read by a changed reader and not fitted again; by a new FIT_VERSION they are."""
    copy = tmp_path / "copy"
    for floor in ("models", "optimizer", "scenarios"):
        shutil.copytree(ROOT / floor, copy / floor)
    command = [sys.executable, "-m", "scenarios.cli", "fit", str(workspace / "exports")]
    options = ["--draws", "0", "--no-holdout", "--channels", str(workspace / "channels.yaml")]
    kept = {"PYTHONPATH": str(copy), fit_cache.FOLDER_VARIABLE: str(tmp_path / "kept")}

    def says_it_was_fitted_before() -> bool:
        done = subprocess.run(
            [*command, *options],
            cwd=tmp_path,
            env=os.environ | kept,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return "this history was fitted before" in done.stderr

    assert not says_it_was_fitted_before()
    for reader in (copy / "models" / "exports").rglob("*.py"):
        reader.write_text(reader.read_text(encoding="utf-8") + "\nCHANGED = True\n", "utf-8")
    assert says_it_was_fitted_before()
    version = copy / "models" / "fit" / "version.py"
    text, times = re.subn(
        r"(?m)^FIT_VERSION = \d+", "FIT_VERSION = 999", version.read_text("utf-8")
    )
    assert times == 1
    version.write_text(text, "utf-8")
    assert not says_it_was_fitted_before()


def test_it_can_be_passed_by(spec) -> None:
    fit_cache.fitted(spec)
    before = entries(spec)[0].stat().st_mtime_ns
    assert not fit_cache.fitted(spec, use_cache=False).is_cached
    assert entries(spec)[0].stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["", "{", '{"schema": "budgetopt/curves/1"}', "\x00\xff"])
def test_a_damaged_entry_is_made_anew(spec, damage: str) -> None:
    fit_cache.fitted(spec)
    whole = entries(spec)[0].read_text()
    entries(spec)[0].write_text(damage)
    assert not fit_cache.fitted(spec).is_cached
    assert entries(spec)[0].read_text() == whole


def test_a_week_that_was_not_over_may_be_over_on_another_day(spec, monkeypatch) -> None:
    fit_cache.fitted(spec)
    (entry,) = entries(spec)
    made = entry.stat().st_mtime - 3 * 86_400
    os.utime(entry, (made, made))
    assert fit_cache.fitted(spec).is_cached  # the history ended long before either day
    monkeypatch.setattr(fit_cache, "SETTLED", fit_cache.timedelta(days=100_000))
    assert not fit_cache.fitted(spec).is_cached


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(spec, tmp_path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert not fit_cache.fitted(spec).is_cached
    assert not fit_cache.fitted(spec).is_cached


def test_the_oldest_entries_go(spec, monkeypatch) -> None:
    monkeypatch.setattr("scenarios.sources.kept.MOST_KEPT", 2)
    for currency in ("EUR", "USD", "GBP"):
        fit_cache.fitted(replace(spec, currency=currency))
    assert len(entries(spec)) == 2
    assert not fit_cache.fitted(replace(spec, currency="EUR")).is_cached


def test_a_history_that_cannot_be_read_is_refused_as_without_a_cache(spec, tmp_path) -> None:
    for file in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(InputError) as with_cache:
            fit_cache.fitted(HistorySpec(file))
        with pytest.raises(InputError) as without:
            fit_cache.fitted(HistorySpec(file), use_cache=False)
        assert str(with_cache.value) == str(without.value)
    assert entries(spec) == []


def test_processes_that_share_the_folder_do_not_disturb_each_other(spec) -> None:
    script = (
        "import sys\nfrom models.history.history import HistorySpec\n"
        "from scenarios.sources.fit_cache import fitted\n"
        "from models.curves.file import to_json\n"
        "print(hash(to_json(fitted(HistorySpec(sys.argv[1])).curves)))"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONHASHSEED": "0",
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(spec.file)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = {process.communicate()[0] for process in running}
    assert len(answers) == 1
    assert len(entries(spec)) == 1
    assert [path.name for path in (Path(spec.file).parent / "kept").iterdir()] == [
        entries(spec)[0].name
    ]
