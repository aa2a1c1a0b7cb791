"""Wall time and memory of whole commands, imports included.

    python -m benchmarks.commands

Each command runs in a process of its own; the best of several runs is shown, since the machine's
other work only ever adds to it. Memory is the process's highest resident size.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 5


@dataclass(frozen=True)
class Claim:
    """A command and what it may take.

    Parameters
    ----------
    seconds : wall time
    megabytes : highest resident size; None where nothing is claimed
    """

    name: str
    arguments: tuple[str, ...]
    seconds: float
    megabytes: float | None = None


CLAIMS = (
    Claim("--help", ("--help",), 0.3),
    Claim("plan on a history", ("plan", "base.yaml", "--no-cache"), 3.0, 400.0),
    Claim("plan on its curves", ("plan", "base.yaml", "--set", "curves=curves.json"), 1.2),
    Claim("plan, fit at hand", ("plan", "base.yaml"), 1.2),
)


def measure(arguments: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Seconds and megabytes of one run."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BUDGETOPT_CACHE": str(folder / "cache")}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "scenarios.cli", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    from scenarios import demo

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo.write(folder)
        measure(("fit", "history.csv", "--output", "curves.json"), folder)
        print(f"{'command':<22}{'seconds':>9}{'claimed':>9}{'MB':>7}{'claimed':>9}")
        for claim in CLAIMS:
            runs = [measure(claim.arguments, folder) for _ in range(RUNS)]
            seconds, megabytes = min(s for s, _ in runs), max(m for _, m in runs)
            most = f"{claim.megabytes:.0f}" if claim.megabytes else ""
            print(f"{claim.name:<22}{seconds:>9.2f}{claim.seconds:>9.1f}{megabytes:>7.0f}{most:>9}")


if __name__ == "__main__":
    main()
