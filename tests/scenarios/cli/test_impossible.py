"""Impossible wishes from the command line: the limits printed are limits that work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.curves.file import save_curves
from tests.support.commands import budgetopt
from tests.support.scenario_examples import CURVES, write

WISHES = {
    "roas": "budget: 9000\ndefaults: {extrapolation: free}\nportfolio: {min_roas: 90}\n",
    "cpa": "budget: 9000\ndefaults: {extrapolation: free}\nportfolio: {max_cpa: 0.5}\n",
    "share": "budget: 9000\ndefaults: {extrapolation: free}\n"
    "channels: {tv: {min_share: 61.7%}, search: {min_share: 47.3%}}\n",
    "change": "budget: 9000\ndefaults: {extrapolation: free}\n"
    "channels: {tv: {change: [-20%, +10%], min_spend: 8000}}\n",
    "kinds": "budget: 9000\ndefaults: {extrapolation: free}\n"
    "channels: {tv: {min_if_active: 8123, max_spend: 5000, min_spend: 10}}\n",
}
STEP = re.compile(r"[Ww]ith (\S+) at (\S+?)( %)? instead of (\S+?)( %)?[ .]")


@pytest.mark.parametrize("name", WISHES)
def test_a_limit_that_is_offered_works_as_it_is_printed(tmp_path, monkeypatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    save_curves(CURVES, "curves.json")
    write(Path(tmp_path), f"curves: curves.json\nperiod: {{days: 28}}\n{WISHES[name]}", "wish.yaml")
    told = budgetopt("plan", "wish.yaml")
    assert told.exit_code == 3
    lines = [line for line in told.stdout.splitlines() if "a plan exists" in line]
    offers = [match for line in lines if (match := STEP.search(line)) and " and " not in line]
    assert offers
    for offer in offers:
        rule, to, percent, limit, _ = offer.groups()
        values = [float(text.replace(",", "")) for text in (limit, to)]
        nearer = values[0] + 0.9 * (values[1] - values[0])
        for tried, code in ((values[1], 0), (nearer, 3)):
            text = f"{tried:.10g}{'%' if percent else ''}"
            if rule.endswith("change"):
                text = f"[-20%, {tried:+.10g}%]" if tried > 0 else f"[{tried:+.10g}%, +10%]"
            done = budgetopt("plan", "wish.yaml", "--set", f"{rule}={text}")
            assert done.exit_code == code, (offer.group(0), text)
