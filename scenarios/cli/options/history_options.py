"""The options that say what a history's columns mean, shared by every command that reads one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.history.history import HistorySpec, Scale
from scenarios.cli.options.export_options import (
    CHANNEL_FROM,
    CONVERSIONS_FROM,
    EXPORT_OPTIONS,
    MARKS,
    ONLY_EXPORTS,
    SHARED,
    SHARED_OPTIONS,
    read_options,
)
from scenarios.cli.options.output import FILE, choice_option, pairs, with_options

if TYPE_CHECKING:
    from models.fit.request import FitRequest

GRAINS, SHAPES = ("auto", "day", "week"), ("tidy", "mix")
LANGUAGES = ("en", "vi")
SCENARIOS = (".yaml", ".yml")

language_option = choice_option(
    "--lang", LANGUAGES, "Language of tables and of messages about data."
)


@dataclass(frozen=True)
class Given:
    """A history as a command line names it.

    Parameters
    ----------
    files : one file, or exports: several files, or folders of them; or a scenario, for its history
    columns : what is said of a history's own columns, as fields of HistorySpec
    exports : what is said of exports, by option
    scales : units of money that change inside the history
    """

    files: tuple[Path, ...]
    columns: Mapping[str, Any]
    exports: Mapping[str, Any]
    scales: tuple[Scale, ...] = ()

    @property
    def name(self) -> str:
        """For messages."""
        return ", ".join(map(str, self.files))

    def spec(self) -> HistorySpec:
        """What to read; exports are read here, a history's own file later.

        Raises
        ------
        InputError : exports that cannot be read, or options that do not fit the files
        """
        found = self._unscaled()
        return replace(found, scales=(*found.scales, *self.scales))

    def _unscaled(self) -> HistorySpec:
        from scenarios.sources.exports import are_exports, no_columns, read_as_history

        if len(self.files) == 1 and self.files[0].suffix.lower() in SCENARIOS:
            return self._of_scenario(self.files[0])
        said = _said(self.columns)
        is_asked = any(self.exports[name] not in _UNSAID for name in ONLY_EXPORTS)
        if is_asked or are_exports(self.files, said):
            no_columns(_flag(name) for name in said)
            grain = self.columns["grain"]
            weeks = "where needed" if grain == "week" else "never"
            options = read_options(self.exports, level="channel", weeks=weeks)
            return read_as_history(self.files, self.name, options, grain).spec
        return HistorySpec(self.files[0], **{**self.columns, **self._of_one_file()})

    def fit_request(self) -> FitRequest:
        """What a scenario's `fit` asks; the defaults for any other history."""
        from models.fit.request import FitRequest
        from scenarios.definition.scenario import Scenario
        from scenarios.sources.fit_request import request_of

        if len(self.files) != 1 or self.files[0].suffix.lower() not in SCENARIOS:
            return FitRequest()
        scenario = Scenario.load(self.files[0])
        return request_of(scenario.definition.fit, scenario.folder) or FitRequest()

    def _of_scenario(self, file: Path) -> HistorySpec:
        """The history that a scenario names, such as a warehouse's table."""
        from models.errors import Fault, HistoryError
        from models.phrases import said
        from scenarios.definition.scenario import Scenario
        from scenarios.sources.named_history import named_history

        if told := [*_said(self.columns), *_said(self.exports)]:
            raise click.UsageError(f"{_flag(told[0])}: {file} says this itself, under 'history'.")
        scenario = Scenario.load(file)
        if scenario.definition.history is None:
            remedy = said("Give it the key 'history', or name the history's own file")
            raise HistoryError(Fault(str(file), said("names no history"), remedy))
        spec, grain = named_history(scenario).spec, self.columns["grain"]
        return spec if grain == GRAINS[0] else replace(spec, grain=grain)

    def _of_one_file(self) -> dict[str, str]:
        """The options that a history's own file shares with exports."""
        file = self.files[0]
        found: dict[str, str] = {}
        for option in SHARED:
            said = self.exports[option]
            if others := set(said) - {"", file.name, str(file)}:
                raise click.UsageError(f"{_flag(option)} {others.pop()}=...: only {file} is read.")
            for name in (str(file), file.name, ""):
                if name in said:
                    found.setdefault(option, said[name])
        if "decimal" in found:
            mark = {name: mark for mark, name in MARKS.items()}.get(found["decimal"])
            found["decimal"] = mark or found["decimal"]
            if found["decimal"] not in MARKS:
                raise click.UsageError(f"--decimal {found['decimal']}: write point or comma.")
        return found


