"""The options that say what platforms' exports leave open, shared by every command that reads them.

Those that may speak of one file are written `[FILE=]VALUE`; by file name, "" speaks of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.options.output import FILE, choice_option, pairs

if TYPE_CHECKING:
    from models.exports.options import ReadOptions

MARKS = {".": "point", ",": "comma"}
CONVERSIONS_FROM = ("platforms", "ga4")
CHANNEL_FROM = ("platform", "file")


def for_files(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    """``comma`` for all files, ``meta.csv=comma`` for one."""
    said: dict[str, str] = {}
    for text in given:
        name, _, value = text.rpartition("=")
        if name in said:
            whose = f"of {name} " if name else ""
            raise click.UsageError(f"{param.opts[0]} {whose}is given twice.")
        said[name] = value
    return said


def said_option(name: str, metavar: str, text: str) -> Callable:
    """An option about one file or all of them."""
    return click.option(
        name, metavar=f"[FILE=]{metavar}", multiple=True, callback=for_files, help=text
    )


def _by_name(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    """``spend=Coût total``."""
    return pairs(param.opts[0], given, param.make_metavar(ctx))


def _columns(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    """As `_by_name`; several headers under one name are several that are not to be read."""
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        ((name, header),) = _by_name(ctx, param, (text,)).items()
        found[name] = (*found.get(name, ()), header)
    twice = [name for name, headers in found.items() if len(headers) > 1]
    if wrong := [name for name in twice if name.rpartition(":")[2] != "ignore"]:
        raise click.UsageError(f"{param.opts[0]} {wrong[0]} is given twice.")
    return found


def _rates(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict:
    rates = {}
    for code, value in _by_name(ctx, param, given).items():
        try:
            rates[code.upper()] = float(value)
        except ValueError:
            raise click.UsageError(f"--rate {code}={value}: '{value}' is not a number.") from None
    return rates


# What only exports can be asked. A history's own file may be asked the four others as well.
ONLY_EXPORTS = (
    *("channels", "conversions_from", "rates", "account", "platform"),
    *("period", "columns", "results", "later", "channel_from"),
)
SHARED = ("currency", "decimal", "date_format", "encoding")

EXPORT_OPTIONS = (
    click.option(
        "--channels",
        metavar="FILE",
        type=FILE,
        help="Rules that say which campaigns are which channel (YAML); default: by platform.",
    ),
    choice_option("--conversions-from", CONVERSIONS_FROM, "Whose conversions and revenue count."),
    click.option(
        "--rate",
        "rates",
        metavar="CODE=NUMBER",
        multiple=True,
        callback=_rates,
        help="Money of the history's currency per unit of another, e.g. USD=0.92.",
    ),
    said_option("--account", "NAME", "The account that an export is of, where no column says it."),
    said_option("--platform", "NAME", "Instead of telling an export's from its content."),
    said_option("--period", "LENGTH", "day or week, where an export's dates do not tell."),
    click.option(
        "--column",
        "columns",
        metavar="[FILE:]FIELD=HEADER",
        multiple=True,
        callback=_columns,
        help="An export's header that is worded otherwise, e.g. spend='Total cost'; "
        "ignore=HEADER leaves one out.",
    ),
    click.option(
        "--later",
        metavar="FILE",
        multiple=True,
        help="Of two exports of the same days, the one that was downloaded later.",
    ),
    choice_option(
        "--channel-from",
        CHANNEL_FROM,
        "What a table without a platform is called: other, or by its file's name.",
    ),
    click.option("--results", metavar="KIND", help="Which of Meta's results are conversions."),
)
SHARED_OPTIONS = (
    said_option("--currency", "CODE", "Where a file names none; without FILE, of the history."),
    said_option("--decimal", "MARK", "point or comma, where the numbers do not tell."),
    said_option("--date-format", "FORM", "ymd, dmy or mdy; of a history also e.g. DD/MM/YYYY."),
    said_option("--encoding", "NAME", "Of a text that is not UTF-8, e.g. cp1252."),
)


def read_options(said: Mapping[str, Any], **more: Any) -> ReadOptions:
    """What the options of both groups say, as the reader of exports takes it.

    Raises
    ------
    InputError : the channels file is wrong
    """
    from models.exports.options import ReadOptions
    from scenarios.definition.channel_file import read_channels

    named: dict[str, Any] = dict(said)
    channels, form = named.pop("channels"), named.pop("date_format")
    marks: dict[str, str] = named.pop("decimal")
    decimal = {file: MARKS.get(mark, mark) for file, mark in marks.items()}
    rules = read_channels(channels) if channels else None
    return ReadOptions(channels=rules, date_form=form, decimal=decimal, **named, **more)
