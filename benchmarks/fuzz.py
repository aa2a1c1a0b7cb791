"""Damaged inputs of every kind, in the thousands: what a stranger's file can do to the program.

Run: python -m benchmarks.fuzz [COUNT] [--seed N] [--kind KIND ...] [--keep FOLDER]

Each input is a good file with a few things wrong: bytes flipped, cut or doubled, values replaced by
ones of another type or size. It is read by the command that takes it. What counts as a failure: an
internal error (exit code 1 or a traceback), more than 20 s of CPU, a figure that is no number, or
channels' spend that does not add up to the plan's. The same seed makes the same inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fuzz_inputs import KINDS, Kind, good_files, run_command

MOST_SECONDS = 20.0


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
            done = run_command(words)
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
