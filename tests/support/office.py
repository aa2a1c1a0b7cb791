"""LibreOffice as the second opinion on a workbook: it calculates every formula anew."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="needs LibreOffice (Debian: libreoffice-calc)"
)

# Without this setting LibreOffice trusts the results that the file brings along.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item></oor:items>
"""


PDFTOTEXT = shutil.which("pdftotext")
needs_paper = pytest.mark.skipif(
    SOFFICE is None or PDFTOTEXT is None, reason="needs LibreOffice and pdftotext (poppler-utils)"
)


def on_paper(folder: Path, workbooks: Mapping[str, bytes]) -> dict[str, str]:
    """What stands on the workbooks' printed pages; one start for all of them."""
    for name, content in workbooks.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    command = [
        str(SOFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
        "--convert-to", "pdf", "--outdir", str(folder),
        *(str(folder / f"{name}.xlsx") for name in workbooks),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {
        name: subprocess.run(
            [str(PDFTOTEXT), "-layout", str(folder / f"{name}.pdf"), "-"],
            check=True, capture_output=True, text=True,
        ).stdout
        for name in workbooks
    }  # fmt: skip


def recalculated(folder: Path, workbooks: Mapping[str, bytes]) -> dict[str, Path]:
    """The workbooks as LibreOffice saves them after calculating; one start for all of them."""
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE)
    out = folder / "recalculated"
    sources = []
    for name, content in workbooks.items():
        sources.append(folder / f"{name}.xlsx")
        sources[-1].write_bytes(content)
    command = [
        str(SOFFICE), f"-env:UserInstallation={profile.parent.as_uri()}", "--headless",
        "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), *map(str, sources),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {name: out / f"{name}.xlsx" for name in workbooks}
