"""What a person may say about files that do not say it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from models.errors import Fault, HistoryError
from models.exports.channels import ChannelRules

ForFiles = Mapping[str, str]  # by file name; "" speaks of every file


@dataclass(frozen=True)
class ReadOptions:
    """How to read a set of exports. Each `ForFiles` maps a file's name to a value, "" to all.

    Parameters
    ----------
    platform : google_ads, meta, tiktok, microsoft_ads, linkedin, ga4 or fivetran
    encoding : of a text without byte order mark that is not UTF-8
    decimal : "point" or "comma", where a file's numbers do not tell
    date_form : "ymd", "dmy" or "mdy", where a file's dates do not tell
    period : "day" or "week", where a file's dates do not tell
    account : the account that a file is of, where no column says it
    currency : of a file that names none; under "", of the history
    columns : further wordings of headers, by field
    results : the one kind of Meta's results that counts as conversions
    rates : money of the history's currency per unit of another, by its code
    channels : which rows belong to which channel
    level : what a row of the result stands for
    conversions_from : "platforms", or "ga4" for its key events and revenue
    """

    platform: ForFiles = field(default_factory=dict)
    encoding: ForFiles = field(default_factory=dict)
    decimal: ForFiles = field(default_factory=dict)
    date_form: ForFiles = field(default_factory=dict)
    period: ForFiles = field(default_factory=dict)
    account: ForFiles = field(default_factory=dict)
    currency: ForFiles = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    results: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    channels: ChannelRules | None = None
    level: Literal["channel", "account", "campaign", "adset", "ad"] = "campaign"
    conversions_from: Literal["platforms", "ga4"] = "platforms"


def said_of(option: ForFiles, file: Path) -> str | None:
    """What an option says of one file: by its path, by its name, or of all."""
    for key in (str(file), file.name, ""):
        if key in option:
            return option[key]
    return None


def check_names(options: ReadOptions, files: list[Path]) -> None:
    """Refuse an option that speaks of a file which is not read.

    Raises
    ------
    HistoryError : a name that no file has
    """
    known = {name for file in files for name in (str(file), file.name, "")}
    faults = []
    for option in ("platform", "encoding", "decimal", "date_form", "period", "account", "currency"):
        for name in getattr(options, option):
            if name not in known:
                flag = f"--{option.replace('_form', '_format').replace('_', '-')}"
                there = ", ".join(sorted({file.name for file in files})[:8])
                faults.append(
                    Fault(f"{flag} {name}=...", "no such file is read", f"There are: {there}")
                )
    if faults:
        raise HistoryError(faults)
