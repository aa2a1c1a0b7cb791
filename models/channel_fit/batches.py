"""All channels fitted together, then read in batches, several at a time where that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.channel_fit.fit_options import DELAYED, FitOptions
from models.channel_fit.history_facts import recent_spend
from models.channel_fit.joint_fit import Fitted, fit_delayed, fit_together
from models.channel_fit.parametrisation import HillShape
from models.channel_fit.readout import Reading, Request, read
from models.diagnostics.anomalies import weights
from models.history.history import History
from models.seeding import seeds_of
from models.transforms.design_matrix import build

Array = NDArray[np.floating]
Progress = Callable[[int, int], None]
CHUNK = 20  # channels read in one go: small enough to share out, large enough to be quick


def readings_of(
    history: History, options: FitOptions, lag: int, progress: Progress
) -> dict[str, Reading]:
    """The joint fit, then the channels in chunks, several at a time where that is asked for."""
    from threadpoolctl import threadpool_limits

    names = history.channels
    requests = [
        Request(
            options.family_of(name),
            seeds_of(options.seed, *_figures(history, name)),
            recent_spend(history.spend[name].to_numpy(dtype=float), history.period_days),
        )
        for name in names
    ]
    # One thread: the arrays are small, and sums must not depend on how many cores there are.
    with threadpool_limits(1):
        weight, design = _weight(history, options, lag), build(history, options.events)
        if options.carry_over == DELAYED:
            fitted = fit_delayed(HillShape, history, design, weight)
        else:
            between = _between(names, options)
            fitted = fit_together(
                HillShape,
                history,
                design,
                weight,
                between=between,
                borrowed=_borrowed(names, options),
            )
        batches = _batches(names, options.alike)
        found: dict[str, Reading] = {}
        for rows, part in zip(
            batches, _done(fitted, batches, requests, options, history.period_days), strict=True
        ):
            found |= {names[row]: reading for row, reading in zip(rows, part, strict=True)}
            progress(len(found), len(names))
    return {name: found[name] for name in names}


def _figures(history: History, name: str) -> list[Array]:
    """What a channel's history says of it."""
    tables = (history.spend, *history.metrics.values())
    return [table[name].to_numpy(dtype=float) for table in tables if name in table]


def _batches(names: Sequence[str], alike: Mapping[str, str]) -> list[NDArray]:
    """Positions of the channels to read in one go: all segments of one, else a chunk of any."""
    if not alike:
        every = np.arange(len(names))
        return [every[start : start + CHUNK] for start in range(0, len(names), CHUNK)]
    called = np.array([alike[name] for name in names])
    return [np.flatnonzero(called == name) for name in dict.fromkeys(called)]


def _between(names: Sequence[str], options: FitOptions) -> Array | None:
    """What is known of each channel's carry-over, in every segment alike."""
    if not options.carry_over_ranges:
        return None
    plain = [options.alike.get(name, name) for name in names]
    return np.array([options.carry_over_ranges.get(name, (np.nan, np.nan)) for name in plain])


def _borrowed(names: Sequence[str], options: FitOptions) -> dict[int, tuple[Array, Array]]:
    """What other accounts say of a channel's shape, by its number."""
    return {
        row: (np.array(options.borrowed[name][0]), np.array(options.borrowed[name][1]))
        for row, name in enumerate(names)
        if name in options.borrowed
    }


def _weight(history: History, options: FitOptions, lag: int) -> Array:
    """How much each period counts, shape (channels, periods).

    A doubt about a channel holds for it in every segment.
    """
    plain = [options.alike.get(name, name) for name in history.channels]
    called = replace(history, spend=history.spend.set_axis(plain, axis=1))
    weight = weights(options.doubts, called).to_numpy().T.copy()
    if lag:
        weight[:, -lag:] = 0.0
    return weight


def _done(
    fitted: Fitted,
    batches: list[NDArray],
    requests: list[Request],
    options: FitOptions,
    days: int,
) -> Iterator[list[Reading]]:
    """Each batch's readings in order, from this process or from several."""
    calls = [
        (
            fitted.rows(rows),
            [requests[row] for row in rows],
            options.draws,
            days,
            bool(options.alike) and len(rows) > 1,
        )
        for rows in batches
    ]
    if options.workers == 1 or len(calls) == 1:
        yield from (read(*call) for call in calls)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=options.workers, return_as="generator")
    for part in parallel(delayed(read_alone)(*call) for call in calls):
        assert part is not None  # joblib says None where a generator is not asked for
        yield part


def read_alone(
    fitted: Fitted, requests: list[Request], draws: int, days: int, alike: bool
) -> list[Reading]:
    """`read` in a process of its own, on one thread like everywhere."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return read(fitted, requests, draws, days, alike)
