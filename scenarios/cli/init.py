"""budgetopt init: a folder to start from."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.output import FILE, echo, force_option


@click.command()
@click.argument("folder", metavar="DIR", type=FILE)
@force_option("Replace files of the same names.")
def command(folder: Path, force: bool) -> None:
    """Write the sample history and four scenarios into DIR, to start from.

    \b
    budgetopt init my-plan
    budgetopt plan my-plan/base.yaml
    """
    from scenarios import demo

    for name in demo.write(folder, force):
        echo(f"wrote {folder / name}")
    echo(f"\nNow try: budgetopt plan {folder / demo.START}")
    echo("The history is simulated: put your own in its place, under the same name.")
