"""budgetopt serve: the live planning page."""

from __future__ import annotations

import re
from pathlib import Path

import click

from scenarios.cli.options.history_options import language_option
from scenarios.cli.options.output import FILE, echo
from scenarios.cli.options.scenario_options import cache_option
from scenarios.cli.options.urls import without_password

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.argument("scenarios", nargs=-1, required=True, type=FILE)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8421, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--token",
    envvar="BUDGETOPT_SERVE_TOKEN",
    help="What others must know; required with a --host other than this machine.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option(
    "--register",
    envvar="BUDGETOPT_REGISTER",
    metavar="FILE|URL",
    callback=without_password,
    help="Let plans be submitted to this register.",
)
@click.option("--read-only", is_flag=True, help="Submit nothing, whatever the environment says.")
@cache_option
@language_option
def command(
    scenarios: tuple[Path, ...],
    host: str,
    port: int,
    token: str | None,
    no_browser: bool,
    register: str | None,
    read_only: bool,
    use_cache: bool,
    lang: str,
) -> None:
    """Open a page on which SCENARIOS answer every touch with the proven plan.

    What is set on the page is a list of --set settings: it stands in the page's address, and the
    page shows the command that gives the same plan. Needs the extra `page`.

    \b
    budgetopt serve base.yaml
    budgetopt serve base.yaml growth.yaml --lang vi --no-browser
    """
    from scenarios.language.language import language
    from scenarios.report.output_paths import extra

    if host not in LOOPBACK and not token:
        raise click.UsageError(
            f"--host {host} can be reached by others: give a --token that they must know."
            " Encryption (TLS) is the part of a proxy in front."
        )
    if token is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,}", token):
        raise click.UsageError("--token needs at least 16 letters, digits, '-' or '_'")
    register = None if read_only else register
    if register:
        with extra("register"):
            from scenarios.register import store  # noqa: F401
    with extra("page"):
        from scenarios.serve.run import address_of, listen, serve
    socket = listen(host, port)
    address = address_of(socket, host, token)
    echo(f"The page is at {address} (Ctrl+C ends it).", err=True)
    opened = None if no_browser else address
    serve(scenarios, language(lang), socket, host, token, opened, use_cache, register)
