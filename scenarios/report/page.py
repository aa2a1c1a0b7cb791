"""The plan as one HTML file that opens offline and can be mailed: Plotly is in it, once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files

from scenarios.plan import Plan
from scenarios.report import sections
from scenarios.report.frontier import SweepDocument
from scenarios.report.markup import escape, listing, paragraph, section
from scenarios.report.periods import periods
from scenarios.report.words import findings, period_name

METHOD = """\
Every channel has a response curve: what a steady spend per period is expected to bring. The plan
divides the budget so that the objective is as high as the rules allow.

Each curve is replaced by straight pieces, once from below and once from above. The best split on
the lower pieces can be carried out; the best on the upper ones bounds what any plan can reach. The
pieces are refined until the two agree within the stated gap: that is the proof.

Today's split and the proposal are scored by the same function on the same curves. The price of a
rule says what one more unit of its limit is worth; its cost is the objective without it minus the
objective with it, solved again.

A curve says what history supports. It is causal only as far as the history is: an experiment is
the better evidence."""

NO_SCRIPT = "The pictures need JavaScript; every figure is in the tables."
COMPLETE = "This file is complete in itself and loads nothing."


def page(plans: Sequence[Plan], plan_sha256: str = "", sweep: SweepDocument | None = None) -> str:
    """The page of a plan.

    Parameters
    ----------
    plans : the plan; further ones only appear side by side with it
    plan_sha256 : hash of the first plan's file, for its provenance
    sweep : the optimum along one number, to be drawn as a frontier
    """
    plan, pictures = plans[0], sections.Pictures()
    why = sections.cards(plan) + listing(findings(plan))
    body = [section("What is recommended and why", why, anchor="why")]
    if plan.proposed is not None:
        body += [
            sections.moves(plan, pictures),
            sections.allocation(plan, pictures),
            periods(plan, pictures),
            sections.curves(plan, pictures),
            sections.rules(plan, pictures),
            sections.certainty(plan),
        ]
    body += [
        sections.frontier(plan, sweep, pictures),
        sections.scenarios(plans, pictures),
        section("Warnings", *(paragraph(t, "warning") for t in plan.warnings), anchor="warnings"),
        section("Method", *map(paragraph, METHOD.split("\n\n")), anchor="method"),
        sections.provenance(plan, plan_sha256),
    ]
    return _document(plan, [part for part in body if part], pictures)


def _document(plan: Plan, body: list[str], pictures: sections.Pictures) -> str:
    from plotly.offline import get_plotlyjs

    library, ours = get_plotlyjs(), _asset("page.js")
    # Escaped so that no name can end the script element that carries the data.
    data = json.dumps(pictures.figures, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
    # Nothing may be loaded from anywhere, and no script runs but these two.
    policy = (
        f"default-src 'none'; script-src {_hash(library)} {_hash(ours)}; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    currency = f", amounts in {plan.currency}" if plan.currency else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(plan.name)}: recommended budget</title>
<style>{_asset("page.css")}</style>
</head>
<body>
<a class="skip" href="#why">Skip to the recommendation</a>
<header>
<h1>{escape(plan.name)}: recommended budget</h1>
<p class="quiet">{escape(period_name(plan) + currency)}</p>
<noscript>{paragraph(NO_SCRIPT, "warning")}</noscript>
<nav aria-label="Contents"><ul>{_contents(body)}</ul></nav>
</header>
<main>{"".join(body)}</main>
<footer>Made by budgetopt {escape(plan.provenance.version)}. {COMPLETE}</footer>
<script type="application/json" id="charts">{data}</script>
<script>{library}</script>
<script>{ours}</script>
</body>
</html>
"""


def _contents(body: Sequence[str]) -> str:
    links = []
    for part in body:
        anchor = part.split('id="', 1)[1].split('"', 1)[0]
        title = part.split("<h2>", 1)[1].split("</h2>", 1)[0]
        links.append(f'<li><a href="#{anchor}">{title}</a></li>')
    return "".join(links)


def _asset(name: str) -> str:
    return files("scenarios.report").joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
