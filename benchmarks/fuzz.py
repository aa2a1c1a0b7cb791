"""Damaged inputs of every kind, in the thousands: what a stranger's file can do to the program.

Run: python -m benchmarks.fuzz [COUNT] [--seed N] [--kind KIND ...] [--keep FOLDER]

Each input is a good file with a few things wrong: bytes flipped, cut or doubled, values replaced by
ones of another type or size. It is read by the command that takes it. What counts as a failure: an
internal error (exit code 1 or a traceback), more than 20 s of CPU, a figure that is no number, or
channels' spend that does not add up to the plan's. The same seed makes the same inputs.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

MOST_SECONDS = 20.0
WORDS = (
    *("nan", "inf", "-inf", "1e308", "1e150", "-1", "0", "9" * 310, "1" * 5000, "", "null"),
    *("true", "[]", "{}", "'", '"', "\x00", "\x1b[31m", "‮", "​", "﻿", "=1+1"),
    *("12,5", "1.234.567", "2026-02-30", "2026-13-01", "0001-01-01", "tv", "*a", "&a", "!!x y"),
    *("50%", "-50%", "1e9%", "+", "current", "free", "\\ud800", "/(a+)+$/", "${HOME}", "\n", "\t"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.5, 1e308, -1e308, 1e-320, 10**310, float("nan")),
    *(float("inf"), "", "x", "NaN", "\ud800", "​", [], [1], [None], {}, {"a": 1}, [[[]]]),
)


@dataclass(frozen=True)
class Kind:
    """One kind of input: the good file, how it is damaged, and the commands that take it."""

    name: str
    file: str
    damage: Callable[[random.Random, bytes], bytes]
    commands: tuple[tuple[str, ...], ...]


def text(chance: random.Random, raw: bytes) -> bytes:
    """A text with a few pieces cut, doubled, or replaced by words that mean something somewhere."""
    found = raw.decode()
    for _ in range(chance.choice((1, 1, 2, 4))):
        start = chance.randrange(len(found) + 1)
        end = min(len(found), start + chance.choice((0, 1, 1, 3, 8, 40)))
        piece = chance.choice(("", found[start:end] * 2, chance.choice(WORDS)))
        found = found[:start] + piece + found[end:]
    raw = found.encode("utf-8", "surrogatepass")
    return binary(chance, raw) if chance.random() < 0.1 else raw


def binary(chance: random.Random, raw: bytes) -> bytes:
    """Bytes flipped, cut out or doubled."""
    found = bytearray(raw)
    for _ in range(chance.choice((1, 2, 5, 20))):
        if not found:
            break
        at = chance.randrange(len(found))
        what = chance.random()
        if what < 0.7:
            found[at] = chance.randrange(256)
        elif what < 0.85:
            del found[at : at + chance.choice((1, 16, 200))]
        else:
            found[at:at] = found[at : at + chance.choice((1, 16, 200))]
    return bytes(found)


def document(chance: random.Random, raw: bytes) -> bytes:
    """JSON with values replaced, keys renamed or taken away."""
    if chance.random() < 0.2:
        return text(chance, raw)
    content = json.loads(raw)
    for _ in range(chance.choice((1, 1, 2, 4))):
        places = list(_places(content))
        holder, key = chance.choice(places)
        what = chance.random()
        if what < 0.75:
            holder[key] = copy.deepcopy(chance.choice(VALUES))
        elif what < 0.9 and isinstance(holder, dict):
            del holder[key]
        elif isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        if not places or not content:
            break
    return json.dumps(content).encode()


def settings(chance: random.Random, raw: bytes) -> bytes:
    """YAML with values of other types and sizes, or damaged as a text."""
    from ruamel.yaml import YAML

    if chance.random() < 0.3:
        return text(chance, raw)
    values = json.dumps(YAML(typ="safe", pure=True).load(raw), default=str)
    changed = document(chance, values.encode()).decode("utf-8", "replace")
    if chance.random() < 0.5:
        changed = changed.replace("null", json.dumps(chance.choice(WORDS[:9] + WORDS[22:])), 1)
    return changed.encode()


def cells(chance: random.Random, raw: bytes) -> bytes:
    """CSV with cells replaced, rows doubled, or damaged as a text."""
    if chance.random() < 0.3:
        return text(chance, raw)
    rows = [line.split(",") for line in raw.decode().splitlines()]
    for _ in range(chance.choice((1, 1, 2, 5))):
        row = chance.choice(rows)
        what = chance.random()
        if what < 0.8:
            row[chance.randrange(len(row))] = chance.choice(WORDS)
        elif what < 0.9:
            rows.insert(chance.randrange(len(rows)), list(row))
        else:
            at = chance.randrange(len(row))
            for other in rows[1:]:
                if at < len(other):
                    other[at] = chance.choice(("0", "1e150", "1e-320", "x", other[at] + "0"))
    return "\n".join(",".join(row) for row in rows).encode() + b"\n"


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    keys = content if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _places(content[key])


def plan(chance: random.Random, raw: bytes) -> bytes:
    """A plan whose hash fits again, so that what is inside is looked at too."""
    from scenarios.plan.plan import _digest

    damaged = document(chance, raw)
    try:
        content = json.loads(damaged)
        content.pop("sha256", None)
        content["sha256"] = _digest(content)
        return json.dumps(content).encode()
    except (ValueError, AttributeError):
        return damaged


def archive(chance: random.Random, raw: bytes) -> bytes:
    """A workbook with a damaged part, or damaged as a whole."""
    import io
    import zipfile

    if chance.random() < 0.2:
        return binary(chance, raw)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w") as new:
        names = old.namelist()
        target = chance.choice(names)
        for name in names:
            part = old.read(name)
            if name == target:
                if chance.random() < 0.1:
                    continue
                part = (text if chance.random() < 0.7 else binary)(chance, part)
            new.writestr(name, part)
    return made.getvalue()


def columns(chance: random.Random, raw: bytes) -> bytes:
    """Parquet damaged in its bytes, or written with columns of other types."""
    import io

    import pandas as pd

    if chance.random() < 0.6:
        return binary(chance, raw)
    frame = pd.read_parquet(io.BytesIO(raw))
    name = chance.choice(list(frame.columns))
    value = chance.choice((None, True, b"\xff", "x", [1], {"a": 1}, 10**18, math.inf, math.nan, ""))
    if chance.random() < 0.5:
        frame[name] = pd.Series([value] * len(frame), dtype=object)
    else:
        at = chance.randrange(len(frame))
        changed = [value if row == at else cell for row, cell in enumerate(frame[name].tolist())]
        frame[name] = pd.Series(changed, dtype=object)
    made = io.BytesIO()
    try:
        frame.to_parquet(made)
    except Exception:  # of mixed types there is no Parquet
        return binary(chance, raw)
    return made.getvalue()


def register(chance: random.Random, raw: bytes) -> bytes:
    """A register altered by somebody who knows SQL, or damaged in its bytes."""
    if chance.random() < 0.5:
        return binary(chance, raw)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "r.sqlite")
        path.write_bytes(raw)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            table, column = chance.choice(
                [(table, column) for table, names in TABLES.items() for column in names]
            )
            value = chance.choice((None, -1, 10**18, 0.5, "", "x", "\x1b[31m", b"\xff", "[]", "{}"))
            connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,))
        except sqlite3.Error:
            pass
        connection.close()
        return path.read_bytes()


TABLES = {
    "register_entries": ("number", "at", "who", "action", "plan", "comment", "details", "hash"),
    "register_documents": ("sha256", "content"),
    "register_schema": ("name",),
}
CHECK, PLAN = ("check", "FILE"), ("plan", "s.yaml", "--format", "json")
KINDS = (
    Kind("scenario", "s.yaml", settings, (PLAN, ("explain", "s.yaml"), ("next", "s.yaml"))),
    Kind("csv", "h.csv", cells, (CHECK, ("check", "FILE", "--format", "json"))),
    Kind("xlsx", "h.xlsx", archive, (CHECK,)),
    Kind("parquet", "h.parquet", columns, (CHECK,)),
    Kind("curves", "curves.json", document, (PLAN, ("explain", "s.yaml"))),
    Kind(
        "plan",
        "plan.json",
        plan,
        (
            ("report", "FILE"),
            ("explain", "FILE"),
            ("diff", "FILE", "good.json"),
            ("verify", "FILE"),
        ),
    ),
    Kind(
        "register",
        "r.sqlite",
        register,
        (
            ("register", "audit", "--register", "FILE"),
            ("register", "list", "--register", "FILE"),
            ("register", "history", "--register", "FILE"),
            ("register", "export", "1", "--register", "FILE"),
            ("register", "submit", "good.json", "--register", "FILE"),
        ),
    ),
    Kind("channels", "c.yaml", settings, (("import", "google.csv", "--channels", "FILE"),)),
    Kind("weights", "w.csv", cells, (("fit", "h.csv", "--weights", "FILE", "--no-holdout"),)),
    Kind("lift", "l.csv", cells, (("fit", "h.csv", "--lift-tests", "FILE", "--no-holdout"),)),
)


def good_files(folder: Path) -> None:
    """The files that are damaged, written by the program itself where it writes such."""
    import pandas as pd

    from models.datasets.simulated_channels import sample_history

    frame = sample_history().frame.copy()
    frame = frame[frame["channel"].isin(sorted(frame["channel"].unique())[:2])].tail(120)
    frame.to_csv(folder / "h.csv", index=False)
    pd.read_csv(folder / "h.csv").to_parquet(folder / "h.parquet")
    pd.read_csv(folder / "h.csv").to_excel(folder / "h.xlsx", index=False)
    commands = [
        ("fit", "h.csv", "--no-holdout", "-o", "curves.json"),
        (*PLAN[:2], "-o", "plan.json"),
        (*PLAN[:2], "--budget", "+10%", "-o", "good.json"),
        ("register", "submit", "plan.json", "--register", "r.sqlite"),
        ("register", "approve", "1", "--register", "r.sqlite"),
    ]
    names = sorted(frame["channel"].unique())
    (folder / "s.yaml").write_text(SCENARIO.format(*names))
    (folder / "google.csv").write_text(GOOGLE)
    (folder / "c.yaml").write_text(CHANNELS)
    (folder / "w.csv").write_text(f"channel,start,end,weight\n{names[0]},2025-11-03,2025-11-09,0\n")
    (folder / "l.csv").write_text(LIFT.format(names[0]))
    for words in commands:
        done = _run(words)
        if done.exit_code:
            raise SystemExit(f"{words}: {done.output}")


SCENARIO = """\
curves: curves.json
name: december
period: 2026-12
budget: +10%
objective: revenue
channels:
  {0}: {{min_share: 10%, change: [-20%, +30%]}}
  {1}: {{max_cpa: 500, step: 100}}
