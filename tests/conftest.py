"""Hypothesis on a shared machine, and no test near the person's own cache."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.models.exports.render import Dialect, rendered, rows

# The same examples each time, and no timing.
settings.register_profile("budgetopt", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("budgetopt")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Fits are kept in a folder of this run, which its tests share."""
    os.environ["BUDGETOPT_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["BUDGETOPT_CONFIG"] = str(tmp_path_factory.mktemp("config"))


CHANNELS = """\
channels:
  - {channel: search, platform: google_ads}
  - {channel: social, platform: meta}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two platforms' exports, in two dialects, and a channels file."""
    folder = tmp_path / "exports"
    folder.mkdir()
    google = Dialect("google_ads", preamble=True, totals="end")
    meta = Dialect("meta", delimiter=";", decimal=",", group=".", dates="slashes", totals="daily")
    (folder / "google.csv").write_bytes(rendered(rows("Brand", 90, 210), google))
    (folder / "meta.csv").write_bytes(rendered(rows("Prospecting", 140, 210), meta))
    (tmp_path / "channels.yaml").write_text(CHANNELS)
    return tmp_path
