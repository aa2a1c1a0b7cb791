"""Reading and checking large histories: seconds and memory.

    python -m benchmarks.history [--rows 2000000]

A tidy CSV of 20 channels over 1,000 days, many campaigns a day, is written to a temporary folder
and read in a fresh process; beside it how long `suspect` takes on its days.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

DAYS, CHANNELS = 1000, 20


def write(path: Path, rows: int) -> None:
    """A history of `rows` rows in no particular order."""
    import pandas as pd

    rng = np.random.default_rng(0)
    days = pd.date_range("2022-01-03", periods=DAYS).strftime("%Y-%m-%d").to_numpy()
    names = np.array([f"channel_{i}" for i in range(CHANNELS)])
    table = {
        "date": days[rng.integers(0, DAYS, rows)],
        "channel": names[rng.integers(0, CHANNELS, rows)],
        "campaign": [f"campaign {i}" for i in range(rows)],
        "spend": rng.uniform(1, 100, rows).round(2),
        "clicks": rng.integers(1, 100, rows),
        "conversions": rng.integers(0, 9, rows),
    }
    pd.DataFrame(table).to_csv(path, index=False)


def measure(path: Path) -> tuple[float, float, float]:
    """Seconds to read, seconds to look for suspicious data, peak megabytes of this process."""
    from models.diagnostics.anomalies import suspect
    from models.history.read import read_history_with_days

    start = time.perf_counter()
    _, days = read_history_with_days(path)
    read = time.perf_counter() - start
    start = time.perf_counter()
    suspect(days)
    looked = time.perf_counter() - start
    return read, looked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="Reading large histories.")
    parser.add_argument("--rows", type=int, default=2_000_000)
    rows = parser.parse_args().rows
    print(f"{'rows':>10} {'MB on disk':>11} {'read, s':>9} {'suspect, s':>11} {'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for count in (rows // 100, rows // 10, rows):
            path = Path(folder) / f"{count}.csv"
            write(path, count)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                read, looked, peak = pool.apply(measure, (path,))
            size = path.stat().st_size / 1e6
            print(f"{count:>10,} {size:>11.1f} {read:>9.1f} {looked:>11.1f} {peak:>9.0f}")


if __name__ == "__main__":
    main()
