"""The same money in two files: found by account, campaign and day, and counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.cells import Mask
from models.exports.fields import LEVELS
from models.exports.report.parts import Part, is_known, joint_keys, with_notice, without
from models.phrases import said

_ALIKE = 0.005  # spend of a day that is over hardly changes: within half a per cent it is the same
_ENOUGH = 0.5  # of the days that two files share


@dataclass(frozen=True)
class _Shared:
    """What two parts have in common.

    Parameters
    ----------
    rows : of the later part, shape (rows,)
    same_account : None where a file does not name its account
    alike : fraction of the shared days with the same spend in both
    here, there : the money of the shared days in each
    """

    rows: Mask
    same_account: bool | None
    alike: float
    here: float
    there: float


def count_once(parts: Sequence[Part]) -> list[Part]:
    """Leave out rows that another file also has.

    Of two files the one of the finer level counts, of the same level the one that reaches
    further: it was downloaded later, when conversions had come in.

    Raises
    ------
    HistoryError : two files without account share campaigns and days, but not their spend: they
        are of two accounts, or of one that changed
    """
    order = sorted(range(len(parts)), key=lambda i: _rank(parts[i], i), reverse=True)
    done: dict[int, Part] = {}
    faults: list[Fault] = []
    for i in order:
        part = parts[i]
        for other in done.values():
            try:
                part = without_shared(part, other)
            except HistoryError as error:
                faults += error.faults
        done[i] = part
    if faults:
        raise HistoryError(faults)
    return [done[i] for i in range(len(parts))]


def without_shared(part: Part, other: Part) -> Part:
    """A part without the rows that another one also has.

    Raises
    ------
    HistoryError : the two may be of one account or of two
    """
    shared = _shared(part, other)
    if shared is None:
        return part
    if shared.same_account is None and shared.alike < _ENOUGH:
        raise HistoryError(_undecided(part, other, shared))
    return _leave_out(part, other, shared)


def _rank(part: Part, index: int) -> tuple:
    account = part.account
    last = account.last.toordinal() if account.last else 0
    return [*LEVELS].index(account.level), last, account.rows_kept, -index


def _shared(part: Part, other: Part) -> _Shared | None:
    """What `part` has in common with `other`; None where that is nothing."""
    names, same_account = _key_names(part, other)
    mine, theirs = joint_keys(part.frame, other.frame, names)
    both = np.intersect1d(mine, theirs)
    if not len(both):
        return None
    measure = "spend" if part.gives_spend else "conversions"
    size = int(max(mine.max(), theirs.max())) + 1
    here = np.bincount(mine, part.frame[measure], size)[both]
    there = np.bincount(theirs, other.frame[measure], size)[both]
    spent = (here > 0) | (there > 0)
    alike = np.abs(here - there) <= np.maximum(0.01, _ALIKE * np.maximum(here, there))
    share = float(alike[spent].mean()) if spent.any() else 1.0
    return _Shared(np.isin(mine, both), same_account, share, float(here.sum()), float(there.sum()))


def _key_names(part: Part, other: Part) -> tuple[list[str], bool | None]:
    """The columns by which rows of two parts are the same; ids where both have them."""
    names = ["platform"]
    same_account: bool | None = None
    for account in ("account_id", "account"):
        if is_known(part, account) and is_known(other, account):
            names.append(account)
            same_account = True
            break
    for campaign in ("campaign_id", "campaign"):
        if is_known(part, campaign) and is_known(other, campaign):
            names.append(campaign)
            finer = ("adset", "ad")
            names += [name for name in finer if is_known(part, name) and is_known(other, name)]
            break
    return names, same_account


def _leave_out(part: Part, other: Part, shared: _Shared) -> Part:
    name = other.account.file
    left = without(part, shared.rows, said("also in {file}, counted once", file=name))
    if abs(shared.here - shared.there) > max(0.01, _ALIKE * shared.there):
        notice = said(
            "the rows that are also in {file} sum to {here:,.2f} here and {there:,.2f} there: "
            "{file} counts, its report reaches further or is finer",
            file=name,
            here=shared.here,
            there=shared.there,
        )
        return with_notice(left, notice)
    return left


def _undecided(part: Part, other: Part, shared: _Shared) -> Fault:
    one, two = part.account.file, other.account.file
    return Fault(
        one,
        said(
            "shares campaigns and days with {other}, but the spend is the same on only {share:.0%} "
            "of them, and a file does not name its account: one account twice, or two accounts?",
            other=two,
            share=shared.alike,
        ),
        said(
            "Say which: --account {one}=NAME --account {two}=NAME, with one name or two",
            one=one,
            two=two,
        ),
    )
