"""What the README and the documents show is what the program prints."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.architecture import PAGE, page
from tests.support.readme import README, ROOT, blocks, documents, outputs, same


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """Fits that the documents share, also where several processes run the tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "documents-fits"
    folder.mkdir(exist_ok=True)
    return folder


def test_the_documents_that_show_something_are_found() -> None:
    names = {document.relative_to(ROOT).as_posix() for document in documents()}
    assert {"README.md", "docs/tutorial.md", "docs/meeting.md", "docs/howto/compare.md"} <= names


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.stem)
def test_every_block_prints_what_the_document_says(document: Path, cache: Path) -> None:
    found = blocks(document.read_text(encoding="utf-8"))
    for block, output in zip(found, outputs(found, cache), strict=True):
        # After a wanted change: python -m tests.support.readme
        assert same(block.printed, output), f"{block.source}\n{output}"


def test_the_comparison_forgives_last_digits_and_nothing_else() -> None:
    shown = "revenue 580,990 (+3.8 %), 2026-01-31"
    assert same(shown, "revenue  581,003 (+3.8 %), 2026-01-31")
    assert not same(shown, "revenue 590,990 (+3.8 %), 2026-01-31")
    assert not same(shown, "profit 580,990 (+3.8 %), 2026-01-31")
    assert not same(shown, "revenue 580,990 (-3.8 %), 2026-01-31")
    assert not same(shown, "revenue 580,990 (+3.8 %), 2026-01-30")


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.stem)
def test_a_block_is_written_back_as_it_was_read(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for block in blocks(text):
        assert text[block.start : block.end] == block.with_output(block.printed)


def test_links_between_the_documents_lead_somewhere() -> None:
    dead = [
        f"{document.name}: {link}"
        for document in (README, *(ROOT / "docs").rglob("*.md"))
        for link in re.findall(r"\]\(([^)#:\s]+)\)", document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]
    assert dead == []


def test_every_page_is_in_the_table_of_contents() -> None:
    docs = ROOT / "docs"
    listed = set((docs / "index.md").read_text(encoding="utf-8").split())
    pages = {file.relative_to(docs).with_suffix("").as_posix() for file in docs.rglob("*.md")}
    assert pages - {"index"} - listed == set()


def test_the_page_of_the_house_is_what_the_imports_say() -> None:
    # After a change of the rooms: python -m tests.support.architecture
    assert PAGE.read_text(encoding="utf-8") == page()


def test_one_line_sets_up_the_job_and_one_the_tests() -> None:
    lines = re.findall(r"^python3 -m venv .*$", README.read_text(encoding="utf-8"), re.MULTILINE)
    job, tests = lines
    assert job.endswith("budgetopt demo")
    assert " -m pytest" in tests
    # The check takes the line from here: it holds no copy that could drift.
    check = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in check
    assert "-n auto" not in check
