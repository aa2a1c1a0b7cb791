"""Curves kept beside the results: a history that is asked again is not fitted again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from models.curves.curveset import CurveSet
from models.curves.file import from_json, to_json
from models.errors import InputError
from models.fit.request import FitRequest
from models.history.history import HistorySpec
from scenarios.batch.work.results_store import Store, curves_name
from scenarios.batch.work.shared_shapes import Borrowed
from scenarios.definition.scenario import Scenario
from scenarios.sources.fit_cache import Fitted, fitted, key_of
from scenarios.sources.fit_request import files_of, request_of


def fitted_or_kept(
    account: str,
    scenario: Scenario,
    spec: HistorySpec,
    store: Store | None,
    borrowed: Borrowed,
) -> Fitted:
    """The curves of an account's history, corrected as asked.

    Parameters
    ----------
    store : where they are kept; None: they are not
    borrowed : what other accounts say of its channels

    Raises
    ------
    InputError : the history cannot be fitted
    """
    request = request_of(scenario.definition.fit, scenario.folder)
    if borrowed:
        request = request or FitRequest()
        request = replace(request, options=replace(request.options, borrowed=borrowed))
    assert spec.table is not None, "an account's cells are at hand"
    if store is None:
        return fitted(spec, use_cache=False, request=request)
    name = curves_name(account)
    files = [one.sha256 for one in files_of(scenario.definition.fit, scenario.folder)]
    asked = [key_of(spec, spec.table.sha256, request), str(scenario.definition.fit), *files]
    key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    kept = _read(store.read(name), key)
    if kept is not None:
        return Fitted(kept, spec.table.sha256, is_cached=True)
    found = fitted(spec, use_cache=False, request=request)
    store.write(name, f"{key}\n{to_json(found.curves)}".encode())
    return found


def _read(content: bytes | None, key: str) -> CurveSet | None:
    """What was kept under this key, if it is whole."""
    if content is None:
        return None
    head, _, text = content.decode(errors="replace").partition("\n")
    try:
        return from_json(text, "curves") if head == key else None
    except InputError:
        return None
