"""Every command once, on the versions that are installed: `python tests/support/smoke.py`.

Run against an installed package: what a person does in a first week, from the demo to a signed
register, over every reader and writer that needs a package of its own. It says nothing of figures
but that plans add up: that the declared lower bounds do all this is its point.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pandas as pd

BUDGETOPT = [sys.executable, "-m", "scenarios.cli"]
PATIENCE = 120.0  # seconds until a served page must answer
TABLE = "SELECT date, channel, spend, conversions FROM"
# In this order, in one folder, on what the ones before have written.
STEPS = """
demo
init .
import campaigns.csv --period week --column revenue=revenue -o imported.csv
check history.csv --lang vi
check history.xlsx
check history.parquet
check sqlite.yaml
check lake.yaml
fit history.csv -o curves.json --plots plots
fit history.csv --carry-over delayed --draws 20 -o delayed.json
fit mix.csv --shape mix --kpi conversions --spend tv=tv --spend search=search --draws 20
curves export curves.json -o points.csv
curves import points.csv --days 7 -o again.json
backtest history.csv
plan base.yaml -o plan.json
plan base.yaml --solver CBC
plan quarter.yaml -o quarter.json
plan sqlite.yaml
plan lake.yaml
plan risk.yaml
batch accounts.parquet --scenario template.yaml -o results
batch accounts.parquet --scenario template.yaml -o others --engine dask
serve base.yaml --no-browser --port PORT
compare base.yaml growth.yaml
sweep base.yaml --budget 220k:300k:3
next base.yaml --amount 10k
frontier growth.yaml --points 2
evaluate base.yaml --allocation split.csv
plan weeks.yaml -o weeks.json
track weeks.json january.csv --history both.csv
roll base.yaml -o february.yaml
explain plan.json
report plan.json --xlsx plan.xlsx --html plan.html --markdown plan.md
diff plan.json quarter.json
verify plan.json
register submit plan.json
register policy --one-per-period
register approve 1 --by anna
register sign --key key.pem
register audit --trust key.pub
register export 1 -o approved.csv
schema plan
"""


def write_inputs(folder: Path) -> None:
    """What the steps read beside the demo's own files."""
    history = pd.read_csv(folder / "history.csv")
    history.to_excel(folder / "history.xlsx", index=False)
    (folder / "lake").mkdir()
    history.to_parquet(folder / "lake" / "history.parquet", index=False)
    history.to_parquet(folder / "history.parquet", index=False)
    with sqlite3.connect(folder / "ads.db") as connection:
        history.to_sql("report", connection, index=False)
    connection.close()
    wide = history.pivot(index="date", columns="channel", values="spend")[["search", "video"]]
    wide = wide.set_axis(["search", "tv"], axis=1)
    wide["conversions"] = history.groupby("date")["conversions"].sum()
    wide.to_csv(folder / "mix.csv")
    last = history[history["date"] >= "2025-11-24"]
    dates = pd.to_datetime(last["date"]) + pd.Timedelta(days=42)
    january = last.assign(date=dates.dt.strftime("%Y-%m-%d"))
    january.to_csv(folder / "january.csv", index=False)
    pd.concat([history, january]).drop_duplicates(["date", "channel"]).to_csv(
        folder / "both.csv", index=False
    )
    campaigns = history.rename(columns={"channel": "campaign_name", "date": "date_day"})
    campaigns.assign(platform="google_ads", currency="EUR").drop(columns="new_customers").to_csv(
        folder / "campaigns.csv", index=False
    )
    today = history[history["date"] >= "2025-12-01"].groupby("channel")["spend"].sum() / 28 * 31
    today.rename("spend").round(2).reset_index().to_csv(folder / "split.csv", index=False)
    rest = "\nbudget: current\nperiod: {days: 28}\n"
    sources = {
        "sqlite": f"{{url: 'sqlite:///ads.db', query: '{TABLE} report'}}",
        "lake": f"{{tables: lake, query: '{TABLE} history'}}",
    }
    for name, source in sources.items():
        (folder / f"{name}.yaml").write_text(f"history: {source}{rest}", encoding="utf-8")
    accounts = [history.assign(account=name) for name in ("north", "south")]
    pd.concat(accounts).to_parquet(folder / "accounts.parquet", index=False)
    (folder / "template.yaml").write_text(rest, encoding="utf-8")
    weeks = "history: history.csv\nbudget: current\nperiod: {start: 2026-01-05, end: 2026-03-01}\n"
    (folder / "weeks.yaml").write_text(weeks, encoding="utf-8")
    risk = f"history: history.csv{rest}risk: {{measure: cvar, level: 90%}}\n"
    (folder / "risk.yaml").write_text(risk, encoding="utf-8")


def write_keys(folder: Path) -> None:
    """An Ed25519 key pair to sign with."""
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = (forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*private))
    public = (forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    (folder / "key.pub").write_bytes(key.public_key().public_bytes(*public))


def run(step: str, folder: Path) -> str:
    """What is wrong with a step; nothing where all is well."""
    start = time.monotonic()
    done = subprocess.run(
        [*BUDGETOPT, *step.split()], cwd=folder, capture_output=True, text=True, check=False
    )
    print(f"{time.monotonic() - start:5.1f} s  budgetopt {step}", flush=True)
    if done.returncode == 0 and "Traceback" not in done.stderr:
        return ""
    return f"budgetopt {step}: exit {done.returncode}\n{done.stdout[-800:]}{done.stderr[-1500:]}"


def served(step: str, folder: Path) -> str:
    """What is wrong with a page that is served until it was asked for."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = step.replace("PORT", str(port)).split()
    start = time.monotonic()
    with (folder / "served.txt").open("w") as said:
        server = subprocess.Popen([*BUDGETOPT, *words], cwd=folder, stdout=said, stderr=said)
    try:
        while server.poll() is None and time.monotonic() - start < PATIENCE:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                    print(f"{time.monotonic() - start:5.1f} s  budgetopt {step}", flush=True)
                    return "" if b"<html" in answer.read() else "it serves no page"
            except OSError:
                time.sleep(0.2)
    finally:
        server.terminate()
        server.wait()
    return f"budgetopt {step}: no answer\n{(folder / 'served.txt').read_text()[-1500:]}"


def main() -> None:
    from scenarios.cli import COMMANDS

    print(f"Python {sys.version.split()[0]}, numpy {version('numpy')}, pandas {version('pandas')}")
    steps = [line for line in STEPS.splitlines() if line]
    wrong = [f"no step for {name}" for name in COMMANDS if not _has(name, steps)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for step in steps:
            wrong.append((served if step.startswith("serve") else run)(step, folder))
            if wrong[-1]:
                print(wrong[-1], flush=True)
            if step == "init .":
                write_inputs(folder)
                write_keys(folder)
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        spent = sum(row["spend"] for row in plan["channels"])
        if abs(spent - plan["proposed"]["spend"]) > 0.005:
            wrong.append(f"the plan's channels spend {spent}, together {plan['proposed']['spend']}")
    if faults := [fault for fault in wrong if fault]:
        sys.exit(f"{len(faults)} failures")
    print(f"{len(steps)} steps, no failure")


def _has(command: str, steps: list[str]) -> bool:
    return any(step.split()[0] == command for step in steps)


if __name__ == "__main__":
    main()
