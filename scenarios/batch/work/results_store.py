"""The folder of results: a local one, or any that fsspec knows (s3://, gs://, abfs://, ...).

A file is there whole or not at all: locally by an atomic rename, in an object store because one
put is one step.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from models.errors import Fault, InputError
from models.extras import lacking
from models.files import write_whole
from models.phrases import said
from scenarios.sources.secrets import expanded, without

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

MANIFEST = "batch.json"
SLUG = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 40


class Store(Protocol):
    """Files by their name within the folder, parts of a name parted by /."""

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None where there is none."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Replace a file in one step."""
        ...

    def names(self, folder: str) -> list[str]:
        """The files in a folder within this one; none where there is no such folder."""
        ...

    def remove(self, folder: str) -> None:
        """Remove a folder within this one with all that is in it."""
        ...


class LocalStore:
    """A folder of this machine, or one that all machines mount."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content, over_inputs=True)

    def names(self, folder: str) -> list[str]:
        try:
            found = sorted((self.folder / folder).iterdir())
        except FileNotFoundError:
            return []
        return [path.name for path in found if not path.name.startswith(".")]

    def remove(self, folder: str) -> None:
        shutil.rmtree(self.folder / folder, ignore_errors=True)


class RemoteStore:
    """A folder of a filesystem that fsspec knows."""

    def __init__(self, files: AbstractFileSystem, folder: str) -> None:
        self.files, self.folder = files, folder.rstrip("/")

    def _at(self, name: str) -> str:
        return f"{self.folder}/{name}" if name else self.folder

    def read(self, name: str) -> bytes | None:
        try:
            found: Any = self.files.cat_file(self._at(name))
        except FileNotFoundError:
            return None
        return found

    def write(self, name: str, content: bytes) -> None:
        self.files.pipe_file(self._at(name), content)

    def names(self, folder: str) -> list[str]:
        self.files.invalidate_cache()
        try:
            found = self.files.ls(self._at(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(str(name).rstrip("/").rpartition("/")[2] for name in found)

    def remove(self, folder: str) -> None:
        if self.files.exists(self._at(folder)):
            self.files.rm(self._at(folder), recursive=True)


def store_at(results: str) -> Store:
    """The store that a folder's name or a URL stands for; secrets as ``${VARIABLE}``.

    Raises
    ------
    InputError : a variable is not set, fsspec or the filesystem's package is not installed, or
        there is no such protocol
    """
    results, secrets = expanded(results, os.environ, "--output", InputError)
    protocol, mark, rest = results.partition("://")
    if not mark:
        return LocalStore(Path(results))
    if protocol == "file":
        return LocalStore(Path("/" + rest.lstrip("/")))
    try:
        import fsspec

        files, folder = fsspec.core.url_to_fs(results)
    except ImportError as error:
        problem = lacking(said("writing to {url}", url=protocol + mark), error.name, "batch")
        raise InputError(Fault("--output", *problem)) from None
    except ValueError as error:
        problem = without(secrets, str(error))
        raise InputError(Fault("--output", problem, "Name a folder or a URL.")) from None
    return RemoteStore(files, folder)


def result_name(account: str) -> str:
    """The file of an account's result: readable, one of its own, at most 256 folders."""
    return f"accounts/{_stem(account)}.json"


def plan_name(account: str) -> str:
    """The file of an account's whole plan."""
    return f"plans/{_stem(account)}.json"


def curves_name(account: str) -> str:
    """The file of the curves that were fitted to an account's history."""
    return f"curves/{_stem(account)}.json"


def response_name(account: str) -> str:
    """The file of what an account makes of any budget."""
    return f"responses/{_stem(account)}.json"


def shapes_name(account: str) -> str:
    """The file of what an account's own data say of its channels' shapes."""
    return f"shapes/{_stem(account)}.json"


def log_name(run: str, part: str) -> str:
    """The file that says what a run has made of a part's accounts."""
    return f"runs/{run}/{part}.json"


def _stem(account: str) -> str:
    digest = hashlib.sha256(account.encode(errors="surrogatepass")).hexdigest()
    slug = SLUG.sub("-", account.lower()).strip("-")[:LONGEST_SLUG] or "account"
    return f"{digest[:2]}/{slug}-{digest[2:14]}"
