"""What a platform's file says about itself: its columns, its rules, how to download it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.exports.cells.headers import Wordings, plain
from models.exports.fields import MEASURES
from models.phrases import Phrase

if TYPE_CHECKING:
    from models.exports.cells.distinct_texts import Cells, Exclusion, Measures
    from models.exports.options import ReadOptions

Sign = tuple[Wordings, ...]


def nothing_more(_: Cells) -> tuple[Exclusion, ...]:
    """A platform without rows of its own to leave out."""
    return ()


def as_they_stand(cells: Cells, _: ReadOptions) -> Measures:
    """Each measure from its own column."""
    from models.exports.cells.distinct_texts import Measures

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
    signs : what only this platform writes into a header on its screens. A sign is one column,
        or several that must stand together; of each, one of its wordings
    raw_signs : the same of its API and of what pipelines make of it; headers in lower case are
        never a screen's
    marks : what only this platform writes above its table, casefolded
    minor : headers of its API that count in the currency's smallest unit
    needs : what the table must have beside a date
    exclude : which of its rows are no rows of the report, and why
    measures : its columns of numbers as our measures
    gives_spend : False where it only counts conversions (GA4)
    """

    name: str
    title: str
    fields: Mapping[str, Wordings]
    download: Phrase
    signs: tuple[Sign, ...] = ()
    raw_signs: tuple[Sign, ...] = ()
    marks: tuple[str, ...] = ()
    minor: Wordings = ()
    needs: tuple[str, ...] = ("spend", "conversions")
    exclude: Callable[[Cells], tuple[Exclusion, ...]] = field(default=nothing_more)
    measures: Callable[[Cells, ReadOptions], Measures] = field(default=as_they_stand)
    gives_spend: bool = True

    def signs_in(self, header: Sequence[str], above: Sequence[str]) -> int:
        """How many of its signs a header and the text above it show."""
        words = {plain(cell) for cell in header}
        is_lower = all(cell == cell.lower() for cell in header)
        signs = self.raw_signs if is_lower else (*self.signs, *self.raw_signs)
        shown = sum(all(words.intersection(column) for column in sign) for sign in signs)
        text = [plain(line) for line in above]
        return shown + sum(any(line.startswith(mark) for line in text) for mark in self.marks)
