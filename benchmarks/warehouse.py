"""A folder of files larger than memory, summed by DuckDB where it lies.

Run: python -m benchmarks.warehouse [ROWS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 20_000_000
FILES, DAYS, CAMPAIGNS, ADS = 4, 730, 100, 200
PLATFORMS = ("google_ads", "facebook_ads", "tiktok_ads")
MEMORY = "1GB"  # that DuckDB may use

# In a process of its own, so that the peak is this reading's and no other's.
READ = """
import resource, sys, time
from pathlib import Path
from scenarios import warehouse
warehouse.MEMORY = sys.argv[2]
begun = time.perf_counter()
part = warehouse.read_warehouse(warehouse.Warehouse(files=Path(sys.argv[1]))).part
seconds = time.perf_counter() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(seconds, peak, part.account.rows_read, len(part.frame), part.frame["spend"].sum())
"""


def cents(rows: int) -> int:
    """The spend of all rows together, in cents, without reading them."""
    whole, rest = divmod(rows, 10_007)
    return whole * sum(range(10_007)) + sum(range(rest))


def write_lake(folder: Path, rows: int, kind: str) -> None:
    """Ads by day in Fivetran's schema: `FILES` files of "csv" or "parquet"."""
    import duckdb

    per_day = max(1, rows // DAYS)
    platform = " ".join(f"WHEN {i} THEN '{name}'" for i, name in enumerate(PLATFORMS))
    for part in range(FILES):
        first, last = (rows * edge // FILES for edge in (part, part + 1))
        duckdb.sql(f"""
            COPY (SELECT
                DATE '2024-01-01' + CAST(i // {per_day} AS INTEGER) AS date_day,
                CASE i % {len(PLATFORMS)} {platform} END AS platform,
                'Account ' || (i % 5) AS account_name,
                'Campaign ' || (i % {CAMPAIGNS}) AS campaign_name,
                'Ad ' || (i % {CAMPAIGNS * ADS}) AS ad_name,
                i % 97 AS clicks, i % 9973 AS impressions, (i % 10007) / 100 AS spend,
                i % 5 AS conversions, (i % 3001) / 10 AS conversions_value
            FROM range({first}, {last}) numbers(i))
            TO '{folder}/{part}.{kind}' (FORMAT {kind})
        """)


def measured(folder: Path, memory: str) -> tuple[float, float, int, int, float]:
    """Seconds, peak memory in GB, rows read, sums that came over, their spend."""
    run = subprocess.run(
        [sys.executable, "-c", READ, folder, memory], capture_output=True, text=True, check=True
    )
    seconds, peak, read, sums, spend = run.stdout.split()
    return float(seconds), float(peak), int(read), int(sums), float(spend)


def main(rows: int = ROWS) -> None:
    """Print one line per kind of file."""
    print(f"DuckDB's memory: {MEMORY}")
    print(
        f"{'files':<8} {'rows':>11} {'GB':>5} {'written s':>9} {'s':>6} {'peak GB':>7} {'sums':>8}"
    )
    for kind in ("csv", "parquet"):
        with tempfile.TemporaryDirectory() as name:
            begun = time.perf_counter()
            write_lake(Path(name), rows, kind)
            written = time.perf_counter() - begun
            size = sum(file.stat().st_size for file in Path(name).iterdir()) / 2**30
            seconds, peak, read, sums, spend = measured(Path(name), MEMORY)
        wrong = "" if round(100 * spend) == cents(rows) and read == rows else "  WRONG SUMS"
        print(
            f"{kind:<8} {read:>11,} {size:>5.2f} {written:>9.1f} {seconds:>6.1f} {peak:>7.2f}"
            f" {sums:>8,}{wrong}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
