"""The sample workspace."""

from __future__ import annotations

import pytest

from models.datasets.simulated_channels import sample_history
from models.errors import InputError
from scenarios import demo
from scenarios.definition.scenario import Scenario


def test_the_stored_history_is_the_simulated_one() -> None:
    simulated = sample_history().frame.to_csv(index=False, lineterminator="\n")
    assert demo.content("history.csv") == simulated


def test_every_scenario_is_read(tmp_path) -> None:
    demo.write(tmp_path)
    for name in demo.FILES:
        if name.endswith(".yaml"):
            assert Scenario.load(tmp_path / name).name == name.removesuffix(".yaml")


def test_nothing_of_the_persons_own_is_replaced(tmp_path) -> None:
    (tmp_path / "base.yaml").write_text("mine")
    with pytest.raises(InputError) as caught:
        demo.write(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'base.yaml'}: it exists already."
        " Name another folder, or use --force to replace it."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["base.yaml"]
    demo.write(tmp_path, replace=True)
    assert (tmp_path / "base.yaml").read_text() == demo.content("base.yaml")


def test_a_file_is_no_folder(tmp_path) -> None:
    file = tmp_path / "plan"
    file.write_text("mine")
    with pytest.raises(InputError, match="this is a file, not a folder"):
        demo.write(file)
