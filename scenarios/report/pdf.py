"""The page on paper: a PDF that a Chromium makes of it, offline like the page itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from models.errors import Fault, InputError

VARIABLE = "BUDGETOPT_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
         "microsoft-edge", "msedge")  # fmt: skip
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
TIME_LIMIT = 120.0  # seconds: pages of a thousand channels take one of them
REMEDY = (
    "Install Chromium, Chrome or Edge, or name one in BUDGETOPT_BROWSER; or print the page"
    " (--html) from any browser."
)


def pdf(page: str) -> bytes:
    """A page as PDF, its pictures drawn.

    Raises
    ------
    InputError : there is no browser, or it made nothing
    """
    browser = next(_browsers(), None)
    if browser is None:
        raise InputError(Fault("--pdf", "no Chromium, Chrome or Edge was found", REMEDY))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        command = [
            browser, "--headless=new", *_unboxed(), "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", "--no-pdf-header-footer", "--virtual-time-budget=60000",
            f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=TIME_LIMIT)
            content = target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            why = str(error).partition("\n")[0][:200]
            raise InputError(
                Fault("--pdf", f"{browser} could not print the page: {why}", REMEDY)
            ) from None
    return content


def _unboxed() -> tuple[str, ...]:
    """Chromium refuses its sandbox to root, as in a container; everybody else keeps it."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return ("--no-sandbox",) if is_root else ()


def _browsers() -> Iterator[str]:
    """Browsers of this machine, the one that was named first."""
    if named := os.environ.get(VARIABLE):
        if not shutil.which(named):
            raise InputError(Fault(VARIABLE, f"there is no program {named}", REMEDY))
        yield named
    for name in (*NAMES, *ELSEWHERE):
        if found := shutil.which(name):
            yield found
