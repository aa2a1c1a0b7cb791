"""The page of all fitted curves: each beside its data, what is known of it, and how it predicts."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from models import __version__
from models.curves.curveset import ChannelCurve, CurveSet
from scenarios.language.numbers import amount, percent, rate
from scenarios.report.page.document import document
from scenarios.report.page.markup import NOTHING, Page, Section
from scenarios.report.pictures import plot_charts
from scenarios.report.pictures.curve_views import NO_FIGURES, NO_HOLDOUT, CurveView, next_costs
from scenarios.report.prose.curve_facts import UNITS, half_saturation

HEADS = ("Channel", "Evidence", "Curve", "Spend", "Half at", "Carries over", "Next one costs",
         "Fit", "Ahead", "Naive")  # fmt: skip
READ = (
    "Grey ground: the spend that history shows over four weeks. Dashed: today. Bands: 90 % of the "
    "draws. Point at a picture for its figures, drag to zoom in, double-click to see all again."
)
ERRORS = (
    "Half at: spend that brings half of the most there is. Fit, ahead and naive: mean error of a "
    "period fitted, of a week predicted, and of the best simple rule."
)


def page(curves: CurveSet, views: Sequence[CurveView]) -> str:
    """The whole page; names, reasons and notices are escaped."""
    written = Page()
    rows = [_row(one.entry) for one in views]
    overview = written.table(ERRORS, HEADS, rows, words=(0, 1, 2))
    notices = written.listing(curves.notices) if curves.notices else NOTHING
    body = [
        written.section("All channels", written.paragraph(READ), overview, anchor="all"),
        written.section("The KPI of all channels", _kpi(views, curves, written), anchor="kpi"),
        *(_channel(number, one, curves, written) for number, one in enumerate(views, 1)),
        written.section("Notices", notices, anchor="notices"),
    ]
    money = f", amounts in {curves.currency}" if curves.currency else ""
    unit = UNITS.get(curves.period_days, f"{curves.period_days} days")
    return document(
        "Response curves",
        f"per {unit}{money}",
        body,
        written,
        made_by=f"budgetopt {__version__}",
        skip="Skip to the curves",
    )


def _row(entry: ChannelCurve) -> tuple[str, ...]:
    holdout = entry.fit.get("holdout", {})
    slope = 0.0 if entry.current_spend is None else float(entry.curve.marginal(entry.current_spend))
    errors = (entry.fit.get("error"), holdout.get("error"), holdout.get("baseline_error"))
    return (
        entry.channel,
        entry.evidence.verdict,
        entry.curve.family,
        amount(entry.current_spend),
        amount(half_saturation(entry.curve)),
        percent(entry.carry_over, 0),
        rate(1.0 / slope if slope else None),
        *(percent(error, 1) for error in errors),
    )


def _kpi(views: Sequence[CurveView], curves: CurveSet, written: Page) -> Markup:
    """The held-out weeks of a mix, once for all channels; nothing for a tidy history."""
    found = views[0].held_out
    if views[0].periods is not None or found is None:
        return NOTHING
    return written.picture(plot_charts.held_out(found, curves), "Held-out weeks", "The KPI ahead.")


def _channel(number: int, one: CurveView, curves: CurveSet, written: Page) -> Section | None:
    entry = one.entry
    name, unit = entry.channel, UNITS.get(curves.period_days, "period")
    says = f"{name}: {amount(entry.current_spend)} per {unit} today"
    drawn = [
        written.picture(plot_charts.response(one, curves), "Response", f"{says}, its response."),
        written.picture(
            plot_charts.cost(one, curves), next_costs(curves), f"{says}, the next one."
        ),
    ]
    if one.periods is not None:
        shown = plot_charts.periods(one.periods, curves)
        drawn.append(written.picture(shown, "Seen and expected", f"{name}: every {unit}."))
        if one.held_out is not None:
            shown = plot_charts.held_out(one.held_out, curves)
            drawn.append(written.picture(shown, "Held-out weeks", f"{name}: weeks ahead."))
    absent = [
        written.paragraph(f"{why[0].upper()}{why[1:]}.", "quiet")
        for why, what in ((NO_FIGURES, one.periods), (NO_HOLDOUT, one.held_out))
        if what is None
    ]
    return written.section(
        f"{name}: {entry.evidence.verdict}",
        written.listing(entry.evidence.reasons) if entry.evidence.reasons else NOTHING,
        written.block("pairs", *drawn),
        *absent,
        anchor=f"channel-{number}",
    )
