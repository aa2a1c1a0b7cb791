"""A PostgreSQL server of the tests' own, in a temporary folder, that no port reaches."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


BIN = _programs()
needs_server = pytest.mark.skipif(
    BIN is None, reason="needs PostgreSQL's server (Debian: postgresql)"
)


@contextmanager
def running_server(password: str | None = None) -> Iterator[Path]:
    """The folder of its socket; the user is `team`, and its files vanish afterwards.

    Parameters
    ----------
    password : that the server asks for; None lets everybody in
    """
    assert BIN is not None
    programs = BIN
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.getuid() == 0 else None
    secret = folder / "password"
    secret.write_text(password or "")
    if user:
        shutil.chown(folder, user)
        shutil.chown(secret, user)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        with (folder / f"{program}.log").open("w") as log:
            subprocess.run(command, user=user, check=True, stdout=log, stderr=log, cwd=folder)

    how = ["-A", "scram-sha-256", "--pwfile", str(secret)] if password else ["-A", "trust"]
    try:
        run("initdb", "-U", "team", *how, "--no-sync", "-E", "UTF8")
        run("pg_ctl", "start", "-w", "-o", f"-c listen_addresses='' -k {folder} -F")
        yield folder
        run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder)
