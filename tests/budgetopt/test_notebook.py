"""What people do in a notebook, from a DataFrame to a figure, word for word."""

import doctest
from pathlib import Path

from tests.support.readme import ROOT


def test_a_session_in_a_notebook(tmp_path: Path) -> None:
    given = {"SAMPLE": ROOT / "scenarios" / "demo" / "history.csv", "FOLDER": tmp_path}
    options = doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF
    done = doctest.testfile("notebook.txt", globs=given, optionflags=options)
    assert done.attempted > 15
    assert done.failed == 0
