"""budgetopt report: a plan as a workbook, a page, or text."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.cli.options.history_options import language_option
from scenarios.cli.options.output import FILE, echo, force_option


@click.command()
@click.argument("plans", nargs=-1, required=True, type=FILE)
@click.option("--xlsx", type=FILE, help="A workbook with live formulas.")
@click.option("--html", type=FILE, help="One page that opens offline and can be mailed.")
@click.option("--pdf", type=FILE, help="The page on paper, by the Chromium of this machine.")
@click.option("--markdown", type=FILE, help="Text for a ticket or a chat.")
@click.option("--sweep", type=FILE, help="A frontier for the page: what `sweep` wrote as JSON.")
@language_option
@force_option("Replace files that exist.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
def command(
    plans: tuple[Path, ...],
    xlsx: Path | None,
    html: Path | None,
    pdf: Path | None,
    markdown: Path | None,
    sweep: Path | None,
    lang: str,
    force: bool,
    quiet: bool,
) -> None:
    """Show PLANS, which `budgetopt plan --output` wrote, to those who decide.

    The first plan is reported; further ones stand beside it for comparison. Without a file to
    write, the text is printed.

    \b
    budgetopt report plan.json --xlsx plan.xlsx --html plan.html
    budgetopt report base.json growth.json --html december.html --force
    budgetopt report plan.json --pdf plan.pdf --lang vi
    budgetopt report plan.json | less
    """
    from scenarios.language.language import language
    from scenarios.report.deliver import MAKERS, deliver, read_plans

    spoken, found = language(lang), None
    if sweep is not None:
        from scenarios.report.page.sweep import read_sweep

        if html is None and pdf is None:
            raise click.UsageError("--sweep is drawn on the page: give it --html FILE as well.")
        found = read_sweep(sweep)
    targets = {"xlsx": xlsx, "html": html, "pdf": pdf, "markdown": markdown}
    files = read_plans(plans)
    if not any(targets.values()):
        echo(str(MAKERS["markdown"](files, None, spoken)), nl=False)
        return
    for path in deliver(files, targets, force, found, spoken):
        if not quiet:
            echo(f"wrote {path}", err=True)
