"""Random problems judged by a referee that shares no code with the optimiser.

    python -m benchmarks.refereed                     200 of one to three channels, 40 larger
    python -m benchmarks.refereed --scenarios 5000 --larger 500

Every kind of rule and of curve at extremes of scale. Claimed: no crash, no false "infeasible", no
plan that breaks a rule, no bound below a plan that the referee finds. What stays open at the time
limit is listed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from tests.support.hard_problems import hard_problem
from tests.support.referee import judge

CHANNELS, RULES = 8, 8  # of the larger problems


def run(count: int, channels: int | None, first: int) -> float:
    """Judge problems from consecutive seeds, print what is wrong and the tally; CPU seconds."""
    tally: Counter[str] = Counter()
    start = time.process_time()
    for seed in range(first, first + count):
        problem = hard_problem(seed, channels, RULES if channels else 4)
        verdict = judge(problem, is_small=channels is None)
        tally[verdict.kind] += 1
        if verdict.kind != "right":
            print(f"  seed {seed}: {verdict.kind}: {verdict.detail}")
    taken = time.process_time() - start
    told = ", ".join(f"{number:,d} {kind}" for kind, number in sorted(tally.items()))
    name = f"{channels} channels" if channels else "one to three channels"
    print(f"{count:,d} problems of {name}: {told}; {taken:.0f} s with the referee")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description="Random problems before a referee.")
    parser.add_argument("--scenarios", type=int, default=200)
    parser.add_argument("--larger", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    asked = parser.parse_args()
    run(asked.scenarios, None, asked.first)
    run(asked.larger, CHANNELS, asked.first)


if __name__ == "__main__":
    main()
