"""The history that a scenario names: a file, platforms' exports, or a warehouse's table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.history.history import HistorySpec, Scale
from scenarios.definition.extends import relative_file
from scenarios.definition.history_blocks import SOURCES, Exports, HistoryFile
from scenarios.definition.scenario import Scenario
from scenarios.plan.plan import InputFile

if TYPE_CHECKING:
    from models.exports.options import ReadOptions

NOT_COLUMNS = frozenset({*SOURCES, "query", "exports", "grain", "currency", "scale"})


@dataclass(frozen=True)
class NamedHistory:
    """A history and the files that it is made of.

    Parameters
    ----------
    spec : what to read; of exports and of a warehouse, their cells
    inputs : of the plan's provenance; their hashes are None where reading finds it
    """

    spec: HistorySpec
    inputs: tuple[InputFile, ...]

    def inputs_of(self, sha256: str) -> tuple[InputFile, ...]:
        """The inputs, the hash of a file that is read by itself filled in."""
        return tuple(
            one if one.sha256 else one.model_copy(update={"sha256": sha256}) for one in self.inputs
        )


def named_history(scenario: Scenario, say: Callable[[str], None] = lambda _: None) -> NamedHistory:
    """What a scenario's `history` stands for, its files found from the working folder.

    Raises
    ------
    InputError : exports or a warehouse that cannot be read; a plain file is read later
    """
    assert scenario.definition.history is not None
    return history_of(scenario.definition.history, scenario.folder, say)


def history_of(
    declared: HistoryFile, folder: Path, say: Callable[[str], None] = lambda _: None
) -> NamedHistory:
    """What a `history` block stands for; the files that it names are relative to `folder`."""
    found = _unscaled(declared, folder, say)
    scales = tuple(Scale.of(name, factor) for name, factor in declared.scale.items())
    return replace(found, spec=replace(found.spec, scales=scales))


def _unscaled(declared: HistoryFile, folder: Path, say: Callable[[str], None]) -> NamedHistory:
    from scenarios.sources.exports import are_exports, no_columns

    columns = sorted(declared.model_fields_set - NOT_COLUMNS)
    own = [f"history.{name}" for name in columns]
    if declared.url is not None or declared.tables is not None:
        say("Asking the warehouse ...")
        no_columns(own)
        return _of_warehouse(folder, declared)
    paths = declared.files or [declared.file or ""]
    if declared.files or declared.exports or are_exports([folder / paths[0]], columns):
        say("Reading exports ...")
        no_columns(own)
        return _of_exports(folder, declared, paths)
    spec = HistorySpec(folder / paths[0], **columns_of(declared))
    return NamedHistory(spec, (InputFile(role="history", file=paths[0], sha256=""),))


def columns_of(declared: HistoryFile) -> dict[str, Any]:
    """What a `history` block says of the columns, as `HistorySpec` takes it."""
    given = declared.model_dump(exclude_none=True, exclude={*SOURCES, "query", "exports", "scale"})
    if "controls" in given:
        given["controls"] = tuple(given["controls"])
    return given


def _of_exports(folder: Path, declared: HistoryFile, paths: list[str]) -> NamedHistory:
    from models.history.cell_table import file_sha256
    from scenarios.sources.exports import read_as_history

    options = _options(declared, folder)
    files = [folder / path for path in paths]
    found = read_as_history(files, ", ".join(paths), options, declared.grain)
    inputs = [
        (relative_file(Path(source.file), folder), source.sha256)
        for source in found.imported.sources
    ]
    if declared.exports and declared.exports.channels:
        rules = folder / declared.exports.channels
        inputs.append((declared.exports.channels, file_sha256(rules)))
    return NamedHistory(
        found.spec,
        tuple(InputFile(role="history", file=name, sha256=digest) for name, digest in inputs),
    )


def _of_warehouse(folder: Path, declared: HistoryFile) -> NamedHistory:
    from models.exports.combine.combine import combine
    from scenarios.sources.exports import history_table, spec_at_hand, table_of
    from scenarios.sources.warehouse import CHANNEL_NAMES, Warehouse, read_warehouse

    files = folder / declared.tables if declared.tables else None
    options = _options(declared, folder)
    names = CHANNEL_NAMES if options.channels else ()
    found = read_warehouse(Warehouse(declared.url, files, declared.query), names)
    if found.part is not None:
        imported = combine([found.part], options)
        currency = imported.reconciliation.currency
        spec = spec_at_hand(history_table(imported, found.name), declared.grain, currency)
    else:
        assert found.tidy is not None
        table = table_of(found.tidy, found.name)
        spec = spec_at_hand(table, declared.grain, declared.currency)
    digest = spec.table.sha256 if spec.table else ""
    return NamedHistory(spec, (InputFile(role="warehouse", file=found.name, sha256=digest),))


def _for_files(said: str | dict[str, str] | None) -> dict[str, str]:
    """A text speaks of every file."""
    return {"": said} if isinstance(said, str) else said or {}


def _options(declared: HistoryFile, folder: Path) -> ReadOptions:
    """The `exports` block as the reader takes it."""
    from models.exports.options import ReadOptions
    from scenarios.definition.channel_file import read_channels

    said = declared.exports or Exports()
    currency = {"": said.currency} if isinstance(said.currency, str) else dict(said.currency or {})
    if declared.currency:
        currency.setdefault("", declared.currency)
    return ReadOptions(
        platform=_for_files(said.platform),
        encoding=_for_files(said.encoding),
        decimal=_for_files(said.decimal),
        date_form=_for_files(said.date_format),
        period=_for_files(said.period),
        account=_for_files(said.account),
        currency=currency,
        columns=said.columns,
        later=tuple(said.later),
        channel_from=said.channel_from,
        results=said.results,
        rates=said.rates,
        channels=read_channels(folder / said.channels) if said.channels else None,
        level="channel",
        weeks="where needed" if declared.grain == "week" else "never",
        conversions_from=said.conversions_from,
    )
