"""Time and size of a large plan's reports, and of a long register.

    python -m benchmarks.reports

Claimed: workbook and page of 50 channels and 12 periods within 3 s together, page under 6 MB.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scenarios.plan.plan import dump, parse
from scenarios.register import book
from scenarios.register.store import Register
from scenarios.report.markdown import markdown
from scenarios.report.page.page import page
from scenarios.report.workbook.workbook import workbook
from tests.support.plan_factory import make_plan

REPEATS = 3
PLANS_IN_REGISTER = 200


@dataclass(frozen=True)
class Timed:
    """The shortest of a few runs: seconds of wall time and of the processor, and what it made."""

    wall: float
    processor: float
    made: object


def timed(work: Callable[[], object]) -> Timed:
    runs = []
    for _ in range(REPEATS):
        wall, processor = time.perf_counter(), time.process_time()
        made = work()
        runs.append(Timed(time.perf_counter() - wall, time.process_time() - processor, made))
    return min(runs, key=lambda run: run.wall)


def size(made: object) -> str:
    content = made.encode() if isinstance(made, str) else made
    return f"{len(content) / 1e6:.2f} MB" if isinstance(content, bytes) else ""


def main() -> None:
    """Print the table."""
    print(f"{'plan':>24} {'what':>10} {'wall s':>8} {'cpu s':>8} {'size':>9}")
    for channels, periods in ((8, 0), (50, 0), (50, 12)):
        plan = make_plan(channels, periods)
        name = f"{channels} channels, {periods or 1} periods"
        together = []
        text = dump(plan)
        for what, work in (
            ("read", lambda text=text: parse(text, "plan.json")),
            ("workbook", lambda plan=plan: workbook([plan])),
            ("page", lambda plan=plan: page([plan])),
            ("text", lambda plan=plan: markdown(plan)),
        ):
            run = timed(work)
            together += [run] if what in ("workbook", "page") else []
            print(f"{name:>24} {what:>10} {run.wall:8.3f} {run.processor:8.3f} {size(run.made):>9}")
        wall, processor = (sum(getattr(r, key) for r in together) for key in ("wall", "processor"))
        print(f"{name:>24} {'w. + p.':>10} {wall:8.3f} {processor:8.3f}   claimed: 3")
    _register()


def _register() -> None:
    documents = [dump(make_plan(8, name=f"plan {i}")) for i in range(PLANS_IN_REGISTER)]
    with tempfile.TemporaryDirectory() as folder:
        register = Register(Path(folder) / "register.sqlite")
        start = time.perf_counter()
        for number, document in enumerate(documents):
            written = book.submit(register, document)
            if number % 2:
                book.approve(register, written.plan.number)
        each = (time.perf_counter() - start) / (1.5 * PLANS_IN_REGISTER)
        count = len(register.entries())
        audited = timed(lambda: book.audit(register)).wall
    print(f"register of {count} entries: {1000 * each:.1f} ms an entry, audit {audited:.3f} s")


if __name__ == "__main__":
    main()
