"""budgetopt compare: several scenarios side by side."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.amounts import InOrder, variants
from scenarios.cli.options.output import FILE, Output, output_options
from scenarios.cli.options.scenario_options import cache_option, picture_option, scenario_options


@click.command(cls=InOrder)
@click.argument("files", metavar="SCENARIO...", nargs=-1, required=True, type=FILE)
@scenario_options
@click.option(
    "--as",
    "name",
    metavar="NAME",
    help="Name the scenario that the settings before it make of the one file; may be repeated.",
)
@picture_option
@cache_option
@output_options(also=("picture",))
def command(
    files: tuple[Path, ...],
    settings: tuple[str, ...],
    name: str | None,
    picture: Path | None,
    use_cache: bool,
    out: Output,
) -> None:
    """Plan several scenarios and show them side by side.

    The first is the one that the others are told apart from. Settings hold for all of them, unless
    --as makes a scenario of its own of those before it.

    \b
    budgetopt compare base.yaml growth.yaml efficiency.yaml
    budgetopt compare base.yaml growth.yaml --picture compare.html
    budgetopt compare base.yaml --set budget=+10% --as growth --set channels.tv.locked=true --as tv
    """
    from scenarios.analyses.compare import compare, to_json, to_rows
    from scenarios.definition.scenario import load_all, with_variants
    from scenarios.report.terminal.compare import compare_report

    with out.progress("Reading the scenarios ...") as say:
        if named := variants(settings):
            if len(files) > 1:
                raise click.UsageError("--as varies one scenario file, but several are given")
            scenarios = with_variants(load_all(files)[0], named)
        else:
            scenarios = load_all(files, settings)
        found = compare(scenarios, say, use_cache)
    out.show(found, lambda found: compare_report(found, out.width), to_json, to_rows)
    if picture is not None:
        from scenarios.report.pictures.comparisons import compare_picture

        compare_picture(found, picture)
        out.note(f"wrote {picture}")
