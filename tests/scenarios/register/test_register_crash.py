"""The register under murder and under several writers at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WRITERS = ROOT / "tests" / "support" / "register_writers.py"


def run_writers(what: str, *arguments: object) -> dict:
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests/support/register_writers.py"),
            what,
            *map(str, arguments),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")


def test_killed_before_any_statement_leaves_all_of_an_entry_or_nothing(tmp_path):
    result = run_writers("killed_at_each_statement", tmp_path)
    # Beginning a register and writing its first entry takes well over ten statements, and each
    # death rolled everything back: the first writer that survived wrote entry 1.
    assert result["deaths"] > 10
    assert result["counts"] == [0] * result["deaths"] + [1]


def test_killed_at_any_moment_loses_nothing_that_was_reported_as_written(tmp_path):
    result = run_writers("killed_at_any_moment", tmp_path, 25)
    assert result["lost"] == []
    # Only the entry that was being written when the blow fell may be there without a report.
    assert result["reported"] <= result["held"] <= result["reported"] + 25


def test_two_writers_at_once_take_turns(tmp_path):
    result = run_writers("at_once", tmp_path / "register.sqlite", 2, 20)
    assert result["by_writer"] == {"w0": 40, "w1": 40}
    assert result["turns"] > 2  # they did run at the same time
