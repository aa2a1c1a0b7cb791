"""What a scenario's `fit` asks, with the files that it names read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.definition.fit_block import FitBlock
from scenarios.plan.plan import InputFile

if TYPE_CHECKING:
    from models.fit.request import FitRequest


def request_of(block: FitBlock | None, folder: Path) -> FitRequest | None:
    """The request of a scenario; None where it asks for nothing.

    Parameters
    ----------
    folder : the files that it names are relative to this

    Raises
    ------
    HistoryError : everything that is wrong with a file that it names
    """
    if block is None or not block.model_fields_set:
        return None
    from models.channel_fit.fit_options import FitOptions
    from models.fit.request import FitRequest
    from models.fit.side_tables import read_lift_tests, read_weights

    events: dict[str, list[tuple[str, str]]] = {}
    for event in block.events:
        last = event.end or event.start
        span = (event.start.isoformat(), last.isoformat())
        events.setdefault(event.name, []).append(span)
    form = block.carry_over if isinstance(block.carry_over, str) else "geometric"
    options = FitOptions(
        family=block.family,
        families=dict(block.families),
        draws=block.draws,
        seed=block.seed,
        carry_over=form,
        carry_over_ranges={} if isinstance(block.carry_over, str) else block.carry_over,
        media_share=block.media_share,
        conversion_lag=block.lag,
        events={name: tuple(spans) for name, spans in events.items()},
        doubts=read_weights(folder / block.weights) if block.weights else (),
    )
    return FitRequest(
        options=options,
        doubt=block.doubt == "suspicious",
        by=block.by,
        holidays=tuple(block.holidays),
        holdout=block.holdout,
        lift_tests=read_lift_tests(folder / block.lift_tests) if block.lift_tests else (),
        incrementality=dict(block.incrementality),
    )


def files_of(block: FitBlock | None, folder: Path) -> Iterator[InputFile]:
    """The files that a scenario's `fit` names, with their hashes."""
    if block is None:
        return
    from models.history.cell_table import file_sha256

    if block.weights:
        digest = file_sha256(folder / block.weights)
        yield InputFile(role="weights", file=block.weights, sha256=digest)
    if block.lift_tests:
        digest = file_sha256(folder / block.lift_tests)
        yield InputFile(role="lift_tests", file=block.lift_tests, sha256=digest)
