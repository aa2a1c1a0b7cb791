"""Commands run in this process, as a person would type them."""

from __future__ import annotations

from click.testing import CliRunner, Result

from scenarios.cli import main


def budgetopt(*arguments: str) -> Result:
    """Run a command; whatever it says, never with a traceback."""
    result = CliRunner().invoke(main, arguments, prog_name="budgetopt")
    assert "Traceback" not in result.output
    return result


def refused(*arguments: str) -> list[str]:
    """The lines on standard error of a command that refuses its input."""
    result = budgetopt(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr.splitlines()
