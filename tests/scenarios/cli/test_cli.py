"""Whole commands: what they print where, and how they leave."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.curves.file import save_curves
from scenarios import demo
from scenarios.cli import main
from scenarios.language.numbers import amount
from scenarios.plan.plan import parse
from tests.support.commands import budgetopt, refused
from tests.support.scenario_examples import CURVES, write

HEAD = "curves: curves.json\nperiod: 2026-12\n"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with a curves file and a scenario on it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    save_curves(CURVES, "curves.json")
    write(tmp_path, f"{HEAD}budget: current\ndefaults: {{change: [-30%, +30%]}}\n", "base.yaml")
    return tmp_path


# What works


def test_a_plan_in_every_form_says_the_same(folder) -> None:
    plan = parse(budgetopt("plan", "base.yaml", "--format", "json").stdout, "plan.json")
    table = budgetopt("plan", "base.yaml").stdout
    rows = list(
        csv.DictReader(io.StringIO(budgetopt("plan", "base.yaml", "--format", "csv").stdout))
    )
    assert [row["channel"] for row in rows] == [row.channel for row in plan.channels]
    for row, line in zip(rows, plan.channels, strict=True):
        assert float(row["spend"]) == line.spend
        assert f"{line.spend:,.0f}" in table
    assert plan.proposed is not None
    assert plan.current is not None
    assert plan.proposed.spend == plan.current.spend
    assert "Proof: no plan under these rules can beat this by more than" in table


def test_the_same_inputs_give_the_same_bytes(folder) -> None:
    once = budgetopt("plan", "base.yaml", "--format", "json").stdout
    assert budgetopt("plan", "base.yaml", "--format", "json").stdout == once


def test_output_goes_to_the_file_in_the_form_of_its_suffix(folder) -> None:
    shown = budgetopt("plan", "base.yaml", "--format", "json").stdout
    result = budgetopt("plan", "base.yaml", "--output", "plan.json")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "wrote plan.json\n")
    assert (folder / "plan.json").read_text(encoding="utf-8") == shown
    result = budgetopt("plan", "base.yaml", "--quiet", "--output", "plan.csv")
    assert result.output == ""
    assert (folder / "plan.csv").read_text(encoding="utf-8").startswith("channel,current_spend,")


def test_settings_change_the_plan(folder) -> None:
    arguments = ["--budget", "+10%", "--set", "channels.tv.locked=true", "--format", "json"]
    plan = parse(budgetopt("plan", "base.yaml", *arguments).stdout, "")
    assert plan.proposed is not None
    assert plan.current is not None
    assert plan.proposed.spend == pytest.approx(1.1 * plan.current.spend, abs=0.01)
    (tv,) = (row for row in plan.channels if row.channel == "tv")
    assert tv.spend == tv.current_spend
    assert list(plan.provenance.overrides) == ["channels.tv.locked=true", "budget=+10%"]


def test_a_simple_plan_says_what_simplicity_gives_up(folder) -> None:
    arguments = ["plan", "base.yaml", "--budget", "+20%", "--format", "json"]
    best, simple = (
        parse(budgetopt(*arguments, *more).stdout, "") for more in ((), ("--within", "2%"))
    )
    few, many = (
        sum(row.spend != row.current_spend for row in plan.channels) for plan in (simple, best)
    )
    assert (few, many) == (2, 3)
    assert best.certificate is not None
    assert simple.certificate is not None
    assert simple.certificate.value >= 0.98 * best.certificate.value
    assert simple.certificate.gap <= 0.021
    assert simple.scenario["within"] == "2%"
    assert simple.warnings[0].startswith("kept simple: 2 of 3 channels change, ")


def test_a_sweep_and_the_next_money_are_as_simple_as_asked(folder) -> None:
    def moved(*arguments: str) -> list[int]:
        found = json.loads(budgetopt(*arguments, "--format", "json").stdout)
        now = {row.channel: row.current_spend for row in today.channels}
        splits = [found["plan"]] if "plan" in found else [p["channels"] for p in found["points"]]
        return [sum(abs(split[k] - now[k]) > 1.0 for k in now) for split in splits]

    today = parse(budgetopt("plan", "base.yaml", "--format", "json").stdout, "")
    asked = ("sweep", "base.yaml", "--set", "channels.tv.max_spend=29000:30000:2")
    best, simple = moved(*asked), moved(*asked, "--within", "2%")
    assert all(few < many for few, many in zip(simple, best, strict=True)), (simple, best)
    assert moved("next", "base.yaml", "--within", "2%") < moved("next", "base.yaml")
    for command in ("next", "sweep"):
        arguments = (command, "base.yaml", "--solver", "HiGH")
        more = ("--budget", "80k:90k:2") if command == "sweep" else ()
        assert "'HiGH' is not installed here" in refused(*arguments, *more)[0]


def test_another_solver_finds_the_same_split(folder) -> None:
    one, other = (
        parse(budgetopt("plan", "base.yaml", "--solver", name, "--format", "json").stdout, "")
        for name in ("HiGHS", "CBC")
    )
    assert other.certificate is not None
    assert other.certificate.solver == "CBC"
    for row, same in zip(one.channels, other.channels, strict=True):
        assert row.spend == pytest.approx(same.spend, rel=1e-4)
    assert refused("plan", "base.yaml", "--solver", "HiGH") == [
        "error: solver: 'HiGH' is not installed here. Did you mean HiGHS? Available: CBC, HiGHS"
    ]


def test_without_time_the_best_plan_so_far_has_its_honest_gap(folder) -> None:
    # Without a cap over several channels the price of money proves the plan in no time at all.
    asked = ("plan", "base.yaml", "--set", "portfolio.max_cpa=60")
    best = parse(budgetopt(*asked, "--format", "json").stdout, "").certificate
    result = budgetopt(*asked, "--time-limit", "0.000001", "--format", "json")
    plan = parse(result.stdout, "")
    assert (result.exit_code, plan.status) == (0, "time_limit")
    assert best is not None
    assert plan.certificate is not None
    assert plan.certificate.bound >= best.value
    assert plan.certificate.gap == pytest.approx(
        plan.certificate.bound / plan.certificate.value - 1, rel=1e-3
    )
    assert "Stopped at the time limit: a better plan may exist, by at most " in (
        budgetopt(*asked, "--time-limit", "0.000001").stdout
    )


def test_money_that_brings_less_than_the_target_stays_unspent(folder) -> None:
    write(
        folder,
        f"{HEAD}budget: {{max: 300000}}\ntarget_marginal_roas: 2\n"
        "defaults: {extrapolation: free}\n",
        "target.yaml",
    )
    plan = parse(budgetopt("plan", "target.yaml", "--format", "json").stdout, "")
    for row in plan.channels:
        assert row.marginal_roas == pytest.approx(2.0, rel=1e-3)
    assert plan.proposed is not None
    assert plan.unspent == pytest.approx(300_000 - plan.proposed.spend, abs=0.01)
    table = " ".join(budgetopt("plan", "target.yaml").stdout.split())
    assert "left unspent: the next unit would bring less than 2.00." in table
    assert "revenue beyond 2.00 per unit of spend" in table


def test_explain_of_a_plan_and_of_its_scenario_say_the_same(folder) -> None:
    assert budgetopt("plan", "base.yaml", "--output", "plan.json").exit_code == 0
    ours, theirs = (
        json.loads(budgetopt("explain", name, "--format", "json").stdout)
        for name in ("plan.json", "base.yaml")
    )
    assert ours == theirs
    rules = ours["rules"]
    assert rules[0]["is_binding"]
    for rule in rules:
        holds = (rule["price_holds_from"], rule["price_holds_to"])
        if rule["is_binding"] and rule["shadow_price"]:
            assert holds[0] <= rule["limit"] <= holds[1]
        else:
            assert holds == (None, None)
    rows = list(
        csv.DictReader(io.StringIO(budgetopt("explain", "plan.json", "--format", "csv").stdout))
    )
    assert [row["rule"] for row in rows] == [rule["rule"] for rule in rules]
    text = budgetopt("explain", "plan.json").stdout
    assert "One more unit of budget brings " in text
    assert "more rules do not bind." in text


def test_explain_puts_the_dearest_rule_first_and_says_its_cost(folder) -> None:
    locks = "channels: {search: {locked: true}, tv: {max_spend: 20000}}\n"
    write(folder, f"{HEAD}budget: current\n{locks}", "locks.yaml")
    rules = json.loads(budgetopt("explain", "locks.yaml", "--format", "json").stdout)["rules"]
    costs = [rule["cost"] or 0.0 for rule in rules if rule["is_binding"]]
    assert costs == sorted(costs, reverse=True)
    with_rule, without = (
        parse(budgetopt("plan", "locks.yaml", *more, "--format", "json").stdout, "").certificate
        for more in ((), ("--set", f"{rules[0]['rule']}=null"))
    )
    assert with_rule is not None
    assert without is not None
    gain = without.value - with_rule.value
    assert costs[0] == pytest.approx(gain, abs=3e-4 * without.value)
    assert costs[0] > 100
    text = budgetopt("explain", "locks.yaml").stdout
    assert f"Without it the plan would bring {costs[0]:,.0f} more revenue." in text


def test_explain_says_what_it_cannot_know(folder) -> None:
    budgetopt("plan", "base.yaml", "--output", "plan.json")
    budgetopt("plan", "base.yaml", "--within", "1%", "--output", "simple.json")
    result = budgetopt("explain", "simple.json")
    assert result.exit_code == 0
    assert result.stderr.startswith("a plan made with 'within' has no prices: ")
    result = budgetopt("explain", "base.yaml", "--within", "1%", "--format", "json")
    assert result.stderr.startswith("prices are those of the best plan")
    (folder / "curves.json").write_text("{}")
    result = budgetopt("explain", "plan.json", "--format", "json")
    assert result.exit_code == 0
    assert "how far prices hold is not known: curves.json: the curves was changed" in result.stderr
    assert all(rule["price_holds_to"] is None for rule in json.loads(result.stdout)["rules"])


def test_explain_says_why_money_stays_unspent(folder) -> None:
    options = ["--set", "budget={max: 900000}", "--set", "defaults.extrapolation=free"]
    options += ["--set", "defaults.change=free"]
    profit = ["--set", "objective=profit", "--set", "defaults.margin=40%"]
    words = " ".join(budgetopt("explain", "base.yaml", *options, *profit).stdout.split())
    assert "left unspent: the next unit of money would bring less than it costs." in words
    caps = ["--set", "budget={max: 900000}"]
    for command in ("explain", "plan"):
        words = " ".join(budgetopt(command, "base.yaml", *caps).stdout.split())
        assert re.search(r"of the budget stays unspent: defaults\.\S+ \(\w+\).* stop it\.", words)


def test_explain_of_the_impossible_leaves_with_3(folder) -> None:
    result = budgetopt("explain", "base.yaml", "--budget", "900000")
    assert result.exit_code == 3
    assert "No allocation satisfies these rules." in result.stdout


def test_a_wide_terminal_shows_what_limits_each_channel(folder, monkeypatch) -> None:
    narrow = budgetopt("plan", "base.yaml").stdout
    monkeypatch.setenv("COLUMNS", "130")
    wide = budgetopt("plan", "base.yaml").stdout
    assert "limited by" in wide
    assert "limited by" not in narrow


@pytest.mark.parametrize("width", ["80", "120"])
def test_the_table_fits_the_terminal(folder, monkeypatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    lines = budgetopt("plan", "base.yaml").stdout.splitlines()
    assert max(len(line) for line in lines) <= int(width)
    (total,) = (line for line in lines if line.startswith(" total"))
    assert "…" not in "".join(lines)
    assert total.split()[1] == total.split()[2]


def test_init_then_plan_is_how_a_person_starts(folder) -> None:
    result = budgetopt("init", "my-plan")
    assert result.exit_code == 0
    said = result.stdout.splitlines()
    assert said[: len(demo.FILES)] == [f"wrote my-plan/{name}" for name in demo.FILES]
    for name in ("base", "growth", "efficiency"):
        result = budgetopt("plan", f"my-plan/{name}.yaml")
        assert result.exit_code == 0, result.output
        assert "Proof:" in result.stdout


def test_demo_needs_no_file_and_leaves_none(folder) -> None:
    before = sorted(folder.iterdir())
    result = budgetopt("demo")
    assert result.exit_code == 0
    assert "This history is simulated." in result.stderr
    assert sorted(folder.iterdir()) == before


def test_curves_that_fit_wrote_give_the_plan_of_the_history(folder) -> None:
    demo.write(folder, replace=True)
    assert budgetopt("fit", "history.csv", "--currency", "EUR", "-o", "fit.json").exit_code == 0
    direct = parse(budgetopt("plan", "base.yaml", "--format", "json").stdout, "")
    through = budgetopt("plan", "base.yaml", "--set", "curves=fit.json", "--format", "json")
    again = parse(through.stdout, "")
    assert again.channels == direct.channels
    assert again.certificate == direct.certificate


def test_a_plan_of_curves_needs_no_statistics(folder) -> None:
    script = (
        "import sys\nfrom scenarios.cli import main\n"
        "main(['plan', 'base.yaml'], standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded & {"pandas", "scipy", "sklearn"} == set()


def test_the_version(folder) -> None:
    from models import __version__

    assert budgetopt("--version").stdout == f"budgetopt, version {__version__}\n"


# Several questions


@pytest.fixture
def others(folder) -> Path:
    """Two more scenarios, one of them without a plan."""
    write(folder, "extends: base.yaml\nbudget: +10%\n", "more.yaml")
    write(folder, "extends: base.yaml\nbudget: 900000\n", "much.yaml")
    return folder


def test_compare_shows_all_and_fails_for_none(others) -> None:
    result = budgetopt("compare", "base.yaml", "more.yaml", "much.yaml", "--picture", "c.png")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["spend", "today", "base", "more", "much"]
    assert "  no plan: the maximums add up to" in result.stdout
    assert "  budget: +10% (was current)" in lines
    assert (others / "c.png").exists()
    assert result.stderr == "wrote c.png\n"


@pytest.mark.parametrize("command", [("sweep", "--budget", "90k:120k:4"), ("next",), ("compare",)])
def test_every_answer_has_three_forms(others, command: tuple[str, ...]) -> None:
    name, *options = command
    table = budgetopt(name, "base.yaml", *options)
    assert table.exit_code == 0
    as_csv = budgetopt(name, "base.yaml", *options, "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(as_csv.stdout)))) >= 1
    as_json = budgetopt(name, "base.yaml", *options, "--format", "json")
    assert json.loads(as_json.stdout)["schema"].startswith("budgetopt/")


@pytest.mark.parametrize("width", ["80", "120"])
def test_many_scenarios_go_on_below(others, monkeypatch, width: str) -> None:
    names = [f"s{number}.yaml" for number in range(12)]
    for name in names:
        write(others, "extends: base.yaml\n", name)
    monkeypatch.setenv("COLUMNS", width)
    lines = budgetopt("compare", *names).stdout.splitlines()
    assert max(len(line) for line in lines) <= int(width)
    shown = [word for line in lines if "today" in line for word in line.split()[2:]]
    assert shown == [name.removesuffix(".yaml") for name in names]


def test_evaluate_of_a_plan_file_finds_nothing_to_move(folder) -> None:
    assert budgetopt("plan", "base.yaml", "-o", "plan.json").exit_code == 0
    result = budgetopt("evaluate", "base.yaml", "--allocation", "plan.json", "--format", "json")
    found = json.loads(result.stdout)
    assert found["broken"] == []
    assert abs(found["cost"]) < 1.0
    split = "search=40000,tv=28000,social=20000"
    result = budgetopt("evaluate", "base.yaml", "--allocation", split)
    assert "Rules it breaks" in result.stdout
    assert budgetopt("evaluate", "base.yaml").exit_code == 2


TIGHT = ("--set", "defaults.change=[-5%, +5%]")


def test_explain_prints_the_dearest_rule_first(folder) -> None:
    assert budgetopt("plan", "base.yaml", *TIGHT, "-o", "plan.json").exit_code == 0
    rules = json.loads(budgetopt("explain", "plan.json", "--format", "json").stdout)["rules"]
    costs = [rule["cost"] or 0.0 for rule in rules if rule["is_binding"]]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 0
    text = budgetopt("explain", "plan.json").stdout
    assert f"Without it the plan would bring {amount(costs[0])} more revenue." in text
    assert "One more unit of budget brings" in text
    rows = list(
        csv.DictReader(io.StringIO(budgetopt("explain", "plan.json", "--format", "csv").stdout))
    )
    assert [row["rule"] for row in rows] == [rule["rule"] for rule in rules]


def test_what_a_rule_costs_is_what_the_plan_without_it_brings_more(folder) -> None:
    plan = parse(budgetopt("plan", "base.yaml", *TIGHT, "--format", "json").stdout, "")
    rule = max((rule for rule in plan.rules if rule.is_binding), key=lambda rule: rule.cost or 0.0)
    (channel,) = rule.channels
    lifted = ("--set", f"channels.{channel}.change=free", "--format", "json")
    free = parse(budgetopt("plan", "base.yaml", *TIGHT, *lifted).stdout, "")
    assert plan.certificate is not None
    assert free.certificate is not None
    # Both ends of the change are one key: what is set free is at least the dearest of them.
    assert free.certificate.value - plan.certificate.value >= 0.999 * (rule.cost or 0.0)


# What is refused


def test_a_misspelt_command_or_option_is_met_with_the_right_one(folder) -> None:
    assert refused("plam", "x")[-1] == "Error: No such command 'plam'. Did you mean 'plan'?"
    assert refused("xyz")[-1] == "Error: No such command 'xyz'. See 'budgetopt --help'."
    assert "'--format'" in refused("plan", "base.yaml", "--fromat", "json")[-1]


def test_every_fault_of_a_scenario_is_printed(folder) -> None:
    write(folder, "curves: curves.json\nbudgt: 5\nobjective: sales\n", "wrong.yaml")
    assert refused("plan", "wrong.yaml") == [
        "error: wrong.yaml, line 2, column 1, budgt: unknown key 'budgt'. Did you mean 'budget'?",
        ("error: wrong.yaml, line 3, column 12, objective: 'sales' is not one of revenue,"
        " conversions, profit, value, roas. Did you mean 'value'?"),
    ]  # fmt: skip


def test_a_channel_that_the_curves_lack(folder) -> None:
    assert refused("plan", "base.yaml", "--set", "channels.serch.step=5") == [
        ("error: --set channels.serch.step=5, channels.serch: curves.json has no channel 'serch'."
        " Did you mean 'search'?")
    ]  # fmt: skip


def test_files_that_cannot_be_read(folder) -> None:
    (folder / "empty.yaml").write_text("")
    (folder / "latin.yaml").write_bytes(b"name: Au\xdfen\n")
    (folder / "none.csv").write_text("")
    write(folder, "history: gone.csv\nbudget: current\n", "gone.yaml")
    write(folder, "curves: .\nbudget: current\n", "dir.yaml")
    for arguments, message in {
        ("plan", "none.yaml"): "none.yaml: there is no such file",
        ("plan", "."): ".: this is a folder. Name a file in it.",
        ("plan", "empty.yaml"): (
            "empty.yaml: the file is empty. `budgetopt init` writes one to start from."
        ),
        ("plan", "latin.yaml"): (
            "latin.yaml, line 1: it is not UTF-8 text (byte 0xdf). Save it as UTF-8."
        ),
        ("init", "base.yaml"): "base.yaml: this is a file, not a folder. Name a new folder.",
    }.items():
        assert refused(*arguments) == [f"error: {message}"]
    for arguments in (
        ("plan", "gone.yaml"),
        ("plan", "dir.yaml"),
        ("check", "none.csv"),
        ("check", "."),
        ("fit", "gone.csv"),
    ):
        (line,) = refused(*arguments)
        assert line.startswith("error: ")


def test_places_that_cannot_be_written_to(folder) -> None:
    assert refused("plan", "base.yaml", "--output", "none/plan.json") == [
        "error: none/plan.json: the folder none does not exist. Create it first."
    ]
    assert refused("plan", "base.yaml", "--output", ".") == [
        "error: .: this is a folder. Name a file in it."
    ]


def test_an_impossible_wish_leaves_with_3_and_the_numbers(folder) -> None:
    result = budgetopt(
        "plan", "base.yaml", "--budget", "60000", "--set", "channels.tv.min_spend=50000",
        "--set", "channels.tv.change=free", "--set", "channels.tv.extrapolation=free",
    )  # fmt: skip
    assert result.exit_code == 3
    assert "No allocation satisfies these rules." in result.stdout
    assert "add up to" in result.stdout
    assert "60,000" in result.stdout


def test_an_impossible_wish_is_a_document_too(folder) -> None:
    result = budgetopt("plan", "base.yaml", "--budget", "900000", "--output", "plan.json")
    assert result.exit_code == 3
    document = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert document["status"] == "infeasible"
    assert document["conflict"]["rules"]
    assert document["channels"] == []
    assert result.stderr.splitlines()[-1].startswith("error: no allocation satisfies the rules: ")


# What fails otherwise


def test_a_failure_of_the_machine_leaves_with_1_and_the_old_file(folder, monkeypatch) -> None:
    (folder / "plan.json").write_text("old")

    def full(*_) -> None:
        raise OSError(28, "No space left on device", "plan.json")

    monkeypatch.setattr("os.fsync", full)
    result = budgetopt("plan", "base.yaml", "--output", "plan.json", "--force")
    assert result.exit_code == 1
    assert result.stderr == "error: plan.json: No space left on device\n"
    assert (folder / "plan.json").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == [
        "base.yaml", "curves.json", "plan.json"
    ]  # fmt: skip


def test_an_error_of_the_program_shows_no_traceback_unless_asked(folder, monkeypatch) -> None:
    def broken(*_) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("scenarios.planning.plan_on", broken)
    result = budgetopt("plan", "base.yaml")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error: this should not have happened: ZeroDivisionError: division by zero",
        "error: run it again with --debug to see where, and report it with that output",
    ]
    for arguments in (["--debug", "plan", "base.yaml"], ["plan", "base.yaml", "--debug"]):
        shown = CliRunner().invoke(main, arguments)
        assert shown.exit_code == 1
        assert "Traceback (most recent call last)" in shown.stderr


def test_a_reader_that_has_seen_enough_ends_it_quietly(folder) -> None:
    done = subprocess.run(
        f"{sys.executable} -m scenarios.cli plan base.yaml | head -c 10",
        shell=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "base - 202"
    assert done.stderr == ""


def test_names_with_markup_stay_text(folder) -> None:
    text = (folder / "curves.json").read_text().replace('"tv"', '"=[red]tv"')
    (folder / "curves.json").write_text(text)
    assert " =[red]tv " in budgetopt("plan", "base.yaml").stdout
    # The apostrophe keeps a spreadsheet from running it.
    assert "\n'=[red]tv," in budgetopt("plan", "base.yaml", "--format", "csv").stdout


def test_profit_is_told_only_where_margins_are_known(folder) -> None:
    unknown = json.loads(budgetopt("plan", "base.yaml", "--format", "json").stdout)
    assert unknown["proposed"]["profit"] is None
    assert all(row["profit"] is None for row in unknown["channels"])
    some = ("--set", "channels.tv.margin=40%")
    partly = json.loads(budgetopt("plan", "base.yaml", *some, "--format", "json").stdout)
    assert partly["proposed"]["profit"] is None
    (tv,) = (row for row in partly["channels"] if row["channel"] == "tv")
    assert tv["profit"] == pytest.approx(0.4 * tv["revenue"] - tv["spend"], abs=0.011)
    known = ("--set", "defaults.margin=40%")
    whole = json.loads(budgetopt("plan", "base.yaml", *known, "--format", "json").stdout)
    total = whole["proposed"]
    assert total["profit"] == pytest.approx(0.4 * total["revenue"] - total["spend"], abs=0.05)


def test_a_way_out_names_what_it_costs_where_spend_is_what_counts(folder) -> None:
    asked = ("--set", "minimise=spend", "--set", "budget={max: +100%}")
    beyond = ("--set", "target.conversions=1000000", "--set", "portfolio.max_cpa=5")
    words = budgetopt("plan", "base.yaml", *asked, *beyond).stdout
    assert "None" not in words
