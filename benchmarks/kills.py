"""Commands killed at any moment: what they write is there whole or not at all.

Run: python -m benchmarks.kills [COUNT] [--seed N] [--command NAME ...]

Every command that writes is begun in a process of its own and ended by SIGKILL: half of the time at
one of its steps that touch a file or a database (Python reports them), half at a random moment.
Then every file must be as before or as a run to the end leaves it (a workbook, which holds the
time, must be whole), nothing may lie about but files that are known to be unfinished, the register
must pass its audit with its old entries and at most the one that was being written, and the same
command must run to its end.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from models.files import UNFINISHED

TOUCHING = re.compile(r"open|os\.|sqlite3\.|tempfile\.|shutil\.|fcntl\.")
LONGEST = 60.0  # seconds that a command may take here
COMMANDS = {
    "init": "init fresh",
    "import": "import google.csv -o imported.csv",
    "check": "check h.csv -o check.json",
    "fit": "fit h.csv --draws 5 --no-holdout -o fitted.json",
    "export curves": "curves export curves.json -o points.csv",
    "import curves": "curves import points0.csv --days 7 -o again.json",
    "plan": "plan s.yaml -o plan.json --force",
    "plan anew": "plan h.yaml -o new.json",
    "compare": "compare s.yaml t.yaml -o compare.csv",
    "sweep": "sweep s.yaml --budget 10k:12k:2 -o sweep.json",
    "evaluate": "evaluate s.yaml --allocation {split} -o split.json",
    "roll": "roll s.yaml -o january.yaml",
    "explain": "explain plan.json -o why.txt",
    "report": "report plan.json --xlsx plan.xlsx --html plan.html --markdown plan.md",
    "diff": "diff plan.json good.json -o diff.json",
    "schema": "schema -o schema.json",
    "submit": "register submit good.json --register r.sqlite",
    "begin": "register submit good.json --register new.sqlite",
    "approve": "register approve 1 --register r.sqlite",
    "policy": "register policy --limit 9k:2 --register r.sqlite",
    "reject": "register reject 1 --comment no --register r.sqlite",
    "export": "register export 1 --register approved.sqlite -o approved.csv",
}


@dataclass(frozen=True)
class Course:
    """What a command does that runs to its end.

    Parameters
    ----------
    steps : that touch a file
    seconds : that it takes
    files : what every file of the folder then holds, by name
    """

    steps: int
    seconds: float
    files: dict[str, bytes]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, without those that are known to be unfinished."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and UNFINISHED not in path.name
    }


def begun(words: Sequence[str], folder: Path, step: int | None = None, report: int = -1) -> int:
    """The process of a command in a folder; with `step`, it kills itself there."""
    child = os.fork()
    if child:
        return child
    seen = 0

    def watch(event: str, _: tuple) -> None:
        nonlocal seen
        if TOUCHING.match(event):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        os.chdir(folder)
        os.environ["BUDGETOPT_CACHE"] = str(folder / "cache")
        os.environ["BUDGETOPT_CONFIG"] = str(folder / "config")
        from scenarios.cli import main

        sys.addaudithook(watch)
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as told:
            try:
                main(words, prog_name="budgetopt")
            except SystemExit as end:
                code = int(end.code or 0)
        if report >= 0:
            os.write(report, f"{seen}\n{told.getvalue()}".encode())
    finally:
        os._exit(code)


def to_the_end(words: Sequence[str], folder: Path) -> Course:
    """A command that nobody disturbs.

    Raises
    ------
    SystemExit : it fails
    """
    ours, theirs = os.pipe()
    start = time.monotonic()
    child = begun(words, folder, report=theirs)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        steps, _, told = pipe.read().partition("\n")
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"{' '.join(words)}: {told}")
    return Course(int(steps), time.monotonic() - start, contents(folder))


def killed(words: Sequence[str], folder: Path, course: Course, chance: random.Random) -> bool:
    """Whether the blow fell before the command had ended."""
    if chance.random() < 0.5:
        child = begun(words, folder, step=chance.randint(1, course.steps))
    else:
        child = begun(words, folder)
        time.sleep(chance.random() * course.seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def wrong_in(folder: Path, before: dict[str, bytes], course: Course) -> list[str]:
    """What is neither as it was nor as it should become."""
    found, now = [], contents(folder)
    for name, content in now.items():
        if name.startswith(("cache", "config")) or name.endswith("-journal"):
            continue  # by themselves: an entry that is not whole is dropped by the next run
        if name.endswith(".sqlite"):
            found += _wrong_register(folder / name, before.get(name))
        elif name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                found += [f"{name}: {part} is damaged" for part in [book.testzip()] if part]
        elif content not in (before.get(name), course.files.get(name)):
            found.append(f"{name} holds {len(content)} bytes that nobody wrote")
    found += [f"{name} is gone" for name in before if name not in now]
    return found


def _wrong_register(path: Path, before: bytes | None) -> list[str]:
    """An audit with the old entries and at most one more; of a new register, none may be there."""
    from models.errors import InputError
    from scenarios.register import book
    from scenarios.register.store import Register

    old: tuple = ()
    if before is not None:
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place, "old.sqlite")
            copy.write_bytes(before)
            old = Register(copy).entries()
    try:
        register = Register(path)
        now, faults = book.checked(register)
    except InputError as error:
        begun_only = before is None and "there is no register here" in str(error)
        return [] if begun_only else [f"{path.name}: {error}"]
    entries = now.entries
    is_longer = entries[: len(old)] == old and len(entries) - len(old) <= 2
    return [*map(str, faults), *([] if is_longer else [f"{path.name}: entries were lost"])]


def good_folder(folder: Path) -> None:
    """Where every command finds what it reads."""
    from benchmarks.fuzz_inputs import good_files

    os.chdir(folder)
    good_files(folder)
    scenario = Path("s.yaml").read_text()
    Path("t.yaml").write_text(scenario.replace("+10%", "+12%").replace("december", "more"))
    Path("h.yaml").write_text(scenario.replace("curves: curves.json", "history: h.csv"))
    for words in (
        "curves export curves.json -o points0.csv",
        "register submit plan.json --register approved.sqlite",
        "register approve 1 --register approved.sqlite",
    ):
        to_the_end(words.split(), folder)
    # One that is submitted and not yet decided.
    Path("r.sqlite").unlink()
    to_the_end(["register", "submit", "plan.json", "--register", "r.sqlite"], folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", action="append", choices=list(COMMANDS))
    told = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kills-"))
    os.environ["BUDGETOPT_CACHE"] = str(place / "good" / "cache")
    os.environ["BUDGETOPT_CONFIG"] = str(place / "good" / "config")
    good = place / "good"
    good.mkdir()
    try:
        good_folder(good)
        chosen = {name: COMMANDS[name] for name in told.command or COMMANDS}
        _table(good, place / "run", chosen, told.count, told.seed)
    finally:
        os.chdir("/")
        shutil.rmtree(place)


def _table(good: Path, folder: Path, chosen: dict[str, str], count: int, seed: int) -> None:
    import json

    channels = [row["channel"] for row in json.loads((good / "plan.json").read_text())["channels"]]
    split = ",".join(f"{name}=1000" for name in channels)
    print(f"{'command':14} {'steps':>6} {'killed':>7} {'ended':>6} {'wrong':>6}", flush=True)
    each = -(-count // len(chosen))
    for name, line in chosen.items():
        words = line.format(split=split).split()
        shutil.copytree(good, folder)
        before = contents(folder)
        course = to_the_end(words, folder)
        dead, wrong = 0, []
        for number in range(each):
            chance = random.Random(f"{seed} {name} {number}")
            shutil.rmtree(folder)
            shutil.copytree(good, folder)
            dead += killed(words, folder, course, chance)
            wrong += [f"{name} {number}: {fault}" for fault in wrong_in(folder, before, course)]
            if number % 10 == 0 and name not in ("approve", "reject", "submit", "begin", "policy"):
                _runs_again(words, folder)
        shutil.rmtree(folder)
        print(f"{name:14} {course.steps:6} {dead:7} {each - dead:6} {len(wrong):6}", flush=True)
        for fault in wrong:
            print(f"  {fault}", flush=True)


def _runs_again(words: Sequence[str], folder: Path) -> None:
    has_none = "--force" in words or words[0] == "init"
    force = [] if has_none else ["--force"]
    if words[0] == "init" and (folder / "fresh").exists():
        return  # it says which of its files are there
    to_the_end([*words, *force], folder)


if __name__ == "__main__":
    main()
