"""How long exports of two million rows take to read, and in how much memory.

Run: python -m benchmarks.exports [ROWS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 2_000_000
LIMITS = (30.0, 1.5)  # seconds, GB
BOOK_ROWS, BOOK_LIMITS = 200_000, (30.0, 0.4)
CAMPAIGNS, GROUPS = 400, 8

# In a process of its own, so that the peak is this reading's and no other's.
READ = """
import resource, sys, time
from models.exports.combine.combine import read_exports
begun = time.perf_counter()
imported = read_exports(sys.argv[1:])
seconds, busy = time.perf_counter() - begun, time.process_time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
files = imported.reconciliation.files
print(seconds, busy, peak, sum(file.rows_read for file in files), len(imported.frame))
"""


def google(rows: int, first: int = 0) -> str:
    """An ad group report with thousands separators, as text."""
    import numpy as np
    import pandas as pd

    chance = np.random.default_rng(first)
    number = np.arange(first, first + rows)
    days = pd.date_range("2023-01-01", periods=1400).strftime("%Y-%m-%d").to_numpy()
    campaign = number % CAMPAIGNS
    frame = pd.DataFrame(
        {
            "Day": days[(number // (CAMPAIGNS * GROUPS)) % len(days)],
            "Account name": "Shop",
            "Campaign status": "Enabled",
            "Campaign": [f"Chiến dịch {one} - Search" for one in campaign],
            "Ad group": [f"Group {one}" for one in number // CAMPAIGNS % GROUPS],
            "Campaign type": "Search",
            "Currency code": "EUR",
            "Cost": chance.gamma(2.0, 60.0, rows).round(2),
            "Impr.": [f"{one:,}" for one in chance.integers(0, 90_000, rows)],
            "Clicks": chance.integers(0, 3_000, rows),
            "Conversions": [f"{one:.2f}" for one in chance.gamma(1.0, 3.0, rows)],
            "Conv. value": [f"{one:,.2f}" for one in chance.gamma(2.0, 900.0, rows)],
        }
    )
    head = 'Campaign report\n"January 1, 2023 - October 31, 2026"\n'
    return head + frame.to_csv(index=False)


def write(file: Path, rows: int, first: int, encoding: str) -> None:
    """Write an export, in a process of its own: a child starts with its parent's peak."""
    code = "import sys; from pathlib import Path; from benchmarks.exports import google; "
    code += "Path(sys.argv[1]).write_text(google(int(sys.argv[2]), int(sys.argv[3])), sys.argv[4])"
    subprocess.run([sys.executable, "-c", code, file, str(rows), str(first), encoding], check=True)


def workbook(file: Path, rows: int) -> None:
    """The same report as a workbook whose sheet states a size of one cell, as Amazon's do."""
    code = (
        "import sys, io, csv, xlsxwriter; from benchmarks.exports import google; "
        "book = xlsxwriter.Workbook(sys.argv[1], {'constant_memory': True}); "
        "sheet = book.add_worksheet(); "
        "[sheet.write_row(at, 0, row) for at, row in "
        "enumerate(csv.reader(io.StringIO(google(int(sys.argv[2])))))]; book.close()"
    )
    subprocess.run([sys.executable, "-c", code, file, str(rows)], check=True)


def measured(files: list[Path]) -> tuple[float, float, float, int, int]:
    """Seconds, of which at work, peak memory in GB, rows read, rows of history."""
    run = subprocess.run(
        [sys.executable, "-c", READ, *map(str, files)], capture_output=True, text=True, check=True
    )
    seconds, busy, peak, read, kept = run.stdout.split()
    return float(seconds), float(busy), float(peak), int(read), int(kept)


def main(rows: int = ROWS) -> None:
    """Print one line per set of files."""
    with tempfile.TemporaryDirectory() as folder:
        one, two, three = (Path(folder) / f"{name}.csv" for name in ("one", "two", "three"))
        write(one, rows, 0, "utf-8")
        write(two, rows * 55 // 100, 0, "utf-16")
        write(three, rows * 55 // 100, rows * 45 // 100, "utf-8")
        print(
            f"{'files':<26} {'rows':>10} {'MB':>5} {'s':>6} {'CPU s':>6} {'GB':>6} {'history':>9}"
        )
        for title, files in (
            ("one file", [one]),
            ("two that share a tenth", [two, three]),
        ):
            seconds, busy, peak, read, kept = measured(files)
            size = sum(file.stat().st_size for file in files) / 2**20
            print(
                f"{title:<26} {read:>10,} {size:>5.0f} {seconds:>6.1f} {busy:>6.1f} {peak:>6.2f}"
                f" {kept:>9,}"
            )
        book = Path(folder) / "book.xlsx"
        workbook(book, BOOK_ROWS)
        seconds, busy, peak, read, kept = measured([book])
        size = book.stat().st_size / 2**20
        print(
            f"{'a workbook':<26} {read:>10,} {size:>5.0f} {seconds:>6.1f} {busy:>6.1f} {peak:>6.2f}"
            f" {kept:>9,}"
        )
        print(
            f"promised for a workbook of {BOOK_ROWS:,} rows: {BOOK_LIMITS[0]:g} s, "
            f"{BOOK_LIMITS[1]:g} GB"
        )
        print(f"promised for {ROWS:,} rows: {LIMITS[0]:g} s, {LIMITS[1]:g} GB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
