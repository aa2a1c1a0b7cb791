"""What the README and the documents show is what the program prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.readme import DOCUMENTS, README, ROOT, blocks, outputs, same


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_block_prints_what_the_document_says(document: Path) -> None:
    found = blocks(document.read_text(encoding="utf-8"))
    assert len(found) >= 6
    for block, output in zip(found, outputs(found), strict=True):
        # After a wanted change: python -m tests.support.readme
        assert same(block.printed, output), f"{block.source}\n{output}"


def test_the_comparison_forgives_last_digits_and_nothing_else() -> None:
    shown = "revenue 580,990 (+3.8 %), 2026-01-31"
    assert same(shown, "revenue  581,003 (+3.8 %), 2026-01-31")
    assert not same(shown, "revenue 590,990 (+3.8 %), 2026-01-31")
    assert not same(shown, "profit 580,990 (+3.8 %), 2026-01-31")
    assert not same(shown, "revenue 580,990 (-3.8 %), 2026-01-31")
    assert not same(shown, "revenue 580,990 (+3.8 %), 2026-01-30")


def test_a_block_is_written_back_as_it_was_read() -> None:
    text = README.read_text(encoding="utf-8")
    for block in blocks(text):
        assert text[block.start : block.end] == block.with_output(block.printed)


def test_one_line_sets_up_the_job_and_one_the_tests() -> None:
    lines = re.findall(r"^python3 -m venv .*$", README.read_text(encoding="utf-8"), re.MULTILINE)
    job, tests = lines
    assert job.endswith("budgetopt demo")
    assert " -m pytest" in tests
    # The check takes the line from here: it holds no copy that could drift.
    check = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in check
    assert "-n auto" not in check
