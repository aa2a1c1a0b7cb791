"""Damaged exports are read or refused in words; `benchmarks/fuzz_exports.py` tries thousands."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pandas as pd

from benchmarks.fuzz_exports import mutants, outcome
from tests.support.commands import refused


def test_damaged_exports_end_in_words(tmp_path: Path) -> None:
    chance = random.Random(7)
    seen = {outcome(tmp_path, data, chance) for _, data in mutants(seed=7, count=200)}
    assert seen == {"read", "refused"}


def test_a_sheet_that_only_one_reader_finds_is_refused_in_words(tmp_path) -> None:
    """The fast reader lists a sheet whose part is gone; the careful one has none of its name."""
    whole, damaged = tmp_path / "whole.xlsx", tmp_path / "damaged.xlsx"
    pd.DataFrame({"date": ["2026-01-05"], "channel": ["tv"]}).to_excel(whole, index=False)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(damaged, "w") as new:
        for part in old.namelist():
            if part != "xl/worksheets/sheet1.xml":
                new.writestr(part, old.read(part))
    assert "the workbook has no sheet" in refused("check", str(damaged))[0]
