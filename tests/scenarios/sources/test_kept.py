"""What the program keeps for itself: nobody else's, and checked when it is read again."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.files import write_whole
from scenarios.sources.kept import keep, read_kept


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BUDGETOPT_CONFIG", str(tmp_path / "config"))
    return tmp_path / "cache" / "a.kept"


def test_an_entry_is_read_as_it_was_written(entry: Path) -> None:
    assert read_kept(entry) is None
    keep(entry, "one\ntwo\n")
    assert read_kept(entry) == "one\ntwo\n"


@pytest.mark.parametrize("how", ["text", "mark", "name", "key", "bytes"])
def test_an_altered_entry_is_dropped_and_said(entry: Path, how: str, caplog) -> None:
    keep(entry, "spend 100")
    mark, _, text = entry.read_text().partition("\n")
    if how == "text":
        entry.write_text(f"{mark}\nspend 900")
    elif how == "mark":
        entry.write_text(f"{'0' * 64}\n{text}")
    elif how == "name":  # a sound entry of another history
        other = entry.with_name("b.kept")
        entry.rename(other)
        entry = other
    elif how == "key":
        (entry.parents[1] / "config" / "cache.key").write_bytes(bytes(32))
    else:
        entry.write_bytes(b"\xff\xfe")
    with caplog.at_level(logging.WARNING):
        assert read_kept(entry) is None
    assert caplog.messages == [
        f"budgetopt: {entry} was altered or damaged: dropped, and computed anew"
    ]
    assert not entry.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_it_is_the_users_alone(entry: Path) -> None:
    entry.parent.mkdir(mode=0o755)
    keep(entry, "x")
    key = entry.parents[1] / "config" / "cache.key"
    modes = [path.stat().st_mode & 0o777 for path in (entry.parent, entry, key.parent, key)]
    assert modes == [0o700, 0o600, 0o700, 0o600]


def test_no_key_no_cache(entry: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BUDGETOPT_CONFIG", str(tmp_path / "file"))
    keep(entry, "x")
    assert not entry.exists()


KILLED = """
import os, signal, sys
from models import files
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
files.write_whole(sys.argv[1], "half")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "plan[1].json"
    target.write_text("old")
    (tmp_path / ".plan[1].json.mine").write_text("the person's own")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([sys.executable, "-c", KILLED, target], env=environment, check=False)
    (left,) = tmp_path.glob("*unfinished*")
    assert target.read_text() == "old"
    write_whole(target, "new")
    assert left.exists()  # it may belong to a run that has only just begun
    os.utime(left, (0, 0))
    import fcntl

    with left.open() as held:  # or to one that is still at work
        fcntl.flock(held, fcntl.LOCK_EX)
        write_whole(target, "newer")
        assert left.exists()
    write_whole(target, "newest")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".plan[1].json.mine", target.name]
