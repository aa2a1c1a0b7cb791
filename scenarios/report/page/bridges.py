"""The bridges on the page: a picture and a table each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from models.phrases import Phrase, capital, formed, joined, said
from scenarios.plan.money import Measure, measure, money_of
from scenarios.plan.plan import Plan
from scenarios.report.page.charts import (
    PROPOSED,
    TODAY,
    Figure,
    figure,
    measured,
    names_axis,
    scaled,
    text,
)
from scenarios.report.page.markup import Page, Section
from scenarios.report.prose.bridge import (
    GAIN,
    KEYS,
    NOTE,
    TITLE,
    Step,
    books_of,
    from_books,
    result_of,
    to_plan,
)
from scenarios.report.prose.glossary import METRIC

LEVELS = said("Grey: what stands there. Coloured: what is added or taken, from one to the next.")


def books(plan: Plan, page: Page) -> Section | None:
    """From the books to today: every metric in the table, the result in the picture."""
    found = books_of(plan)
    if found is None:
        return None
    steps, money = from_books(found), money_of(plan)
    shown = {key: measure(key, money) for key in KEYS if key in found.booked}
    key = next(key for key in ("revenue", "conversions") if key in shown)
    rows = [
        (step.title, *((show.bare if step.is_level else show.bare_signed)(step.values[name])
                       for name, show in shown.items()))
        for step in steps
    ]  # fmt: skip
    heads = (said("Step"), *(show.head(capital(METRIC[name])) for name, show in shown.items()))
    return page.section(
        TITLE,
        page.paragraph(NOTE),
        page.picture(bridge_chart(steps, key, shown[key]), LEVELS, told(steps, key, shown[key])),
        page.table(TITLE, heads, rows[:-1], rows[-1]),
        anchor="books",
    )


def gain(plan: Plan, page: Page) -> Section | None:
    """From today to the plan, channel by channel."""
    key, steps = result_of(plan), to_plan(plan)
    if key is None or not steps:
        return None
    show = measure(key, money_of(plan))
    rows = [
        (step.title, (show.bare if step.is_level else show.bare_signed)(step.values[key]))
        for step in steps
    ]
    heads = (said("Step"), show.head(capital(METRIC[key])))
    return page.section(
        GAIN,
        page.picture(bridge_chart(steps, key, show), LEVELS, told(steps, key, show)),
        page.table(GAIN, heads, rows[:-1], rows[-1]),
        anchor="gain",
    )


def told(steps: Sequence[Step], key: str, show: Measure) -> str:
    """A bridge in words, for those who do not see it."""
    return joined(
        "; ",
        [
            formed(
                "{title} {value}",
                title=step.title,
                value=(show.told if step.is_level else show.signed)(step.values[key]),
            )
            for step in steps
        ],
    )


def bridge_chart(steps: Sequence[Step], key: str, show: Measure) -> Figure:
    """Levels as whole bars, steps between them; the axis begins near the lowest level."""
    values = [step.values[key] for step in steps]
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "measure": ["absolute", *(["relative"] * (len(steps) - 2)), "total"],
        "y": [step.label if isinstance(step.label, Phrase) else text(step.label) for step in steps],
        "x": [scaled(value, show) for value in values],
        "text": [
            (show.bare if step.is_level else show.bare_signed)(value)
            for step, value in zip(steps, values, strict=True)
        ],
        "customdata": [show.told(value) for value in values],
        "textposition": "auto",
        "decreasing": {"marker": {"color": "#B5502B"}},
        "increasing": {"marker": {"color": PROPOSED}},
        "totals": {"marker": {"color": TODAY}},
        "connector": {"line": {"color": "#7A8793", "width": 1}},
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
    }
    levels = [scaled(x, show) or 0.0 for x in accumulate(values[:-1])]
    low, high = min(levels), max(levels)
    room = 0.6 * (high - low) or 0.05 * high
    ends = [max(low - room, min(0.0, low)), high + room]
    axis = measured(METRIC[key], show, range=ends)
    return figure([trace], 70 + 30 * len(steps), yaxis=names_axis(), xaxis=axis)
