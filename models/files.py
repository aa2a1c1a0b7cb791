"""Files written whole or not at all, and never over what the same command has read."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from models.errors import Fault, InputError

try:
    import fcntl
except ImportError:  # Windows removes no file that somebody has open
    fcntl = None

UNFINISHED, SETTLED_SECONDS = "budgetopt-unfinished", 10.0
MOST_BYTES = 200_000_000  # of a document: a plan of 1,000 channels and 12 periods takes 30 MB
_READ: set[str] | None = None  # paths opened for reading, while somebody minds
_HOOKED = False


@contextlib.contextmanager
def inputs_guarded() -> Iterator[None]:
    """Within this block `write_whole` refuses whatever was opened for reading in it.

    Python itself reports what it opens, so that no reader can be forgotten; one that opens files
    without Python says so by `taken_in`.
    """
    global _HOOKED, _READ
    if not _HOOKED:
        sys.addaudithook(_note)
        _HOOKED = True
    before, _READ = _READ, set()
    try:
        yield
    finally:
        _READ = before


def taken_in(path: str | os.PathLike[str]) -> None:
    """Note that a file was read by a library that opens files itself."""
    if _READ is not None:
        _READ.add(os.fspath(path))


def read_small(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a document: of a file or a pipe, never of a device that may have no end.

    Raises
    ------
    InputError : it is a device, or larger than any document
    OSError : it is missing, a folder, or may not be read
    """
    source = Path(path)
    mode = source.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISDIR(mode)):
        raise InputError(Fault(str(path), "this is a device, not a file", "Name a file."))
    with source.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        problem = f"it is larger than {MOST_BYTES / 1e6:.0f} MB"
        raise InputError(Fault(str(path), problem, "Is it the right file?"))
    return raw


def _note(event: str, arguments: tuple) -> None:
    if event != "open" or _READ is None:
        return
    path, mode = arguments[:2]
    if isinstance(path, str) and isinstance(mode, str) and mode.startswith("r"):
        _READ.add(path)


def was_read(path: Path) -> bool:
    """Whether this file, under any of its names, was read within `inputs_guarded`."""
    if not _READ or not path.exists():
        return False
    return any(_is_same(path, other) for other in tuple(_READ))


def _is_same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def over_an_input(path: Path) -> Fault:
    """What to say of a target that is an input."""
    return Fault(str(path), "this command reads this file", "Name another file to write.")


def write_whole(
    path: str | os.PathLike[str],
    content: str | bytes,
    *,
    over_inputs: bool = False,
    mode: int | None = None,
) -> None:
    """Replace `path` by `content` in one step: a reader sees the old file or the new one.

    Text is written as UTF-8 with newlines as they are.

    Parameters
    ----------
    over_inputs : write it even where this command has read it: for files of the program's own
    mode : permissions; by default the old file's, or those that a new file would get here

    Raises
    ------
    InputError : the folder does not exist, `path` is a folder, a device or an input
    OSError : the machine cannot write it (full disk, no permission); an old file stays as it was
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(Fault(str(target), "this is a folder", "Name a file in it."))
    if target.exists() and not target.is_file():
        raise InputError(Fault(str(target), "this is no regular file", "Name another file."))
    if not target.parent.is_dir():
        raise InputError(
            Fault(str(target), f"the folder {target.parent} does not exist", "Create it first.")
        )
    if not over_inputs and was_read(target):
        raise InputError(over_an_input(target))
    from tempfile import mkstemp  # only here: every command loads this module, few write

    data = content.encode() if isinstance(content, str) else content
    # In the same folder, because a rename across file systems is not one step.
    _clear_leftovers(target)
    handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.{UNFINISHED}-")
    try:
        with os.fdopen(handle, "wb") as file:
            _hold(file.fileno())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode_for(target) if mode is None else mode)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _clear_leftovers(target: Path) -> None:
    """Remove what runs that were killed left beside a target: nobody holds it any more."""
    import glob

    for path in target.parent.glob(f".{glob.escape(target.name)}.{UNFINISHED}-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < SETTLED_SECONDS:
                continue  # perhaps made a moment ago, and not held yet
            with path.open("r+b") as file:
                _hold(file.fileno())
                path.unlink()


def _hold(handle: int) -> None:
    """Lock an open file until it is closed, by whatever death; OSError where another holds it."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _mode_for(target: Path) -> int:
    """The old file's permissions, or those that a new file would get here."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
