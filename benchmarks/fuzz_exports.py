"""Ten thousand damaged exports: each is read or refused in words, none ends in a traceback.

Golden files of every platform, the same as workbooks, Parquet and JSON, and tables of no platform.

Run: python -m benchmarks.fuzz_exports [CASES [SEED]]
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pyarrow
import pyarrow.parquet

from models.errors import InputError
from models.exports.combine.combine import read_exports
from models.exports.options import ReadOptions
from tests.support.generic_tables import generic_tables

GOLDEN = Path(__file__).parents[1] / "tests" / "models" / "exports" / "golden"
CASES = 10_000
# What exports hold beside plain figures, and what they should not.
ALPHABET = [
    b"",
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"#",
    b"--",
]
ALPHABET += [b"=1+1", b"1.234", b"1,234", b"1e999", b"-5", b"nan", b"inf", b"Total", b"2026-02-30"]
ALPHABET += [
    b"99/99/9999",
    b"00000000",
    "₫".encode(),
    "\u0661".encode(),
    "\uff11\uff12".encode(),
    b"EUR",
    b"(",
]

Mutation = Callable[[random.Random, bytes], bytes]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _insert(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(ALPHABET) * chance.choice((1, 1, 1, 3)) + data[at:]


def _drop(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randint(1, 60) :]


def _lines(chance: random.Random, data: bytes) -> bytes:
    """Some lines twice, gone, or in another place."""
    lines = data.splitlines(keepends=True)
    for _ in range(chance.randint(1, 4)):
        if not lines:
            break
        line = lines.pop(chance.randrange(len(lines)))
        for _ in range(chance.choice((0, 1, 2))):
            lines.insert(chance.randrange(len(lines) + 1), line)
    return b"".join(lines)


def _cells(chance: random.Random, data: bytes) -> bytes:
    """One delimited piece in place of another."""
    mark = chance.choice((b",", b";", b"\t", b"\n"))
    cells = data.split(mark)
    at = chance.randrange(len(cells))
    cells[at] = chance.choice((chance.choice(cells), chance.choice(ALPHABET)))
    return mark.join(cells)


def _recode(chance: random.Random, data: bytes) -> bytes:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data
    encoding = chance.choice(("utf-16", "utf-16-le", "cp1252", "utf-8", "utf-32", "cp1258"))
    return text.encode(encoding, errors="replace")


MUTATIONS: tuple[Mutation, ...] = (_cut, _flip, _insert, _drop, _lines, _cells, _recode)


def originals() -> list[tuple[str, bytes]]:
    """What is damaged: by name, the bytes of each file."""
    golden = [(path.name, path.read_bytes()) for path in sorted(GOLDEN.rglob("*.csv"))]
    tables = [(f"generic{i}.csv", text.encode()) for i, (text, _) in enumerate(generic_tables(40))]
    plain = [path for path in sorted(GOLDEN.rglob("*.csv")) if _is_plain(path)]
    books = [(f"{path.stem}.xlsx", _workbook(path)) for path in plain[::3]]
    columns = [(f"{path.stem}.parquet", _parquet(path)) for path in plain[::6]]
    notes = [(f"{path.stem}.json", _json(path)) for path in plain[::4]]
    return [*golden, *tables, *books, *columns, *notes]


def _is_plain(path: Path) -> bool:
    """Whether a file is a table in UTF-8 with commas and no preamble."""
    data = path.read_bytes()
    return b"\0" not in data and data.count(b",") > 20 and not data.startswith(b"#")


def _records(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def _workbook(path: Path) -> bytes:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    for record in _records(path):
        book.worksheets[0].append([_number(cell) for cell in record])
    book.save(stream)
    return stream.getvalue()


def _parquet(path: Path) -> bytes:
    records = _records(path)
    width = max(map(len, records))
    columns = [[row[at] if at < len(row) else "" for row in records] for at in range(width)]
    stream = io.BytesIO()
    arrow = pyarrow.table({f"c{at}": column for at, column in enumerate(columns)})
    pyarrow.parquet.write_table(arrow, stream)
    return stream.getvalue()


def _json(path: Path) -> bytes:
    """The rows as an API hands them on, the last as Airbyte stores it."""
    header, *records = _records(path)
    rows = [dict(zip(header, record, strict=False)) for record in records]
    return json.dumps([*rows[:-1], {"_airbyte_data": rows[-1]} if rows else {}]).encode()


def _number(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def mutants(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Golden files with one to three things wrong with them; the same ones for the same seed."""
    chance = random.Random(seed)
    golden = originals()
    for _ in range(count):
        name, data = chance.choice(golden)
        if chance.random() < 0.1 and not data.startswith((b"PK", b"PAR1")):
            data += chance.choice(golden)[1]
        for _ in range(chance.choice((1, 1, 2, 3))):
            data = chance.choice(MUTATIONS)(chance, data)
        yield name, data


def outcome(folder: Path, data: bytes, chance: random.Random) -> str:
    """What reading comes to: "read", or the kind of error; anything but InputError escapes."""
    path = folder / "report.csv"
    path.write_bytes(data)
    told = ReadOptions(decimal={"": "point"}, date_form={"": "dmy"}, period={"": "day"})
    options = told if chance.random() < 0.5 else ReadOptions()
    try:
        imported = read_exports([path], options)
    except InputError as error:
        words = all(fault.where and fault.problem for fault in error.faults)
        return "refused" if error.faults and words else "refused without words"
    for account in imported.reconciliation.files:
        assert account.rows_read == account.rows_kept + sum(o.rows for o in account.left_out)
    return "read"


def main(cases: int = CASES, seed: int = 1) -> None:
    """Print how many mutants were read, refused, or broke the reader."""
    begun = time.perf_counter()
    outcomes: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        chance = random.Random(seed)
        for number, (name, data) in enumerate(mutants(seed, cases)):
            try:
                outcomes[outcome(Path(folder), data, chance)] += 1
            except Exception as error:  # what this run is looking for
                outcomes["traceback"] += 1
                print(f"case {number}, from {name}: {type(error).__name__}: {error}")
    print(f"{cases:,} damaged exports in {time.perf_counter() - begun:.0f} s")
    for kind in ("read", "refused", "refused without words", "traceback"):
        print(f"  {kind:<22} {outcomes[kind]:>7,}")
    sys.exit(1 if outcomes["read"] + outcomes["refused"] < cases else 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
