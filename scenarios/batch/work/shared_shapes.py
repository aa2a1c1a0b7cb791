"""What accounts lend each other: sums up, priors down; no account's rows go anywhere."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping

from models.channel_fit.borrowing import ShapeSums, priors_without, shape_sums
from models.errors import InputError
from models.history.cell_table import Table
from models.history.history import HistorySpec
from models.history.read import read_history
from scenarios.batch.work.job import Part
from scenarios.batch.work.results_store import Store, shapes_name
from scenarios.plan.records import Record

Borrowed = Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]


class AccountShapes(Record):
    """What an account's own data say of its channels' shapes.

    Parameters
    ----------
    key : hash of its rows and of what its columns mean
    period_days : of its fit: shapes of days and of weeks are not compared
    channels : by channel the sums of this one account
    """

    key: str
    period_days: int = 0
    channels: Mapping[str, ShapeSums] = {}


def learn(name: str, table: Table, spec: HistorySpec, store: Store) -> tuple[str, bool]:
    """Write down what an account's data say, unless that was done; its key, and whether it was new.

    Of an account whose history is wrong, or a mix, that is nothing: its plan will say why.
    """
    key = hashlib.sha256(f"{table.sha256} {spec.shape} {spec.grain}".encode()).hexdigest()
    known = shapes_of(name, store)
    if known is not None and known.key == key:
        return key, False
    found = AccountShapes(key=key)
    with contextlib.suppress(InputError):
        history = read_history(spec)
        if history.shape == "tidy":
            sums = shape_sums(history)
            found = AccountShapes(key=key, period_days=history.period_days, channels=sums)
    store.write(shapes_name(name), found.model_dump_json().encode())
    return key, True


def shapes_of(name: str, store: Store) -> AccountShapes | None:
    """What was written down of an account; None where there is nothing, or it is damaged."""
    content = store.read(shapes_name(name))
    if content is None:
        return None
    with contextlib.suppress(ValueError):
        return AccountShapes.model_validate_json(content)
    return None


def grained(shapes: AccountShapes) -> dict[str, ShapeSums]:
    """The sums by grain and channel, as those of many accounts are added up."""
    return {f"{shapes.period_days} {name}": sums for name, sums in shapes.channels.items()}


def borrowed_by(name: str, part: Part, store: Store) -> Borrowed:
    """What the other accounts say of an account's channels, by channel."""
    if not part.job.shapes:
        return {}
    own = shapes_of(name, store)
    if own is None or not own.channels:
        return {}
    priors = priors_without(part.job.shapes, grained(own))
    grain = f"{own.period_days} "
    return {
        key.removeprefix(grain): (prior.mean, prior.precision)
        for key, prior in priors.items()
        if key.startswith(grain)
    }


def digest_of(borrowed: Borrowed) -> str:
    """One text for what was borrowed; empty for nothing."""
    if not borrowed:
        return ""
    return hashlib.sha256(json.dumps(borrowed, sort_keys=True).encode()).hexdigest()
