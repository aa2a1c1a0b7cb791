"""Nothing that people call gets lost without the stored list saying so."""

from tests.support.public_face import STORED, lines


def test_nothing_that_people_can_call_is_lost() -> None:
    """What is new need not be in the list at once: `python -m tests.support.public_face` adds it.

    Where something is taken away on purpose, the same command strikes it off.
    """
    stored = STORED.read_text(encoding="utf-8").splitlines()
    assert len(stored) > 500
    assert set(stored) - set(lines()) == set()


def test_the_list_speaks_of_commands_options_and_python() -> None:
    stored = set(STORED.read_text(encoding="utf-8").splitlines())
    assert {"budgetopt plan", "budgetopt plan --format", "budgetopt plan SCENARIO"} <= stored
    assert {"budgetopt register submit", "budgetopt --version", "budgetopt -V"} <= stored
    assert {"budgetopt.run", "budgetopt.run(scenario)", "budgetopt.Plan.to_frame"} <= stored
