"""What `import budgetopt` takes, beside bare `import numpy`.

    python -m benchmarks.imports

Each import runs in a process of its own, in turns; the median of the runs is shown, less that of
Python's own start. `import budgetopt` is claimed to take at most 1.2 times `import numpy`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 15
SCRIPTS = {
    "python alone": "pass",
    "import numpy": "import numpy",
    "import budgetopt": "import budgetopt",
    "budgetopt.read_history": "import budgetopt; budgetopt.read_history",
    "budgetopt.fit_curves": "import budgetopt; budgetopt.fit_curves",
    "budgetopt.run": "import budgetopt; budgetopt.run",
}


def seconds(script: str) -> float:
    """Wall time of one process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    return time.perf_counter() - start


def main() -> None:
    found: dict[str, list[float]] = {name: [] for name in SCRIPTS}
    for _ in range(RUNS):
        for name, script in SCRIPTS.items():
            found[name].append(seconds(script))
    middle = {name: statistics.median(times) for name, times in found.items()}
    alone = middle["python alone"]
    numpy = middle["import numpy"] - alone
    print(f"{'':<24}{'ms':>8}{'of numpy':>10}")
    for name, time_taken in middle.items():
        own = time_taken - (alone if name != "python alone" else 0.0)
        share = f"{own / numpy:.2f}" if name != "python alone" else ""
        print(f"{name:<24}{1000 * own:>8.1f}{share:>10}")


if __name__ == "__main__":
    main()
