"""Fitted curves kept by content, so that many scenarios on one history fit it once.

The key is a hash of everything that decides a fit: the history's bytes, what is said of its
columns, what is asked of the fit, and the version of the fit's figures. An entry holds a curves
file, written whole, so that processes may share the folder. Whatever is wrong with it, the answer
is to fit again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.curves.curveset import CurveSet
from models.curves.file import from_json, to_json
from models.errors import InputError
from models.fit.version import FIT_VERSION
from scenarios.sources.kept import SUFFIX, keep, read_kept

if TYPE_CHECKING:
    from models.fit.request import FitRequest
    from models.history.history import History, HistorySpec

FOLDER_VARIABLE = "BUDGETOPT_CACHE"
SETTLED = timedelta(days=14)  # a history this old reads the same tomorrow


@dataclass(frozen=True)
class Fitted:
    """Curves of a history, and where they were found.

    Parameters
    ----------
    sha256 : of the history's file
    is_cached : not fitted anew
    histories : what was read for it, and the same in the file's own grain; None from the cache
    """

    curves: CurveSet
    sha256: str
    is_cached: bool
    histories: tuple[History, History] | None = None


def cache_folder() -> Path:
    """Where fits are kept: the user's cache folder, or $BUDGETOPT_CACHE."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("budgetopt", appauthor=False)


def fitted(
    spec: HistorySpec,
    use_cache: bool = True,
    say: Callable[[str], None] = lambda _: None,
    request: FitRequest | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fitted:
    """The curves of a history, fitted or from the cache, corrected as asked.

    Parameters
    ----------
    request : what is asked of the fit, where it is not the defaults
    progress : called with the number of curves fitted and of all

    Raises
    ------
    InputError : the history cannot be read or fitted
    """
    digest = _digest(spec) if use_cache else None
    entry = None if digest is None else cache_folder() / f"{key_of(spec, digest, request)}{SUFFIX}"
    if entry is not None and digest is not None and (kept := _read(entry)) is not None:
        return Fitted(_corrected(kept, request), digest, is_cached=True)
    from models.fit.request import FitRequest, fit_as_asked, fit_segments_as_asked
    from models.history.read import read_history_with_days, read_segments

    request = request or FitRequest()
    say(f"Reading {spec.file} ...")
    history, days = read_history_with_days(spec)
    if request.by is not None:
        segments = read_segments(spec, request.by)
        say(f"Fitting {len(segments)} segments side by side ...")
        curves = fit_segments_as_asked(segments, request)
    else:
        say(f"Fitting {len(history.channels)} response curves ...")
        curves = fit_as_asked(history, days, request, progress)
    if entry is not None and history.source.sha256 == digest:
        keep(entry, to_json(curves))
    curves = _corrected(curves, request)
    return Fitted(curves, history.source.sha256, is_cached=False, histories=(history, days))


def _corrected(curves: CurveSet, request: FitRequest | None) -> CurveSet:
    if request is None or not (request.incrementality or request.lift_tests):
        return curves
    from models.fit.request import corrected

    return corrected(curves, request)


def _digest(spec: HistorySpec) -> str | None:
    """Hash of a file's bytes; None where there is nothing to hash, which reading will explain."""
    if spec.table is not None:
        return spec.table.sha256
    try:
        with Path(spec.file).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def key_of(spec: HistorySpec, digest: str, request: FitRequest | None) -> str:
    """One text for everything that decides what is read and fitted; corrections come later."""
    said = asdict(replace(spec, table=None))
    del said["file"]
    name = Path(spec.file).name  # it is part of the curves' provenance and decides the format
    asked = {} if request is None else _asked(request)
    text = json.dumps([digest, name, said, asked, FIT_VERSION], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _asked(request: FitRequest) -> dict[str, Any]:
    """What decides the fit itself, where it is not the defaults."""
    from models.fit.request import FitRequest

    plain = replace(
        request,
        options=replace(request.options, workers=1),
        lift_tests=(),
        incrementality={},
    )
    return {} if plain == FitRequest() else asdict(plain)


def _read(entry: Path) -> CurveSet | None:
    """A kept fit, if it is whole and would come out the same today."""
    text = read_kept(entry)
    if text is None:
        return None
    try:
        curves = from_json(text, str(entry))
        last = date.fromisoformat(curves.provenance["last_date"])
        return curves if is_settled(entry, last) else None
    except (OSError, ValueError, KeyError, InputError):
        return None


def is_settled(entry: Path, last: date) -> bool:
    """Whether a history that ends on `last` reads today as it did when the entry was made.

    A week that was not over then may be over by now.
    """
    made = date.fromtimestamp(entry.stat().st_mtime)
    return made == date.today() or last < made - SETTLED
