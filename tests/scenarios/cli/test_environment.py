"""Options from environment variables, completion in the shell, the version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from models import __version__
from scenarios.cli import main
from tests.support.readme import ROOT


def run(*arguments: str, **variables: str):
    return CliRunner().invoke(main, arguments, env=variables)


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(option) -> None:
    assert run(option).stdout == f"budgetopt, version {__version__}\n"


def test_a_variable_stands_in_for_an_option_and_the_call_wins() -> None:
    table = run("schema").stdout
    commented = run("schema", "--commented").stdout
    assert table != commented
    assert run("schema", BUDGETOPT_SCHEMA_COMMENTED="true").stdout == commented
    assert run("schema", BUDGETOPT_SCHEMA_COMMENTED="false").stdout == table
    assert run("schema", BUDGETOPT_SCHEMA_COMMENTED="").stdout == table


def test_an_option_with_a_value_and_one_of_a_command_below(tmp_path: Path) -> None:
    refused = run("demo", BUDGETOPT_DEMO_FORMAT="xml")
    assert refused.exit_code == 2
    assert "'xml' is not one of" in refused.stderr
    assert run("demo", "--format", "json", BUDGETOPT_DEMO_FORMAT="xml").exit_code == 0
    register = {"BUDGETOPT_REGISTER": str(tmp_path / "register.sqlite")}
    listed = run("register", "list", BUDGETOPT_REGISTER_LIST_FORMAT="xml", **register)
    assert "'xml' is not one of" in listed.stderr


def test_a_variable_that_no_option_reads_is_refused_but_help_is_given() -> None:
    refused = run("demo", BUDGETOPT_DEMO_FORMT="json")
    assert refused.exit_code == 2
    assert (
        "No option reads the environment variable BUDGETOPT_DEMO_FORMT. "
        "Did you mean BUDGETOPT_DEMO_FORMAT?"
    ) in refused.stderr
    assert run("demo", "--help", BUDGETOPT_DEMO_FORMT="json").exit_code == 0


def test_a_variable_of_another_command_or_program_is_no_concern_of_this_one() -> None:
    found = run("schema", BUDGETOPT_FIT_NONSENSE="1", BUDGETOPT_CACHE="x", BUDGET_SCHEMA="1")
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("budgetopt pl", "plan"), ("budgetopt demo --form", "--format"),
     ("budgetopt demo --format j", "json"), ("budgetopt register su", "submit")],
)  # fmt: skip
def test_the_shell_completes_commands_options_and_choices(typed, offered) -> None:
    words = typed.split()
    asked = {"_BUDGETOPT_COMPLETE": "bash_complete", "COMP_WORDS": typed,
             "COMP_CWORD": str(len(words) - 1), "PYTHONPATH": str(ROOT)}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "budgetopt"],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"plain,{offered}" in done.stdout.split(), done.stderr
