"""Histories, right and wrong, as people write them."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import HistoryError
from models.history.history import HistorySpec
from models.history.read import read_history, read_segments

TODAY = date(2024, 12, 31)
HEAD = "date,channel,spend,conversions"


def wrong(tmp_path, text, **declared):
    """The message for a history that is refused."""
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(HistoryError) as caught:
        read_history(path, today=TODAY, **declared)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def right(tmp_path, text, **declared):
    path = tmp_path / "history.csv"
    path.write_text(text)
    return read_history(path, today=TODAY, **declared)


def days(rows, start="2024-01-01"):
    """Lines of one row per day: each a tail of cells behind the date."""
    first = date.fromisoformat(start)
    return [f"{first + timedelta(days=i)},{row}" for i, row in enumerate(rows)]


def test_all_faults_of_the_cells_come_at_once(tmp_path):
    text = f"""{HEAD}
2024-01-01,search,10,1
2024-01-02,search,ten,1
2024-01-03,search,5,1
2024-13-04,search,10,1
2024-01-05,search,10,
2024-01-01,search,10,1
2025-01-01,search,10,1
2024-01-08,,"1,000",1
1924-01-09,search,1e999,1
"""
    plain = "Write plain numbers such as 1234.56, without currency or thousands marks"
    assert wrong(tmp_path, text) == [
        f"history.csv, line 3, column spend: 'ten' is not a number. {plain}",
        (
            "history.csv, line 5, column date: '2024-13-04' is not a day of the form "
            "YYYY-MM-DD. Where "
            "all dates have another form, declare it, e.g. --date-format DD/MM/YYYY (in a "
            "scenario's "
            "history: date_format: DD/MM/YYYY)"
        ),
        (
            "history.csv, line 6, column conversions: the cell is empty. Write 0 where there "
            "was none, "
            "or remove the row"
        ),
        (
            "history.csv, line 7: the row repeats line 2. Remove it if it is the same row "
            "twice; add "
            "a column that tells them apart if not"
        ),
        (
            "history.csv, line 8, column date: '2025-01-01' lies in the future (today is "
            "2024-12-31). "
            "Correct it"
        ),
        "history.csv, line 9, column channel: the cell is empty. Fill it in, or remove the row",
        f"history.csv, line 9, column spend: '1,000' is not a number. {plain}",
        "history.csv, line 10, column date: '1924-01-09' lies before 1990. Correct it",
        f"history.csv, line 10, column spend: '1e999' is not a finite number. {plain}",
    ]


@pytest.mark.parametrize(
    "cell", ["1_000", "1 000", "0x10", "nan", "inf", "5 EUR", "5%", "١٢", "true", "1,234", "--"]
)
def test_what_is_only_nearly_a_number_is_none(tmp_path, cell):
    text = f'{HEAD}\n2024-01-01,search,"{cell}",1\n2024-01-02,search,1,1\n'
    (line,) = wrong(tmp_path, text)
    assert line.startswith(f"history.csv, line 2, column spend: {cell!r} is not a number.")


@pytest.mark.parametrize(
    ("cell", "value"), [("7", 7), ("+7.5", 7.5), (".5", 0.5), ("1e3", 1000), (" 7 ", 7), ("7.", 7)]
)
def test_every_plain_number_is_read(tmp_path, cell, value):
    history = right(tmp_path, f"{HEAD}\n2024-01-01,search,{cell},1\n2024-01-02,search,1,1\n")
    assert history.spend["search"].tolist() == [value, 1]


def test_a_decimal_comma_is_read_where_declared(tmp_path):
    text = f"{HEAD}\n2024-01-01,search,1.5,1\n2024-01-02,search,2,1\n".replace(",", ";")
    history = right(tmp_path, text.replace(".", ","), decimal=",")
    assert history.spend["search"].tolist() == [1.5, 2]


def test_many_faults_are_counted(tmp_path):
    text = "\n".join([HEAD, *days(["search,x,1"] * 50)])
    (line,) = wrong(tmp_path, text)
    assert line.startswith("history.csv, line 2, column spend: 'x' is not a number, and 49 more")
    causes = [HEAD, *days([f"search,x,{'y' * (day + 1)}" for day in range(4)])]
    assert len(wrong(tmp_path, "\n".join(causes))) == 8


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "date,channel,spnd,conversions",
            (
                "history.csv, line 1: column spend is missing. Did you mean 'spnd'? Then "
                "rename it to "
                "'spend'"
            ),
        ),
        (
            "date,channel,xyz,conversions",
            (
                "history.csv, line 1: column spend is missing. Rename the column that holds it to "
                "'spend'"
            ),
        ),
    ],
)
def test_a_missing_column_is_named_with_the_nearest(tmp_path, header, message):
    assert wrong(tmp_path, f"{header}\n2024-01-01,search,10,1\n") == [message]


def test_cells_are_checked_although_a_column_is_missing(tmp_path):
    lines = wrong(tmp_path, "date,channel,conversions\n2024-01-01,search,x\n2024-02-30,search,1\n")
    assert [line.split(":")[0] for line in lines] == [
        "history.csv, line 1",
        "history.csv, line 2, column conversions",
        "history.csv, line 3, column date",
    ]
    lines = wrong(tmp_path, MIX.replace("10", "x"), shape="mix", kpi="none", controls=("nothing",))
    assert [line.split(":")[0] for line in lines] == [
        "history.csv",
        "history.csv",
        "history.csv, line 2, column tv_S",
    ]


def test_two_columns_that_could_be_the_same_are_refused(tmp_path):
    text = "date,channel,cost,conversions,amount_spent\n2024-01-01,search,10,1,10\n"
    assert wrong(tmp_path, text) == [
        (
            "history.csv, line 1: 'cost', 'amount_spent' could each be the spend. Rename one of "
            "them to 'spend', or remove what is not meant"
        )
    ]


def test_a_column_of_our_own_name_wins(tmp_path):
    text = f"{HEAD},cost\n2024-01-01,search,10,1,99\n2024-01-02,search,10,1,98\n"
    history = right(tmp_path, text)
    assert history.spend["search"].tolist() == [10, 10]
    assert "not used: cost" in history.notices


def test_a_declared_column_is_taken_as_it_is(tmp_path):
    text = f"{HEAD},cost\n2024-01-01,search,10,1,99\n2024-01-02,search,10,1,98\n"
    assert right(tmp_path, text, spend="cost").spend["search"].tolist() == [99, 98]
    (line,) = wrong(tmp_path, text, spend="csot")
    assert line == "history.csv: there is no column 'csot'. Did you mean 'cost'?"


def test_common_names_are_found_with_a_notice(tmp_path):
    text = """date_day,platform,Amount spent (USD),purchases,conversions_value,Impr.,Link clicks
