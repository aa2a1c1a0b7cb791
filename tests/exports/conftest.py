"""What several tests of exports start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exports.render import Dialect, rendered, rows

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
