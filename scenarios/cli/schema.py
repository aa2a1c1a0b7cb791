"""budgetopt schema: what a scenario file may hold, for editors."""

from __future__ import annotations

import click

from scenarios.cli.options.output import Output, output_options


@click.command()
@click.option("--commented", is_flag=True, help="A scenario file with every key and its meaning.")
@output_options(suffixes={".json": "json", ".yaml": "json", ".yml": "json"})
def command(commented: bool, out: Output) -> None:
    """Print the JSON Schema of scenario files, for completion and checks in an editor.

    \b
    budgetopt schema --output scenario.schema.json
    budgetopt schema --commented
    """
    from scenarios.definition import reference

    out.write({"json": reference.commented if commented else reference.json_schema})