2024-01-01,search,10,1,30,1000,50
2024-01-02,search,12,2,60,1100,60
"""
    history = right(tmp_path, text)
    assert history.currency == "USD"
    assert {name: panel["search"].tolist() for name, panel in history.metrics.items()} == {
        "conversions": [1, 2],
        "revenue": [30, 60],
        "impressions": [1000, 1100],
        "clicks": [50, 60],
    }
    assert history.notices == (
        "column 'date_day' is taken as date",
        "column 'platform' is taken as channel",
        "column 'Amount spent (USD)' is taken as spend",
        "column 'purchases' is taken as conversions",
        "column 'conversions_value' is taken as revenue",
        "column 'Impr.' is taken as impressions",
        "column 'Link clicks' is taken as clicks",
        "kept by day: 0 full weeks, fewer than 26",
    )


def test_rows_of_one_channel_and_day_are_summed_with_a_notice(tmp_path):
    text = f"""{HEAD},campaign
2024-01-01,search,10,1,brand
2024-01-01,search,20,2,other
2024-01-02,search,5,1,brand
"""
    history = right(tmp_path, text)
    assert history.spend["search"].tolist() == [30, 5]
    assert history.metrics["conversions"]["search"].tolist() == [3, 1]
    assert "3 rows are summed to 2 by date and channel, over campaign" in history.notices


def test_a_day_without_a_row_is_no_activity(tmp_path):
    text = f"{HEAD}\n2024-01-01,search,10,1\n2024-01-02,tv,5,1\n2024-01-04,search,10,1\n"
    history = right(tmp_path, text)
    assert history.spend["search"].tolist() == [10, 0, 0, 10]
    assert history.spend["tv"].tolist() == [0, 5, 0, 0]
    assert "no activity on dates without a row: 1, the first 2024-01-03" in history.notices


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["2024-01-01,search,10,1", "2024-01-01,tv,10,1"],
            (
                "history.csv: all rows are of one date, 2024-01-01. A history needs a row for "
                "each day "
                "or week; half a year is a good start"
            ),
        ),
        (
            ["2024-01-01,search,10,1", "2024-01-02,tv,0,1"],
            (
                "history.csv: channel tv never spent. Leave it out: a curve cannot be learnt from "
                "nothing, and zero spend needs none"
            ),
        ),
        (
            ["2024-01-01,search,10,0", "2024-01-02,search,10,0"],
            (
                "history.csv: all conversions are zero. Check that the right column is read "
                "and that "
                "conversions are tracked"
            ),
        ),
        (
            ["2024-01-01,search,10,1", "2024-02-01,search,10,1", "2024-03-01,search,10,1"],
            (
                "history.csv: it is by month: 3 months; a curve needs 36 of them, or weeks or "
                "days. Add the 33 months before 2024-01-01, which makes the evidence weak at "
                "best; or download it by day or by week: 26 weeks are the least, which 6 months "
                "hold"
            ),
        ),
        (
            [
                "2024-01-01,search,9,1",
                "2024-01-08,search,8,1",
                "2024-01-15,search,8,2",
                "2024-01-21,search,8,2",
            ],
            (
                "history.csv: the dates are mostly 7 days apart, but 6 days from 2024-01-15 to "
                "2024-01-21. Write one row per day, or per week that always starts on the same "
                "weekday"
            ),
        ),
        (
            ["2024-01-01,search,10,1", "2024-01-02,Total,10,1"],
            (
                "history.csv, line 3, column channel: 'Total' looks like a sum of the other rows. "
                "Remove such rows: they would count the money twice"
            ),
        ),
        (
            ["2024-01-01,search,10,1", "2024-01-02,Search,10,1"],
            (
                "history.csv, line 3, column channel: 'Search' and 'search' differ only in "
                "capitals. "
                "Write the channel in one way"
            ),
        ),
    ],
)
def test_what_no_curve_can_be_learnt_from_is_refused(tmp_path, rows, message):
    assert wrong(tmp_path, "\n".join([HEAD, *rows])) == [message]


def test_mixed_currencies_are_refused(tmp_path):
    text = f"""{HEAD},currency
