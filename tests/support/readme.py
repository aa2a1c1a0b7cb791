"""Runs the code blocks of the README and of docs/, and writes what they print into them.

A ``console`` block is a command after ``$`` and what it prints; a ``python`` block prints what the
``text`` block after it holds. A comment ``<!-- setup`` holds commands that are run and not shown.
All run one after the other in one empty folder. Documents share the fits they make, so the note
that a history was fitted before, which depends on which ran first, is left out everywhere.

    python -m tests.support.readme    brings their outputs up to date
"""

from __future__ import annotations

import math
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
FITTED_BEFORE = "curves: this history was fitted before; --no-cache fits it anew\n"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
BLOCK = re.compile(
    r"^```(?P<kind>console|python)\n(?P<body>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?"
    r"|^<!-- (?P<hidden>setup)\n(?P<commands>.*?)^-->\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One block: where it stands in the text, what it runs, what it says is printed."""

    start: int
    end: int
    kind: str
    source: str
    printed: str

    def with_output(self, output: str) -> str:
        """The block's text, with `output` as what it prints."""
        if self.kind == "setup":
            return f"<!-- setup\n{self.source}-->\n"
        if self.kind == "console":
            return f"```console\n$ {self.source}\n{output}```\n"
        return f"```python\n{self.source}```\n\n```text\n{output}```\n"


def blocks(text: str) -> list[Block]:
    """The blocks of a document, in order."""
    found = []
    for match in BLOCK.finditer(text):
        kind, body = match["kind"] or match["hidden"], match["body"] or match["commands"]
        source, printed = body, match["printed"] or ""
        if kind == "console":
            first, _, printed = body.partition("\n")
            source = first.removeprefix("$ ")
        found.append(Block(match.start(), match.end(), kind, source, printed))
    return found


def same(one: str, other: str) -> bool:
    """Whether two outputs are the same but for the last digits that another solver may move."""
    numbers, others = NUMBER.findall(one), NUMBER.findall(other)
    words, other_words = (NUMBER.sub("0", text).split() for text in (one, other))
    return words == other_words and len(numbers) == len(others) and all(map(_near, numbers, others))


def _near(one: str, other: str) -> bool:
    return math.isclose(
        *(float(text.replace(",", "")) for text in (one, other)), rel_tol=5e-3, abs_tol=0.011
    )


def documents() -> list[Path]:
    """The README, and the pages of docs/ that show something being run."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return [README, *(page for page in pages if blocks(page.read_text(encoding="utf-8")))]


def outputs(found: list[Block], cache: Path) -> Iterator[str]:
    """What each block prints, run in order in one empty folder; `cache` keeps the fits."""
    with tempfile.TemporaryDirectory() as folder:
        for block in found:
            if block.kind == "setup":
                for line in block.source.splitlines():
                    _run(_command(line.removeprefix("$ ")), folder, cache)
                yield ""
            elif block.kind == "python":
                yield _run([sys.executable, "-c", block.source], folder, cache)
            else:
                yield _run(_command(block.source), folder, cache)


def _command(line: str) -> list[str]:
    program, *arguments = shlex.split(line)
    known = {"budgetopt": [sys.executable, "-m", "scenarios.cli"], "cat": ["cat"]}
    return known[program] + arguments


def _run(command: list[str], folder: str, cache: Path) -> str:
    environment = {key: os.environ[key] for key in os.environ if key != "COLUMNS"}
    environment |= {"PYTHONPATH": str(ROOT), "BUDGETOPT_CACHE": str(cache)}
    environment["BUDGETOPT_CONFIG"] = str(cache / "config")  # who shares the fits shares their key
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.replace(FITTED_BEFORE, "")


def main() -> None:
    with tempfile.TemporaryDirectory() as cache:
        for document in documents():
            text = document.read_text(encoding="utf-8")
            found = blocks(text)
            for block, output in reversed(
                list(zip(found, outputs(found, Path(cache)), strict=True))
            ):
                text = text[: block.start] + block.with_output(output) + text[block.end :]
            document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
