"""What a person may say about files that do not say it themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from models.errors import Fault, HistoryError
from models.exports.cells.dates import FORMS
from models.exports.cells.number_parsing import DECIMALS
from models.exports.cells.places import one_of
from models.exports.channel_mapping import ChannelRules
from models.exports.fields import FIELDS, IGNORE
from models.phrases import said

ForFiles = Mapping[str, str]  # by file name; "" speaks of every file


@dataclass(frozen=True)
class ReadOptions:
    """How to read a set of exports. Each `ForFiles` maps a file's name to a value, "" to all.

    Parameters
    ----------
    platform : the name of one of `models.exports.platforms.registry`, such as google_ads or other
    encoding : of a text without byte order mark that is not UTF-8
    decimal : "point" or "comma", where a file's numbers do not tell
    date_form : "ymd", "dmy" or "mdy", where a file's dates do not tell
    period : "day" or "week", where a file's dates do not tell
    account : the account that a file is of, where no column says it
    currency : of a file that names none; under "", of the history
    columns : the header of a field, by ``FIELD`` or, for one file, ``FILE:FIELD``; under
        ``ignore``, one or several that are not to be read
    later : files that were downloaded after others of the same days
    channel_from : what a table without a platform of its own is called: "platform" (other), or
        its "file"
    today : days after it are faults; default: today
    results : the one kind of Meta's results that counts as conversions
    rates : money of the history's currency per unit of another, by its code
    channels : which rows belong to which channel
    level : what a row of the result stands for
    weeks : whether days are summed to weeks: "where needed", because other files are by week
    conversions_from : "platforms", or "ga4" for its key events and revenue
    """

    platform: ForFiles = field(default_factory=dict)
    encoding: ForFiles = field(default_factory=dict)
    decimal: ForFiles = field(default_factory=dict)
    date_form: ForFiles = field(default_factory=dict)
    period: ForFiles = field(default_factory=dict)
    account: ForFiles = field(default_factory=dict)
    currency: ForFiles = field(default_factory=dict)
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    channel_from: Literal["platform", "file"] = "platform"
    today: date | None = None
    results: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    channels: ChannelRules | None = None
    level: Literal["channel", "account", "campaign", "adset", "ad"] = "campaign"
    weeks: Literal["never", "where needed", "always"] = "never"
    conversions_from: Literal["platforms", "ga4"] = "platforms"


_VALUES = {"decimal": DECIMALS, "date_form": FORMS, "period": ("day", "week")}
_FLAGS = {"date_form": "--date-format"}


def said_of(option: ForFiles, file: Path) -> str | None:
    """What an option says of one file: by its path, by its name, or of all."""
    for key in (str(file), file.name, ""):
        if key in option:
            return option[key]
    return None


def columns_of(options: ReadOptions, file: Path) -> dict[str, str]:
    """The headers that a person names for one file, by field."""
    return {name: texts[0] for name, texts in _named(options, file).items() if name != IGNORE}


def ignored_in(options: ReadOptions, file: Path) -> tuple[str, ...]:
    """The headers of one file that a person does not want read."""
    return _named(options, file).get(IGNORE, ())


def _named(options: ReadOptions, file: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, headers in options.columns.items():
        whose, _, name = key.rpartition(":")
        if whose in ("", file.name, str(file)):
            texts = (headers,) if isinstance(headers, str) else tuple(headers)
            # What is said of this file alone wins over what is said of all.
            found[name] = (
                (*texts, *found.get(name, ())) if whose else (*found.get(name, ()), *texts)
            )
    return found


def is_later(options: ReadOptions, file: Path) -> bool:
    """Whether a person says that a file was downloaded after others of the same days."""
    return file.name in options.later or str(file) in options.later


def check_options(options: ReadOptions, files: Sequence[Path]) -> None:
    """Refuse an option that speaks of a file which is not read, or says what it cannot mean.

    Raises
    ------
    HistoryError : with every such option
    """
    known = {name for file in files for name in (str(file), file.name, "")}
    there = said("There are: {names}", names=sorted({file.name for file in files})[:8])
    faults = []
    for option in ("platform", "encoding", "decimal", "date_form", "period", "account", "currency"):
        flag = _FLAGS.get(option, f"--{option}")
        for name, value in getattr(options, option).items():
            where = f"{flag} {name}={value}" if name else f"{flag} {value}"
            allowed = _VALUES.get(option)
            if name not in known:
                faults.append(Fault(where, said("no file '{file}' is read", file=name), there))
            if allowed and value not in allowed:
                problem = said("'{value}' is not one of {known}", value=value, known=list(allowed))
                faults.append(Fault(where, problem))
    for key, header in options.columns.items():
        file, _, name = key.rpartition(":")
        where = f"--column {key}={header}"
        if file not in known:
            faults.append(Fault(where, said("no file '{file}' is read", file=file), there))
        if name not in (*FIELDS, IGNORE):
            problem = said("there is no field '{name}'", name=name)
            faults.append(Fault(where, problem, one_of(name, FIELDS)))
    for file in options.later:
        if file not in known:
            problem = said("no file '{file}' is read", file=file)
            faults.append(Fault(f"--later {file}", problem, there))
    if faults:
        raise HistoryError(faults)
