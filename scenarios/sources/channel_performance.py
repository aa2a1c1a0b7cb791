"""How the channels of a history fared: computed as `budgetopt check` does, and kept by content."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.plan.performance import (
    ChannelFares,
    Fares,
    FunnelLeak,
    FurtherDays,
    Performance,
    SuspiciousDays,
)
from scenarios.plan.rounding import significant
from scenarios.sources.check import first_flags
from scenarios.sources.fit_cache import Fitted, cache_folder, is_settled, key_of
from scenarios.sources.kept import SUFFIX, keep, read_kept

if TYPE_CHECKING:
    from models.diagnostics.trend import Movement
    from models.history.history import History, HistorySpec

PERFORMANCE_VERSION = 1  # one more whenever the same history gives other figures or findings
FIGURES = 10  # significant digits: no table shows more


def performance_behind(spec: HistorySpec, found: Fitted, use_cache: bool = True) -> Performance:
    """How the channels fared in the history that curves were fitted to.

    Parameters
    ----------
    found : the fit; where it came from the cache, the history is read again, unless this was kept
    """
    entry = cache_folder() / "performance" / f"{_key(spec, found.sha256)}{SUFFIX}"
    if use_cache and (kept := _read(entry)) is not None:
        return kept
    histories = found.histories
    if histories is None:
        from models.history.read import read_history_with_days

        histories = read_history_with_days(spec)
    made = performance_of(*histories)
    if use_cache and histories[0].source.sha256 == found.sha256:
        keep(entry, made.model_dump_json())
    return made


def _key(spec: HistorySpec, sha256: str) -> str:
    """Whatever decides the reading, and the version of what is made of it."""
    text = f"{key_of(spec, sha256, None)} {PERFORMANCE_VERSION}"
    return hashlib.sha256(text.encode()).hexdigest()


def _read(entry: Path) -> Performance | None:
    text = read_kept(entry)
    if text is None:
        return None
    with contextlib.suppress(OSError, ValueError):
        found = Performance.model_validate_json(text)
        if is_settled(entry, found.last):
            return found
    return None


def performance_of(history: History, days: History) -> Performance:
    """How every channel fared in the last weeks, where its funnel leaks, which days look wrong.

    Parameters
    ----------
    history : what a fit sees
    days : the same in the file's own grain
    """
    from models.diagnostics.anomalies import suspect
    from models.diagnostics.funnel import leaks
    from models.diagnostics.trend import movements, window

    length = window(history)
    first = history.dates[-length].date()
    flags, further = first_flags(suspect(days))
    channels = history.channels if history.shape == "tidy" else ()
    return Performance(
        first=first,
        last=history.last_day,
        days=(history.last_day - first).days + 1,
        total=Fares(**_fares(movements(history))),
        channels=tuple(
            ChannelFares(channel=channel, **_fares(movements(history, channel)))
            for channel in channels
        ),
        leaks=tuple(FunnelLeak.of(leak) for leak in leaks(history)),
        suspicious=tuple(SuspiciousDays.of(flag, weight=round(flag.weight, 6)) for flag in flags),
        further=tuple(
            FurtherDays(kind=kind, channel=channel, count=count)
            for (kind, channel), count in further.items()
        ),
    )


def _fares(found: Mapping[str, Movement]) -> dict[str, Any]:
    def known(side: str) -> dict[str, float]:
        figures = {name: significant(getattr(one, side), FIGURES) for name, one in found.items()}
        return {name: figure for name, figure in figures.items() if figure is not None}

    notable = tuple(name for name, movement in found.items() if movement.is_notable)
    return {"now": known("now"), "before": known("before"), "notable": notable}
