"""The same money in two files: found by account, campaign and day, and counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cmp_to_key

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.distinct_texts import Mask
from models.exports.fields import LEVELS
from models.exports.report.parts import Part, is_known, joint_keys, with_notice, without
from models.phrases import Phrase, said

_ALIKE = 0.005  # spend of a day that is over hardly changes: within half a per cent it is the same
_ENOUGH = 0.5  # of the days that two files share
_COMPARED = ("spend", "conversions", "revenue")


@dataclass(frozen=True)
class _Shared:
    """What two parts have in common.

    Parameters
    ----------
    rows : of the later part, shape (rows,)
    same_account : None where a file does not name its account
    alike : fraction of the shared days with the same spend in both
    here, there : by measure, its sum over the shared days in each
    """

    rows: Mask
    same_account: bool | None
    alike: float
    here: Mapping[str, float]
    there: Mapping[str, float]


def count_once(parts: Sequence[Part]) -> list[Part]:
    """Leave out rows that another file also has.

    A whole report counts before a partial one, one of a finer level before a coarser, and of the
    same level the one that was downloaded later, when conversions had come in: it reaches
    further, says so, or its file is newer.

    Raises
    ------
    HistoryError : two files without account share campaigns and days, but not their spend: they
        are of two accounts, or of one that changed; or their figures differ, and nothing tells
        which was downloaded later
    """
    order = sorted(range(len(parts)), key=cmp_to_key(lambda i, j: _order(parts, i, j)))
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


def without_shared(part: Part, other: Part, because: Phrase | None = None) -> Part:
    """A part without the rows that another one also has.

    Parameters
    ----------
    because : why the other's rows count, where that is decided already

    Raises
    ------
    HistoryError : the two may be of one account or of two
    """
    shared = _shared(part, other)
    if shared is None:
        return part
    if shared.same_account is None and shared.alike < _ENOUGH:
        raise HistoryError(_undecided(part, other, shared))
    differences = _differences(part, other, shared)
    why = because or _before(other, part)
    if differences and why is None:
        raise HistoryError(_restated(part, other, differences))
    return _leave_out(part, other, shared, differences, why)


def _order(parts: Sequence[Part], i: int, j: int) -> int:
    """Below 0 where the one counts before the other."""
    before = _before(parts[i], parts[j])
    if before is None:
        before = _before(parts[j], parts[i])
        if before is None:
            return (parts[j].account.rows_kept - parts[i].account.rows_kept) or i - j
        return 1
    return -1


def _before(part: Part, other: Part) -> Phrase | None:
    """Why a part's figures count before another's; None where nothing says that they do."""
    if part.is_partial != other.is_partial:
        return said("it is no partial report") if other.is_partial else None
    levels = [[*LEVELS].index(one.account.level) for one in (part, other)]
    if levels[0] != levels[1]:
        return said("it is finer") if levels[0] > levels[1] else None
    if part.is_later != other.is_later:
        return said("it is said to be the later one") if part.is_later else None
    if (last := part.account.last) != (end := other.account.last):
        return said("it reaches further") if (last or date.min) > (end or date.min) else None
    return said("it was made later") if part.made.after(other.made) else None


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
    sums = [
        {
            name: float(np.nansum(one.frame[name].to_numpy()[np.isin(keys, both)]))
            for name in _COMPARED
            if not (part.frame[name].isna().all() or other.frame[name].isna().all())
        }
        for one, keys in ((part, mine), (other, theirs))
    ]
    return _Shared(np.isin(mine, both), same_account, share, *sums)


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


def _differences(part: Part, other: Part, shared: _Shared) -> list[Phrase]:
    """What the shared days come to in each, where that is not the same."""
    names = {"here": part.account.file, "there": other.account.file}
    return [
        said(
            "{measure} {n:,.2f} in {here} and {m:,.2f} in {there}",
            measure=said(measure),
            n=shared.here[measure],
            m=shared.there[measure],
            **names,
        )
        for measure in shared.here
        if abs(shared.here[measure] - shared.there[measure])
        > max(0.01, _ALIKE * abs(shared.there[measure]))
    ]


def _leave_out(
    part: Part, other: Part, shared: _Shared, differences: list[Phrase], why: Phrase | None
) -> Part:
    name = other.account.file
    left = without(part, shared.rows, said("also in {file}, counted once", file=name))
    if not differences:
        return left
    notice = said(
        "the rows that are also in {file} differ: {differences}. {file} counts: {why}",
        file=name,
        differences=differences,
        why=why,
    )
    return with_notice(left, notice)


def _restated(part: Part, other: Part, differences: list[Phrase]) -> Fault:
    one, two = part.account.file, other.account.file
    return Fault(
        one,
        said(
            "has the same days and campaigns as {other}, with other figures: {differences}; and "
            "nothing tells which was downloaded later",
            other=two,
            differences=differences,
        ),
        said("Say which: --later {one} or --later {two}", one=one, two=two),
    )


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