defaults: {{change: [-50%, +50%], extrapolation: free, unusable: free}}
groups: {{both: {{channels: [{0}, {1}], min_spend: 100}}}}
portfolio: {{max_changed: 4}}
"""
GOOGLE = """\
Campaign report
"1 June 2026 - 2 June 2026"
Day,Campaign,Campaign type,Currency code,Cost,Impressions,Clicks,Conversions,Conv. value
2026-06-01,Brand,Search,EUR,10.50,1000,50,5.00,200.00
2026-06-02,Brand,Search,EUR,11.50,1100,55,6.00,220.00
2026-06-01,Shoes,Shopping,EUR,20.50,2000,80,7.00,300.00
2026-06-02,Shoes,Shopping,EUR,21.50,2100,85,8.00,320.00
"""
CHANNELS = """\
channels:
  - {channel: brand, platform: google_ads, type: search, campaign: '*brand*'}
  - {channel: shopping, platform: google_ads, campaign: /^(Sho|x)/, account: '*'}
"""
LIFT = """\
channel,start,end,spend,spend_without,incremental,standard_error
{},2025-10-06,2025-11-02,20000,10000,100,30
"""


def _run(words: tuple[str, ...]) -> Any:
    from scenarios.cli import main

    return CliRunner().invoke(main, list(words))


class TooSlow(BaseException):
    """Nothing catches it but the one who set the time."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def verdict(words: tuple[str, ...]) -> str:
    """ "read", "refused", or what went wrong."""
    try:
        with _limited(MOST_SECONDS):
            done = _run(words)
    except TooSlow:
        return "slow"
    if done.exit_code not in (0, 2, 3) or "Traceback" in done.output:
        return "internal: " + (done.stderr.strip().splitlines() or [repr(done.exception)])[0]
    if done.exit_code == 2:
        return "refused"
    if "--format" in words:
        return _figures(done.stdout)
    return "read"


