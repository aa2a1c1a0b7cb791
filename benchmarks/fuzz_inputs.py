"""The good files that are damaged, each with the way it is and with the commands that take it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from benchmarks.damage import archive, cells, columns, document, plan, register, settings


@dataclass(frozen=True)
class Kind:
    """One kind of input: the good file, how it is damaged, and the commands that take it."""

    name: str
    file: str
    damage: Callable[[random.Random, bytes], bytes]
    commands: tuple[tuple[str, ...], ...]


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
        done = run_command(words)
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


def run_command(words: tuple[str, ...]) -> Any:
    from scenarios.cli import main

    return CliRunner().invoke(main, list(words))
