"""Packages that only some people need, and what is said where one of them is not installed."""

from __future__ import annotations

from models.phrases import Phrase, said


def lacking(what: Phrase, package: str | None, extra: str, instead: str = "") -> tuple[str, str]:
    """Problem and remedy of what cannot be done without an extra of the distribution.

    Parameters
    ----------
    what : that needs the package, e.g. ``said("reading XLSX")``
    package : the one that is not installed
    extra : the distribution's extra that brings it
    instead : another way out, if there is one
    """
    problem = said(
        "{what} needs the package {package}, which is not installed", what=what, package=package
    )
    install = said("Run pip install 'budgetopt[{extra}]'", extra=extra)
    if not instead:
        return problem, install
    return problem, said("{install}, or {other}", install=install, other=instead)


SAVE_AS_CSV = said("save the file as CSV")