def _figures(output: str) -> str:
    def no_number(name: str) -> float:
        raise ValueError(name)

    try:
        content = json.loads(output, parse_constant=no_number)
    except ValueError as error:
        return f"internal: figure {error}"
    if isinstance(content, dict) and content.get("proposed"):
        spend = sum(line["spend"] for line in content["channels"])
        whole = content["proposed"]["spend"]
        if abs(spend - whole) > 0.005 * (1 + 1e-9 * abs(whole)):
            return f"internal: {spend} is not {whole}"
    return "read"


def fuzz(kind: Kind, count: int, seed: int, keep: Path | None = None) -> Counter[str]:
    """What became of so many damaged inputs of a kind, in the current folder of good files."""
    tally: Counter[str] = Counter()
    good = Path(kind.file).read_bytes()
    suffix = Path(kind.file).suffix
    target = Path(kind.file if "FILE" not in kind.commands[0] else f"damaged{suffix}")
    for number in range(count):
        chance = random.Random(f"{seed} {kind.name} {number}")
        damaged = kind.damage(chance, good)
        target.write_bytes(damaged)
        words = chance.choice(kind.commands)
        found = verdict(tuple(str(target) if word == "FILE" else word for word in words))
        tally[found.partition(":")[0]] += 1
        if found not in ("read", "refused"):
            print(f"{kind.name} {number} ({' '.join(words)}): {found[:300]}", flush=True)
            if keep is not None:
                (keep / f"{kind.name}-{number}{suffix}").write_bytes(damaged)
    target.write_bytes(good)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=[kind.name for kind in KINDS])
    parser.add_argument("--keep", type=Path)
    told = parser.parse_args()
    keep = told.keep.resolve() if told.keep else None
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    os.environ["BUDGETOPT_CACHE"] = str(folder / "cache")
    os.environ["BUDGETOPT_CONFIG"] = str(folder / "config")
    os.chdir(folder)
    try:
        good_files(folder)
        print(f"{'kind':10} {'inputs':>7} {'read':>7} {'refused':>8} {'failed':>7} {'CPU s':>7}")
        for kind in KINDS:
            if told.kind and kind.name not in told.kind:
                continue
            began = time.process_time()
            tally = fuzz(kind, told.count, told.seed, keep)
            failed = sum(tally.values()) - tally["read"] - tally["refused"]
            print(
                f"{kind.name:10} {told.count:7,} {tally['read']:7,} {tally['refused']:8,} "
                f"{failed:7,} {time.process_time() - began:7.1f}",
                flush=True,
            )
    finally:
        os.chdir("/")
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
