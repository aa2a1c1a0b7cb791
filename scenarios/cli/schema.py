"""budgetopt schema: what our files may hold, for editors and for other programs."""

from __future__ import annotations

import json

import click

from scenarios.cli.options.output import Output, output_options

KINDS = ("scenario", "curves", "plan", "track")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), default="scenario")
@click.option("--commented", is_flag=True, help="A scenario file with every key and its meaning.")
@output_options(suffixes={".json": "json", ".yaml": "json", ".yml": "json"})
def command(kind: str, commented: bool, out: Output) -> None:
    """Print the JSON Schema of a kind of file, for completion and checks in an editor.

    KIND is scenario (left out, this), curves, plan, or track (what `track --format json` prints).

    \b
    budgetopt schema --output scenario.schema.json
    budgetopt schema plan
    budgetopt schema --commented
    """
    from scenarios.definition import reference

    if commented and kind != "scenario":
        raise click.UsageError("--commented shows a scenario file, which has comments.")
    out.write({"json": reference.commented if commented else lambda: _schema(kind)})


def _schema(kind: str) -> str:
    from scenarios.definition.reference import DIALECT, json_schema

    if kind == "scenario":
        return json_schema()
    from models.curves.curve_document import CurvesDocument
    from scenarios.plan.plan import Plan
    from scenarios.tracking.track_document import TrackDocument

    model = {"curves": CurvesDocument, "plan": Plan, "track": TrackDocument}[kind]
    schema = model.model_json_schema() | {"title": f"budgetopt {kind}"}
    if kind == "plan":  # `dump` ends it with its own hash
        schema["properties"]["sha256"] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    return json.dumps({"$schema": DIALECT, **schema}, indent=1) + "\n"
