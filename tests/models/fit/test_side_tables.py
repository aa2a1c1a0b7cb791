"""Tables of events and of lift tests."""

from datetime import date

import numpy as np
import pytest

from models.datasets.simulated_channels import simulate_history
from models.errors import HistoryError
from models.fit.calibration import LiftTest
from models.fit.side_tables import read_events, read_lift_tests
from models.transforms.design_matrix import build


def faults(reader, path) -> list[str]:
    with pytest.raises(HistoryError) as caught:
        reader(path)
    return [str(fault).removeprefix(f"{path}") for fault in caught.value.faults]


def test_events_return_by_name(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        "event,start,end\nblack friday,2024-11-29,2024-12-02\neaster,2025-04-20,\n"
        "black friday,2025-11-28,2025-12-01\n"
    )
    assert read_events(path) == {
        "black friday": (("2024-11-29", "2024-12-02"), ("2025-11-28", "2025-12-01")),
        "easter": (("2025-04-20", "2025-04-20"),),
    }


def test_an_event_is_the_share_of_its_days():
    history = simulate_history("steady", channels=3, weeks=60).history
    design = build(history, {"sale": (("2024-01-13", "2024-01-16"),)})
    column = design.covariates[:, design.names.index("event_sale")]
    np.testing.assert_allclose(column[:4], [0.0, 2 / 7, 2 / 7, 0.0])


def test_lift_tests_are_read(tmp_path):
    path = tmp_path / "lifts.csv"
    path.write_text(
        "channel,start,end,spend,spend_without,incremental,standard_error,note\n"
        "search,2025-03-03,2025-03-30,60000,0,410,85.5,by geo\n"
    )
    assert read_lift_tests(path) == (
        LiftTest("search", date(2025, 3, 3), date(2025, 3, 30), 60000.0, 0.0, 410.0, 85.5),
    )


def test_all_faults_of_a_table_at_once(tmp_path):
    path = tmp_path / "lifts.csv"
    path.write_text(
        "channel,start,end,spend,spend_without,incremental,standard_error\n"
        ",2025-03-03,30.3.2025,60k,0,nan,1\n"
    )
    assert faults(read_lift_tests, path) == [
        ", line 2, column channel: '' is empty",
        ", line 2, column end: '30.3.2025' is not a date of the form 2026-11-27",
        ", line 2, column spend: '60k' is not a number",
        ", line 2, column incremental: 'nan' is not a finite number",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("event,begin,end\na,2025-01-01,\n", ": the column 'start' is missing. Columns:"),
        ("event,start,end\n", ": holds no row. Columns: event, start, end."),
        ("event,start,end\na,2025-01-02,2025-01-01\n", ", line 2, column end: lies before"),
        (None, ": there is no such file. Check the path."),
    ],
)
def test_a_wrong_table_of_events(tmp_path, content, said):
    path = tmp_path / "events.csv"
    if content is not None:
        path.write_text(content)
    (fault,) = faults(read_events, path)
    assert fault.startswith(said)


def test_a_folder_and_another_encoding(tmp_path):
    (tmp_path / "latin.csv").write_bytes("event,start,end\nfête,2025-01-01,\n".encode("latin-1"))
    assert faults(read_events, tmp_path) == [": is a directory, not a file. Name the file itself."]
    assert faults(read_events, tmp_path / "latin.csv") == [": is not UTF-8 text. Save it as UTF-8."]