2024-01-01,search,10,1,EUR
2024-01-02,search,10,1,EUR
2024-01-03,search,10,1,USD
"""
    assert wrong(tmp_path, text) == [
        (
            "history.csv, line 4, column currency: the currency is USD, but EUR in line 2. "
            "Convert the "
            "money to one currency"
        )
    ]


def test_a_currency_is_read_declared_or_contradicted(tmp_path):
    rows = ["2024-01-01,search,10,1", "2024-01-02,search,10,1"]
    plain = "\n".join([HEAD, *rows])
    named = "\n".join([f"{HEAD},currency", *(f"{row},eur" for row in rows)])
    assert right(tmp_path, plain).currency is None
    assert right(tmp_path, plain, currency="EUR").currency == "EUR"
    assert right(tmp_path, named).currency == "EUR"
    assert wrong(tmp_path, named, currency="USD") == [
        "history.csv: the currency is declared as USD, the file says EUR. Correct one"
    ]


def test_a_date_form_must_be_declared_and_complete(tmp_path):
    text = f"{HEAD}\n01/02/2024,search,10,1\n02/02/2024,search,10,1\n"
    assert len(wrong(tmp_path, text)) == 2
    for form in ("DD/MM/YYYY", "%d/%m/%Y"):
        dates = right(tmp_path, text, date_format=form).dates
        assert dates[0] == pd.Timestamp(2024, 2, 1)
    assert wrong(tmp_path, text, date_format="MM/YYYY") == [
        (
            "date_format: 'MM/YYYY' does not say where day, month and year stand. Write it as in "
            "DD/MM/YYYY or %d/%m/%Y"
        )
    ]


def test_a_mix_taken_for_tidy_is_told_how_to_declare_it(tmp_path):
    (line,) = wrong(tmp_path, "date,revenue,tv_S,ooh_S\n2024-01-01,5,1,2\n")
    assert line == (
        "history.csv: there is no column channel, but a column of spend for each of tv, ooh. If "
        "one KPI stands beside them, declare the mix shape: --shape mix --kpi COLUMN "
        "--spend tv=tv_S --spend ooh=ooh_S"
    )


MIX = """week,orders,tv_S,ooh_S,worth,event,weather,tv_I
2024-01-01,5,10,0,2,na,-1,100
2024-01-08,6,20,5,3,fair,2.5,200
2024-01-15,7,0,5,2,na,0,300
"""


def test_a_mix_is_read_as_declared(tmp_path):
    history = right(
        tmp_path,
        MIX,
        shape="mix",
        kpi="orders",
        value_per_conversion="worth",
        spend={"TV": "tv_S", "ooh": "ooh_S"},
        controls=("event", "weather"),
        media={"impressions": {"TV": "tv_I"}},
    )
    assert history.shape == "mix"
    assert history.period_days == 7
    assert history.kpi == "conversions"
    assert history.channels == ("TV", "ooh")
    assert history.spend["TV"].tolist() == [10, 20, 0]
    assert history.metrics["conversions"]["total"].tolist() == [5, 6, 7]
    assert history.metrics["revenue"]["total"].tolist() == [10, 18, 14]
    assert history.metrics["impressions"]["TV"].tolist() == [100, 200, 300]
    # the usual text is the reference: a column for each of the others
    assert history.controls.to_dict("list") == {"event=fair": [0, 1, 0], "weather": [-1, 2.5, 0]}


TIDY = """date,channel,geo,spend,conversions,price,sale
2024-01-01,search,north,10,1,9.5,no
2024-01-01,social,south,20,2,9.5,no
2024-01-02,search,north,30,3,8.5,yes
2024-01-03,social,south,40,4,9.0,no
"""


def test_controls_of_a_tidy_history_are_one_number_per_date(tmp_path):
    history = right(tmp_path, TIDY, controls=("price", "sale"), grain="day")
    assert history.controls.to_dict("list") == {"price": [9.5, 8.5, 9.0], "sale=yes": [0, 1, 0]}
    assert history.spend.to_dict("list") == {"search": [10, 30, 0], "social": [20, 0, 40]}
    assert "control 'sale' holds text: a 0/1 column for each of 'yes'; 'no' is the usual case" in (
        history.notices
    )
    assert right(tmp_path, TIDY, grain="day").controls.empty


def test_weeks_hold_the_mean_of_a_tidy_historys_control(tmp_path):
    days = pd.date_range("2024-01-01", periods=14)
    rows = [f"{day:%Y-%m-%d},{name},10,1,{day.day}" for day in days for name in ("a", "b")]
    text = "\n".join(["date,channel,spend,conversions,price", *rows, ""])
    history = right(tmp_path, text, controls=("price",), grain="week")
    assert history.controls["price"].tolist() == [4.0, 11.0]


def test_segments_of_a_tidy_history_share_its_controls(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text(TIDY)
    found = read_segments(path, "geo", controls=("price",), grain="day", today=TODAY)
    for history in found.values():
        assert history.controls["price"].tolist() == [9.5, 8.5, 9.0]
    assert found["north"].spend["search"].tolist() == [10, 30, 0]


def test_a_control_that_differs_within_a_date_is_a_fault(tmp_path):
    text = TIDY.replace("20,2,9.5", "20,2,9.9")
    assert wrong(tmp_path, text, controls=("price", "sail"), grain="day") == [
        "history.csv: there is no column 'sail'. Did you mean 'sale'?",
        (
            "history.csv, line 3, column price: another value on the same date, 2024-01-01. "
            "A control is one number per date, the same in all its rows"
        ),
    ]


def test_a_control_is_needed_for_every_date(tmp_path):
    text = TIDY.replace("2024-01-03", "2024-01-04")
    assert wrong(tmp_path, text, controls=("price",), grain="day") == [
        "history.csv: no row for 2024-01-03. Controls are needed for every date: add them"
    ]
    assert len(right(tmp_path, text, grain="day").dates) == 4


def test_a_mix_of_money_has_no_conversions(tmp_path):
    text = MIX.replace("orders", "revenue")
    history = right(tmp_path, text, shape="mix", kpi="revenue")
    assert history.kpi == "revenue"
    assert set(history.metrics) == {"revenue"}
    assert history.notices == (
        "spend is taken for tv ('tv_S'), ooh ('ooh_S')",
        "the KPI 'revenue' is taken as revenue: there are no conversions",
        "column 'week' is taken as date",
        "not used: event, worth, weather, tv_I",
    )


def test_wrong_columns_of_a_mix_are_all_named(tmp_path):
    lines = wrong(
        tmp_path,
        MIX,
        shape="mix",
        kpi="oders",
        spend={"tv": "tv_S", "tv2": "tv_S", "ooh": "ohh_S"},
        controls=("wether",),
    )
    assert lines == [
        (
            "history.csv: column 'tv_S' is named twice, as spend of tv and as spend of tv2. "
            "Name it "
            "once"
        ),
        "history.csv: there is no column 'ohh_S'. Did you mean 'ooh_S'?",
        "history.csv: there is no column 'oders'. Did you mean 'orders'?",
        "history.csv: there is no column 'wether'. Did you mean 'weather'?",
    ]


def test_a_mix_needs_every_date_and_each_once(tmp_path):
    declared = {"shape": "mix", "kpi": "orders"}
    assert wrong(tmp_path, MIX + "2024-01-29,7,0,5,2,na,0,300\n", **declared) == [
        (
            "history.csv: no row for 2024-01-22. A mix needs a row for every date between the "
            "first "
            "and the last: add them"
        )
    ]
    text = MIX.replace("event", "x").replace("na", "1").replace("fair", "2")
    assert wrong(tmp_path, text + "2024-01-15,8,0,5,2,1,0,300\n", **declared) == [
        (
            "history.csv, line 5: a second row for 2024-01-15. A mix has one row per date: sum the "
            "rows, or add a column such as geo"
        )
    ]


def test_a_text_in_a_control_of_numbers_is_a_fault(tmp_path):
    text = MIX.replace("2.5", "n/a")
    (line,) = wrong(tmp_path, text, shape="mix", kpi="orders", controls=("weather",))
    assert line.startswith("history.csv, line 3, column weather: 'n/a' is not a number.")


GEO = """date,geo,orders,tv_S,ooh_S,worth,weather
2024-01-01,north,5,10,0,2,1
2024-01-01,south,1,30,0,5,3
2024-01-08,north,6,20,5,3,1
2024-01-08,south,2,40,0,5,2
"""


def test_segments_are_summed_controls_averaged(tmp_path):
    declared = {"shape": "mix", "kpi": "orders", "value_per_conversion": "worth"}
    history = right(tmp_path, GEO, **declared, controls=("weather",))
    assert history.spend["tv"].tolist() == [40, 60]
    assert history.metrics["revenue"]["total"].tolist() == [15, 28]
    assert history.controls["weather"].tolist() == [2, 1.5]
    assert "summed over geo; controls are averaged" in history.notices


def test_segments_add_up_to_the_whole(tmp_path):
    path = tmp_path / "geo.csv"
    path.write_text(GEO)
    spec = HistorySpec(path, shape="mix", kpi="orders")
    parts, whole = read_segments(spec, "geo", today=TODAY), read_history(spec, today=TODAY)
    assert list(parts) == ["north", "south"]
    assert parts["south"].channels == ("tv",)
    assert "geo south: ooh never spent and is left out" in parts["south"].notices
    total = parts["north"].spend.add(parts["south"].spend, fill_value=0)
    pd.testing.assert_frame_equal(total[["tv", "ooh"]], whole.spend)
    with pytest.raises(HistoryError, match=r"there is no column 'goe'\. Did you mean 'geo'\?"):
        read_segments(spec, "goe")


def test_a_segment_with_a_hole_is_refused(tmp_path):
    path = tmp_path / "geo.csv"
    path.write_text(GEO.replace("2024-01-08,south,2,40,0,5,2\n", ""))
    with pytest.raises(HistoryError, match="geo south: no row for 2024-01-08"):
        read_segments(path, "geo", shape="mix", kpi="orders", today=TODAY)


amounts = st.integers(0, 10**7).map(lambda cents: cents / 100)
counts = st.integers(0, 1000).map(float)
names = st.lists(
    st.sampled_from(["search", "tv", "Ngoài trời", 'say "hi", you', "=1+1", "007"]),
    min_size=1,
    max_size=4,
    unique=True,
)


@st.composite
def tidy(draw):
    """A tidy frame: every channel is there on the first day, the first channel on every day."""
    channels = draw(names)
    start = draw(st.dates(date(2015, 1, 1), date(2023, 1, 1)))
    length = draw(st.integers(2, 8))
    rows = [
        (start + timedelta(days=day), channel, draw(amounts), draw(counts))
        for day in range(length)
        for channel in channels
        if day == 0 or channel == channels[0] or draw(st.booleans())
    ]
    frame = pd.DataFrame(rows, columns=["date", "channel", "spend", "conversions"])
    frame.loc[: len(channels) - 1, ["spend", "conversions"]] = [12.5, 3.0]
    return frame


def write(frame, path, form):
    if form == "csv":
        frame.to_csv(path, index=False)
    elif form == "xlsx":
        options = {"options": {"strings_to_formulas": False}}
        with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs=options) as book:
            frame.to_excel(book, index=False)
    elif form == "parquet":
        frame.to_parquet(path)
    else:  # Parquet with dates and text as text
        frame.astype({"date": str}).to_parquet(path)


def same(left, right):
    pd.testing.assert_frame_equal(left.spend, right.spend)
    assert left.metrics.keys() == right.metrics.keys()
    for name, panel in left.metrics.items():
        pd.testing.assert_frame_equal(panel, right.metrics[name])


fast = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fast
@given(frame=tidy(), form=st.sampled_from(["csv", "xlsx", "parquet", "parquet-text"]))
def test_every_form_reads_back_what_was_written(tmp_path, frame, form):
    path = tmp_path / f"history.{form}"
    write(frame, path, form)
    history = read_history(path, grain="day", today=TODAY)
    expected = frame.assign(date=pd.to_datetime(frame["date"]))
    for metric, panel in (("spend", history.spend), *history.metrics.items()):
        wide = expected.pivot(index="date", columns="channel", values=metric)
        wide = wide.reindex(panel.index).fillna(0.0)[sorted(wide.columns)]
        np.testing.assert_array_equal(panel.to_numpy(), wide.to_numpy())
        assert list(panel.columns) == list(wide.columns)


@fast
@given(frame=tidy(), seed=st.integers(0, 99))
def test_row_and_column_order_do_not_matter(tmp_path, frame, seed):
    there, back = tmp_path / "there.csv", tmp_path / "back.csv"
    frame.to_csv(there, index=False)
    shuffled = frame.sample(frac=1, random_state=seed)
    shuffled[shuffled.columns[::-1]].to_csv(back, index=False)
    same(read_history(there, today=TODAY), read_history(back, today=TODAY))


@fast
@given(frame=tidy())
def test_rows_split_by_campaign_sum_to_the_same(tmp_path, frame):
    whole, split = tmp_path / "whole.csv", tmp_path / "split.csv"
    frame.to_csv(whole, index=False)
    halves = frame.assign(spend=frame["spend"] / 2, conversions=frame["conversions"] / 2)
    pd.concat([halves.assign(campaign="a"), halves.assign(campaign="b")]).to_csv(split, index=False)
    same(read_history(whole, today=TODAY), read_history(split, today=TODAY))


def test_what_parquet_lacks_is_a_fault_with_its_row(tmp_path):
    path = tmp_path / "history.parquet"
    frame = pd.DataFrame(
        {
            "date": pd.to_datetime(["2024-01-01", "2024-01-02", "NaT"]),
            "channel": ["search", None, "search"],
            "spend": [1.0, np.nan, np.inf],
            "conversions": [1, 1, np.nan],
        }
    )
    frame.to_parquet(path)
    with pytest.raises(HistoryError) as caught:
        read_history(path, today=TODAY)
    assert [fault.where.split(", ", 1)[1] for fault in caught.value.faults] == [
        "row 2, column channel",
        "row 2, column spend",
        "row 3, column date",
        "row 3, column spend",
        "row 3, column conversions",
    ]


def test_the_source_is_kept(tmp_path):
    history = right(tmp_path, f"{HEAD}\n2024-01-01,search,1,1\n2024-01-02,search,1,1\n")
    assert history.source.rows == 2
    assert history.source.file.endswith("history.csv")
    assert len(history.source.sha256) == 64


def test_a_changed_attribution_setting_is_told_with_its_day(tmp_path):
    settings = ["7-day click"] * 3 + ["1-day click"] * 2
    rows = days([f"meta,10,{i},{setting}" for i, setting in enumerate(settings)])
    rows += days(["search,10,1,last click", "search,11,2,data-driven"], start="2024-01-02")
    rows += days(["search,12,3,last click"], start="2024-01-03")
    history = right(tmp_path, "\n".join([f"{HEAD},Attribution setting", *rows]))
    assert history.notices[:2] == (
        "the attribution setting of meta changes from '7-day click' to '1-day click' on 2024-01-04",
        "several attribution settings side by side in search: 'last click', 'data-driven'",
    )


SHARDS = [",", "\n", '"', ";", "\t", "\0", "-", "9" * 400, "2024-02-30", "nan", "\r", "Total", "0"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), shape=st.sampled_from(["tidy", "mix"]))
def test_a_mutilated_file_is_read_or_refused_in_words(tmp_path, data, shape):
    rows = days([f"search,{i}.5,{i}" for i in range(9)])
    text = "\n".join([HEAD, *rows]) if shape == "tidy" else MIX
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.sampled_from(SHARDS)) + text[end:]
    path = tmp_path / "history.csv"
    path.write_text(text)
    kpi = "orders" if shape == "mix" else None
    try:
        history = read_history(path, shape=shape, kpi=kpi, controls=("event",), today=TODAY)
    except HistoryError as error:
        faults = error.faults
    else:
        assert np.isfinite(history.spend.to_numpy()).all()
        return
    assert faults
    assert all(fault.where and fault.problem for fault in faults)
