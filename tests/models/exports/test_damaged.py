"""Damaged exports are read or refused in words; `benchmarks/fuzz_exports.py` tries thousands."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.fuzz_exports import mutants, outcome


def test_damaged_exports_end_in_words(tmp_path: Path) -> None:
    chance = random.Random(7)
    seen = {outcome(tmp_path, data, chance) for _, data in mutants(seed=7, count=200)}
    assert seen == {"read", "refused"}
