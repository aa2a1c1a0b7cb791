"""What a platform's file says about itself: its columns, its rules, how to download it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.exports.cells.headers import Wordings
from models.exports.fields import MEASURES
from models.phrases import Phrase

if TYPE_CHECKING:
    from models.exports.cells.cells import Cells, Exclusion, Measures
    from models.exports.options import ReadOptions


def nothing_more(_: Cells) -> tuple[Exclusion, ...]:
    """A platform without rows of its own to leave out."""
    return ()


def as_they_stand(cells: Cells, _: ReadOptions) -> Measures:
    """Each measure from its own column."""
    from models.exports.cells.cells import Measures

    return Measures({name: cells.numbers(name) for name in MEASURES if name in cells.where})


@dataclass(frozen=True)
class Platform:
    """One platform's report.

    Parameters
    ----------
    name : in files, options and the tidy frame
    title : as people call it
    fields : by one of FIELDS, the wordings of its column, the preferred first
    download : how to get the right report
    marks : fragments that only this platform writes around its table, casefolded
    needs : what the table must have beside a date
    exclude : which of its rows are no rows of the report, and why
    measures : its columns of numbers as our measures
    gives_spend : False where it only counts conversions (GA4)
    """

    name: str
    title: str
    fields: Mapping[str, Wordings]
    download: Phrase
    marks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("spend", "conversions")
    exclude: Callable[[Cells], tuple[Exclusion, ...]] = field(default=nothing_more)
    measures: Callable[[Cells, ReadOptions], Measures] = field(default=as_they_stand)
    gives_spend: bool = True