# What an option holds that nobody gave.
_UNSAID = (None, (), {}, SHAPES[0], *GRAINS, CONVERSIONS_FROM[0], CHANNEL_FROM[0])


def _said(options: Mapping[str, Any]) -> list[str]:
    return [name for name, value in options.items() if value not in _UNSAID]


def _flag(name: str) -> str:
    return "--control" if name == "controls" else f"--{name.replace('_', '-')}"


def history_options(command: Callable) -> Callable:
    """Give a command the argument HISTORY and its options; it receives `history: Given`."""

    @functools.wraps(command)
    def wrapped(*args, files: tuple[Path, ...], spend: tuple[str, ...], **kwargs):
        columns = {name: kwargs.pop(name) for name in _PLAIN}
        columns["spend"] = _spend(spend, columns["shape"])
        exports = {name: kwargs.pop(name) for name in (*ONLY_EXPORTS, *SHARED)}
        scales = kwargs.pop("scales")
        return command(*args, history=Given(files, columns, exports, scales), **kwargs)

    return with_options(wrapped, _OPTIONS)


def _spend(given: tuple[str, ...], shape: str) -> str | dict[str, str] | None:
    """``tv=tv_S`` by channel for a mix, one column's name for a tidy history."""
    if not given:
        return None
    if shape == "tidy":
        column, *others = given
        if others or "=" in column:
            raise click.UsageError("Several columns of spend need --shape mix.")
        return column
    return pairs("--spend", given, "CHANNEL=COLUMN")


def _scales(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[Scale, ...]:
    """``tv@2026-03-02=0.01``."""
    found = []
    for text in given:
        where, _, factor = text.rpartition("=")
        try:
            found.append(Scale.of(where, float(factor)))
        except ValueError:
            raise click.UsageError(
                f"--scale {text}: write it as CHANNEL@DATE=FACTOR, e.g. tv@2026-03-02=0.01."
            ) from None
    return tuple(found)


_PLAIN = (
    *("shape", "date", "channel", "kpi", "revenue", "value_per_conversion"),
    *("controls", "grain", "sheet"),
)
_OPTIONS = (
    click.argument("files", metavar="HISTORY...", nargs=-1, required=True, type=FILE),
    choice_option(
        "--shape", SHAPES, "tidy: one row per date and channel; mix: one row per date and one KPI."
    ),
    click.option("--date", metavar="COLUMN", help="Column of the dates."),
    click.option("--channel", metavar="COLUMN", help="Column of the channels' names (tidy)."),
    click.option("--kpi", metavar="COLUMN", help="Column of the conversions, or of a mix's KPI."),
    click.option(
        "--spend",
        metavar="[CHANNEL=]COLUMN",
        multiple=True,
        help="Column of spend; for a mix once per channel, e.g. --spend tv=tv_S.",
    ),
    click.option("--revenue", metavar="COLUMN", help="Column of the revenue."),
    click.option(
        "--value-per-conversion", metavar="COLUMN", help="Instead of --revenue, in a mix."
    ),
    click.option(
        "--control",
        "controls",
        metavar="COLUMN",
        multiple=True,
        help="Column that explains the KPI beside spend, one value per date; may be repeated.",
    ),
    choice_option("--grain", GRAINS, "auto: by week where there are enough days for it."),
    click.option(
        "--scale",
        "scales",
        metavar="CHANNEL@DATE=FACTOR",
        multiple=True,
        callback=_scales,
        help="A channel's spend is in another unit from a date on, e.g. tv@2026-03-02=0.01; "
        "CHANNEL:revenue@DATE for its revenue; 1 says that the figures are right.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of an XLSX; default the first."),
    *SHARED_OPTIONS,
    *EXPORT_OPTIONS,
)
