"""Each leak where it was planted, and none where channels differ by chance or size alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.diagnostics.funnel import leaks
from models.history.history import History

HEALTHY = {
    "spend": 1000.0,
    "impressions": 100_000.0,
    "clicks": 2000.0,
    "leads": 500.0,
    "conversions": 100.0,
    "revenue": 8000.0,
    "new_customers": 50.0,
}


def history(**channels):
    """Thirteen weeks in which each channel has the given totals."""
    dates = pd.date_range("2024-01-01", periods=13, freq="7D")
    panels = {
        name: pd.DataFrame(
            {channel: np.full(13, totals[name] / 13) for channel, totals in channels.items()},
            index=dates,
        )
        for name in HEALTHY
    }
    return History("tidy", 7, panels.pop("spend"), panels, pd.DataFrame(index=dates))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"impressions": 400_000.0, "spend": 3000.0}, "clicks"),
        ({"conversions": 30.0, "leads": 150.0, "revenue": 2400.0}, "page"),
        (
            {"clicks": 8000.0, "leads": 2000.0, "conversions": 100.0, "impressions": 100_000.0},
            "interest",
        ),
        ({"leads": 3000.0}, "leads"),
        ({"conversions": 200.0, "revenue": 3000.0, "new_customers": 100.0}, "worth"),
        ({"conversions": 200.0, "revenue": 16000.0, "new_customers": 180.0}, "return"),
    ],
)
def test_a_planted_leak_is_named(change, kind):
    sick = HEALTHY | change
    found = leaks(history(a=HEALTHY, b=HEALTHY, c=HEALTHY, sick=sick))
    assert {leak.channel for leak in found} == {"sick"}
    assert kind in {leak.kind for leak in found}


def test_the_words_hold_the_numbers():
    sick = HEALTHY | {"conversions": 30.0, "revenue": 2400.0, "leads": 150.0}
    (leak,) = leaks(history(a=HEALTHY, b=HEALTHY, sick=sick))
    assert leak.reason == (
        "many clicks, few conversions: 1.50 % of 2,000 clicks convert, usual are 5.00 %, which "
        "would be 70 conversions more. Look at the landing page and the audience"
    )


def test_a_low_rate_of_few_is_chance():
    few = {name: value / 50 for name, value in HEALTHY.items()} | {"conversions": 0.5}
    assert leaks(history(a=HEALTHY, b=HEALTHY, few=few)) == ()


@given(sizes=st.lists(st.floats(0.001, 1000), min_size=2, max_size=6))
def test_channels_of_one_kind_never_leak(sizes):
    channels = {
        f"c{i}": {name: size * value for name, value in HEALTHY.items()}
        for i, size in enumerate(sizes)
    }
    assert leaks(history(**channels)) == ()


def test_one_channel_alone_has_nothing_to_be_compared_with():
    assert leaks(history(a=HEALTHY)) == ()
