"""Files that the program keeps for itself: the user's alone, and checked when they are read again.

An entry begins with a hash of its name and content under a key that lies with the user's
configuration (HMAC-SHA-256): who can write to the cache but not read the key cannot slip in curves
of their own.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
import secrets
from pathlib import Path

from models.errors import InputError
from models.files import write_whole

CONFIG_VARIABLE = "BUDGETOPT_CONFIG"
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
KEY_BYTES = 32
MOST_KEPT = 100  # entries of a folder; the oldest go first
SUFFIX = ".kept"

_log = logging.getLogger("budgetopt.cache")


def config_folder() -> Path:
    """Where the key lies: the user's configuration, or $BUDGETOPT_CONFIG."""
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("budgetopt", appauthor=False)


def read_kept(entry: Path) -> str | None:
    """What an entry holds, if it is there and as it was written.

    One that was altered is dropped, and that is said.
    """
    try:
        mark, _, text = entry.read_bytes().decode().partition("\n")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        mark, text = "", ""
    key = _key()
    if key is not None and hmac.compare_digest(mark.encode(), _mark(key, entry, text).encode()):
        return text
    _log.warning("budgetopt: %s was altered or damaged: dropped, and computed anew", entry)
    with contextlib.suppress(OSError):
        entry.unlink()
    return None


def keep(entry: Path, text: str) -> None:
    """Write an entry; a cache that cannot be written to is no reason to fail."""
    with contextlib.suppress(OSError, InputError):
        key = _key()
        if key is None:
            return
        _private_folder(entry.parent)
        marked = f"{_mark(key, entry, text)}\n{text}"
        write_whole(entry, marked, over_inputs=True, mode=PRIVATE)
        entries = entry.parent.glob(f"*{SUFFIX}")
        kept = sorted(entries, key=lambda file: file.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


def _mark(key: bytes, entry: Path, text: str) -> str:
    return hmac.new(key, f"{entry.name}\n{text}".encode(), "sha256").hexdigest()


def _key() -> bytes | None:
    """The user's key, made when there is none; None where it can neither be read nor made."""
    path = config_folder() / "cache.key"
    try:
        if not path.exists():
            _private_folder(path.parent)
            # Of two that make it at once the first stays: nothing is linked over a file.
            with_key = path.with_name(f".cache.key.{os.getpid()}")
            handle = os.open(with_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
            try:
                os.write(handle, secrets.token_bytes(KEY_BYTES))
                os.close(handle)
                with contextlib.suppress(FileExistsError):
                    os.link(with_key, path)
            finally:
                with_key.unlink(missing_ok=True)
        found = path.read_bytes()
    except OSError:
        return None
    return found if len(found) == KEY_BYTES else None


def _private_folder(folder: Path) -> None:
    """Make a folder that only its owner sees; one of ours that others may enter is closed."""
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    if folder.stat().st_mode & 0o077:
        folder.chmod(PRIVATE_FOLDER)
