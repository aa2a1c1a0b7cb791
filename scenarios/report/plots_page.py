"""The page of all curves' pictures: one file, pictures inside, nothing fetched from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from models.curveset import ChannelCurve, CurveSet
from scenarios.report.numbers import amount, percent

if TYPE_CHECKING:
    from scenarios.report.plots import Picture

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #222 }
img { width: 100%; height: auto } section { margin-top: 3rem }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left }
.unusable { color: #b3261e } .weak { color: #8a5a00 }
"""


def page(curves: CurveSet, pictures: Iterable[Picture]) -> str:
    """The whole page; names and reasons are escaped."""
    sections = "\n".join(_section(curves[picture.channel], picture) for picture in pictures)
    notices = "".join(f"<li>{escape(notice)}</li>" for notice in curves.notices)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Response curves</title><style>{STYLE}</style></head>\n"
        f"<body><h1>Response curves</h1>\n<ul>{notices}</ul>\n{sections}\n</body></html>\n"
    )


def _section(entry: ChannelCurve, picture: Picture) -> str:
    data = base64.b64encode(picture.png).decode()
    name, verdict = escape(entry.channel), entry.evidence.verdict
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in entry.evidence.reasons)
    rows = "".join(
        f"<tr><th>{escape(what)}</th><td>{escape(value)}</td></tr>" for what, value in _facts(entry)
    )
    return (
        f'<section><h2>{name}: <span class="{verdict}">{verdict}</span></h2><ul>{reasons}</ul>'
        f'<table>{rows}</table><img alt="Curve, cost, residuals and held-out weeks of {name}" '
        f'src="data:image/png;base64,{data}"></section>'
    )


def _facts(entry: ChannelCurve) -> list[tuple[str, str]]:
    holdout = entry.fit.get("holdout", {})
    return [
        ("curve", entry.curve.family),
        ("today's spend", amount(entry.current_spend)),
        ("highest spend over four weeks", amount(entry.max_observed_spend)),
        ("carries over", percent(entry.carry_over, 0)),
        ("error of the fit", percent(entry.fit.get("error"), 1)),
        ("error ahead", percent(holdout.get("error"), 1)),
        ("best simple rule ahead", percent(holdout.get("baseline_error"), 1)),
    ]
