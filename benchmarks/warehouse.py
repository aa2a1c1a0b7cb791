"""A folder of files larger than the memory allowed, as a history: summed by DuckDB where it lies.

    python -m benchmarks.warehouse [--gigabytes 1.2] [--memory 256MB]

Made-up ads by day in Fivetran's schema, as CSV and again as Parquet, in a temporary folder. Each
is read in a process of its own, which gets at most `LIMIT` from the operating system and of it
`--memory` for DuckDB. Beside them a quarter as much, by which it shows whether memory grows with
the files, and what pandas takes for the same sums of the CSV, without a limit, where the machine
has room for that. All sums by day and platform are compared, to the cent, with what was written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILES, DAYS, CAMPAIGNS, ADS = 4, 730, 100, 200
PLATFORMS = ("google_ads", "facebook_ads", "tiktok_ads")
CHANNELS = ("google_ads", "meta", "tiktok")  # what a history calls them
SAMPLE = 100_000  # rows by which sizes are foretold
LIMIT = 1.0  # GB that the reading process may ask for
# By measure: the column, its remainders, and units of which one is 1.
MEASURES = {
    "spend": ("spend", 10_007, 100),
    "conversions": ("conversions", 5, 1),
    "revenue": ("conversions_value", 3001, 10),
}

# In processes of their own, so that the peak is this reading's and no other's.
READ = """
import json, resource, sys, time
folder, limit, memory = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_DATA, (int(float(limit) * 1e9),) * 2)
from pathlib import Path
import duckdb, pandas
from models.history.history import read_history
from scenarios import databases
from scenarios.sources.named_history import history_of
from scenarios.definition.history_blocks import HistoryFile
databases.MEMORY = memory
begun = time.perf_counter()
history = read_history(history_of(HistoryFile(tables=folder, grain="day"), Path()).spec)
seconds = time.perf_counter() - begun
measures = {"spend": history.spend, **history.metrics}
"""
PANDAS = """
import json, resource, sys, time
from pathlib import Path
import pandas as pd
begun = time.perf_counter()
frame = pd.concat([pd.read_csv(file) for file in sorted(Path(sys.argv[1]).iterdir())])
sums = frame.groupby(["date_day", "platform"])[["spend", "conversions", "conversions_value"]].sum()
seconds = time.perf_counter() - begun
measures = {name: sums[column].unstack("platform") for name, column in
            zip(("spend", "conversions", "revenue"), sums.columns, strict=True)}
measures = {name: panel.rename(columns={"facebook_ads": "meta", "tiktok_ads": "tiktok"})
            for name, panel in measures.items()}
"""
TELL = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
daily = {name: {channel: panel[channel].tolist() for channel in panel} for name, panel in
         measures.items()}
print(json.dumps({"seconds": seconds, "peak": peak, "daily": daily}))
"""


@dataclass(frozen=True)
class Reading:
    """What one process took and found.

    Parameters
    ----------
    peak : highest resident size of the whole process, GB
    daily : by measure and channel, one sum per day
    """

    seconds: float
    peak: float
    daily: dict[str, dict[str, list[float]]]

    def is_true(self, rows: int) -> bool:
        """Whether every sum of every day is what was written."""
        for measure, expected in truth(rows).items():
            units = MEASURES[measure][2]
            found = np.array([self.daily[measure][channel] for channel in CHANNELS]).T
            if found.shape != expected.shape or (np.rint(found * units) != expected).any():
                return False
        return True


def cents(rows: int) -> int:
    """The spend of all rows together, in cents, without reading them."""
    whole, rest = divmod(rows, 10_007)
    return whole * sum(range(10_007)) + sum(range(rest))


