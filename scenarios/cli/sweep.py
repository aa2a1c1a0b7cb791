"""budgetopt sweep: the optimum over a range of any number."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import Output, output_options
from scenarios.cli.options.scenario_options import (
    cache_option,
    evidence_of,
    picture_option,
    scenario_argument,
    scenario_options,
)


@click.command()
@scenario_argument
@scenario_options
@picture_option
@cache_option
@output_options(also=("picture",))
def command(
    scenario: Path, settings: tuple[str, ...], picture: Path | None, use_cache: bool, out: Output
) -> None:
    """Solve SCENARIO again over a range of any number, FROM:TO:POINTS, or over a grid of two.

    \b
    budgetopt sweep december.yaml --budget 80k:200k:13
    budgetopt sweep december.yaml --budget -20%:+40%:7 --set channels.tv.locked=true
    budgetopt sweep december.yaml --budget 80k:200k:7 --set portfolio.max_cpa=40:60:11
    """
    from scenarios.analyses.sweep import split_settings, sweep, to_json, to_rows
    from scenarios.definition.scenario import Scenario
    from scenarios.report.terminal.sweep import sweep_report

    fixed, axes = split_settings(settings)
    with out.progress("Reading the scenario ...") as say:
        # Of a range only the ends are told apart: the first point must be a scenario by itself.
        first = [axis.setting(axis.values[0]) for axis in axes]
        loaded = Scenario.load(scenario, [*fixed, *first])
        found = sweep(loaded, axes, evidence_of(loaded, use_cache, out, say), say)
    out.show(found, sweep_report, to_json, to_rows)
    if picture is not None:
        from scenarios.report.pictures.comparisons import sweep_picture

        sweep_picture(found, picture)
        out.note(f"wrote {picture}")
