"""Nothing that people call is lost, and nothing comes to it, without the stored list saying so."""

from tests.support.public_face import STORED, lines

ANEW = "after a wanted change: python -m tests.support.public_face"


def test_what_people_can_call_is_what_the_list_says() -> None:
    stored, found = STORED.read_text(encoding="utf-8").splitlines(), lines()
    assert set(stored) - set(found) == set(), f"lost; {ANEW}"
    assert set(found) - set(stored) == set(), f"not in the list yet; {ANEW}"


def test_the_list_speaks_of_commands_options_and_python() -> None:
    found = set(lines())
    assert {"budgetopt plan", "budgetopt plan --format", "budgetopt plan SCENARIO"} <= found
    assert {"budgetopt register submit", "budgetopt --version", "budgetopt -V"} <= found
    assert {"budgetopt.run", "budgetopt.run(scenario)", "budgetopt.Plan.to_frame"} <= found
