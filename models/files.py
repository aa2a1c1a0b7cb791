"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from models.errors import Fault, InputError


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Replace `path` by `content` in one step: a reader sees the old file or the new one.

    Text is written as UTF-8 with newlines as they are.

    Raises
    ------
    InputError : the folder does not exist, or `path` is a folder
    OSError : the machine cannot write it (full disk, no permission); an old file stays as it was
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(Fault(str(target), "this is a folder", "Name a file in it."))
    if not target.parent.is_dir():
        raise InputError(
            Fault(str(target), f"the folder {target.parent} does not exist", "Create it first.")
        )
    data = content.encode() if isinstance(content, str) else content
    # In the same folder, because a rename across file systems is not one step.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode_for(target))
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _mode_for(target: Path) -> int:
    """The old file's permissions, or those that a new file would get here."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