def truth(rows: int) -> Mapping[str, NDArray[np.floating]]:
    """By measure its sums in whole units (cents, ...), shape (days, platforms)."""
    per_day, kinds = max(1, rows // DAYS), len(PLATFORMS)
    days = -(-rows // per_day)
    found = {name: np.zeros((days, kinds)) for name in MEASURES}
    for day in range(days):
        row = np.arange(day * per_day, min((day + 1) * per_day, rows))
        for name, (_, remainders, _) in MEASURES.items():
            found[name][day] = np.bincount(row % kinds, row % remainders, kinds)
    return found


def write_lake(folder: Path, rows: int, kind: str) -> None:
    """Ads by day in Fivetran's schema: `FILES` files of "csv" or "parquet"."""
    import duckdb

    per_day = max(1, rows // DAYS)
    platform = " ".join(f"WHEN {i} THEN '{name}'" for i, name in enumerate(PLATFORMS))
    measures = ", ".join(
        f"(i % {remainders}) / {units} AS {column}"
        for column, remainders, units in MEASURES.values()
    )
    for part in range(FILES):
        first, last = (rows * edge // FILES for edge in (part, part + 1))
        duckdb.sql(f"""
            COPY (SELECT
                DATE '2024-01-01' + CAST(i // {per_day} AS INTEGER) AS date_day,
                CASE i % {len(PLATFORMS)} {platform} END AS platform,
                'Account ' || (i % 5) AS account_name,
                'Campaign ' || (i % {CAMPAIGNS}) AS campaign_name,
                'Ad ' || (i % {CAMPAIGNS * ADS}) AS ad_name,
                i % 97 AS clicks, i % 9973 AS impressions, {measures}
            FROM range({first}, {last}) numbers(i))
            TO '{folder}/{part}.{kind}' (FORMAT {kind})
        """)


def size(folder: Path) -> int:
    """Bytes of a folder's files."""
    return sum(file.stat().st_size for file in folder.iterdir())


def foretold(gigabytes: float) -> tuple[int, float]:
    """Rows of so large a CSV, whole days of them, and GB that pandas would hold them in."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as name:
        write_lake(Path(name), SAMPLE, "csv")
        rows = int(1.001 * gigabytes * 1e9 / (size(Path(name)) / SAMPLE)) // DAYS * DAYS
        frame = pd.read_csv(Path(name) / "0.csv")
    each = frame.memory_usage(deep=True).sum() / len(frame)
    return rows, each * rows / 1e9


def read(code: str, *arguments: object) -> Reading:
    """Run a reading in a process of its own."""
    words = [sys.executable, "-c", code + TELL, *map(str, arguments)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        raise SystemExit(run.stderr)
    told: dict[str, Any] = json.loads(run.stdout)
    return Reading(**told)


def room() -> float:
    """GB of memory that this machine has free; 0 where it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    free = next(line for line in lines if line.startswith("MemAvailable"))
    return int(free.split()[1]) * 1024 / 1e9


def show(name: str, rows: int, bytes_: int, found: Reading) -> None:
    days = len(found.daily["spend"][CHANNELS[0]])
    verdict = "all true" if found.is_true(rows) else "WRONG SUMS"
    print(
        f"{name:<16} {rows:>11,} {bytes_:>13,} {found.seconds:>7.1f} {found.peak:>8.2f} "
        f"{days * len(CHANNELS):>10,}  {verdict}",
        flush=True,
    )


def measure(rows: int, kind: str, memory: str, needed: float | None = None) -> Reading:
    """Write, read and show; then with pandas where told how many GB that would need."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lake(folder, rows, kind)
        found = read(READ, folder, LIMIT, memory)
        show(f"{kind}, DuckDB", rows, size(folder), found)
        if needed is None:
            return found
        # The parts, the whole, and the whole's copies while it is grouped.
        if 3 * needed > room():
            print(
                f"{kind}, pandas: would hold {needed:.1f} GB and more; only {room():.1f} are free"
            )
            return found
        plain = read(PANDAS, folder)
        show(f"{kind}, pandas", rows, size(folder), plain)
    slower, larger = plain.seconds / found.seconds, plain.peak / found.peak
    print(f"pandas took {slower:.1f} times the time and {larger:.1f} times the memory")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--gigabytes", type=float, default=1.2, help="of CSV")
    parser.add_argument("--memory", default="256MB", help="that DuckDB may use")
    asked = parser.parse_args()
    begun = time.perf_counter()
    rows, needed = foretold(asked.gigabytes)
    print(f"The process may ask for {LIMIT} GB, DuckDB for {asked.memory} of it.")
    print(f"{'':<16} {'rows':>11} {'bytes':>13} {'seconds':>7} {'peak GB':>8} {'daily rows':>10}")
    small = measure(rows // 4 // DAYS * DAYS, "csv", asked.memory)
    whole = measure(rows, "csv", asked.memory, needed)
    measure(rows, "parquet", asked.memory)
    print(f"Four times the CSV takes {whole.peak / small.peak:.2f} times the memory.")
    print(f"All of it, with writing the files: {time.perf_counter() - begun:.0f} s.")


if __name__ == "__main__":
    main()
