"""A table's amounts: the units they count in, credits among them, and what is blank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.cells.distinct_texts import MONEY, Cells, Mask
from models.exports.cells.headers import header_currency, minor_in_one, minor_units, plain
from models.exports.cells.number_parsing import Decimal
from models.exports.cells.places import at_most, place
from models.exports.fields import MEASURES
from models.exports.options import ReadOptions
from models.exports.platforms.platform import Platform
from models.exports.records.text_records import SourceFile
from models.exports.report.drafts import Draft
from models.exports.report.tidy_rows import MEASURED
from models.history import credits as credit_rows
from models.phrases import Phrase, said

if TYPE_CHECKING:
    import pandas as pd


def with_units(
    draft: Draft, decimal: Decimal, platform: Platform, source: SourceFile, options: ReadOptions
) -> Draft:
    """A table that knows its decimal mark, and whose columns count in the smallest unit of what.

    Raises
    ------
    HistoryError : a column counts in its currency's smallest unit, and the currency is not known
    """
    cells = replace(draft.cells, decimal=decimal, parsed={}, minor=platform.minor)
    minor = [name for name in MONEY if name in cells.where and cells.is_minor(name)]
    if not minor:
        return replace(draft, cells=cells)
    declared = options.currency.get(str(source.path), options.currency.get(source.path.name))
    texts = cells.text("currency")
    named = {text.strip().upper() for _, text in texts.used(draft.kept)} if texts else set()
    named |= {code for name in minor if (code := header_currency(cells.title(name)))}
    named |= {declared.upper()} if declared else set()
    known = sorted(named - {""})
    sizes = {minor_in_one(code) for code in known}
    by_name = all(minor_units(cells.title(name)) for name in minor)
    if len(sizes) > 1 or not (sizes or by_name):
        raise HistoryError(_unknown_unit(cells, name, known, source) for name in minor)
    return replace(draft, cells=replace(cells, currency=known[0] if known else ""))


def _unknown_unit(cells: Cells, name: str, known: list[str], source: SourceFile) -> Fault:
    where = place(cells.file, column=cells.title(name))
    if known:
        problem = said(
            "counts in its currency's smallest unit, which is not the same for {currencies}",
            currencies=known,
        )
        return Fault(where, problem, said("Give one file for each currency"))
    problem = said("counts in its currency's smallest unit, and no currency is named")
    return Fault(where, problem, said("Say it: --currency {file}=CODE", file=source.path.name))


def netted(frame: pd.DataFrame, cells: Cells, kept: Mask) -> tuple[pd.DataFrame, list[Phrase]]:
    """Credits netted to their campaign's day or week.

    Raises
    ------
    HistoryError : an amount below zero that nothing in its week makes up for
    """
    import pandas as pd

    below = [name for name in MEASURES if (frame[name] < 0).any()]
    if not below:
        return frame, []
    days = frame["date"].to_numpy()
    keys = frame[["platform", "account", "campaign"]].astype(str).agg("\0".join, axis=1)
    groups = pd.factorize(keys)[0]
    notices, faults = [], []
    for name in below:
        found = credit_rows.net(frame[name].to_numpy(), days, groups)
        if found.rows.any():
            notices.append(credit_rows.told(name, found, by=said("campaign")))
        for row in np.flatnonzero(found.left):
            where = place(cells.file, int(cells.lines[kept][row]), cells.header_of(name))
            problem = credit_rows.below_zero(float(frame[name].iloc[row]))
            faults.append(Fault(where, problem, credit_rows.REMEDY))
        frame = frame.assign(**{name: found.values})
    if faults:
        raise HistoryError(at_most(faults, cells.file))
    return frame, notices


def units(cells: Cells, values: Mapping[str, np.ndarray]) -> list[Phrase]:
    """Which columns count in another unit than whole money, or are no sums of money."""
    told = [
        said(
            "column '{header}' is divided by {n:,}: by its name it counts parts of a unit",
            header=cells.title(measure),
            n=cells.units_in_one(measure),
        )
        for measure in MONEY
        if measure in values and cells.units_in_one(measure) > 1
    ]
    if "spend" in values and "budget" in plain(cells.title("spend")):
        told.append(
            said(
                "column '{header}' is a budget: what may be spent, not what was",
                header=cells.title("spend"),
            )
        )
    return told


def blanks(values: Mapping[str, np.ndarray], kept: Mask, platform: Platform) -> list[Phrase]:
    """Blank is not zero: where a row must count for something, it is said what it counted for."""
    notices = []
    spend = values.get("spend", np.zeros(len(kept)))
    for measure in MEASURED:
        blank = kept & np.isnan(values[measure]) if measure in values else None
        if blank is not None and blank.any() and platform.gives_spend:
            beside = float(np.nansum(spend[blank]))
            counts = {"n": int(blank.sum()), "measure": said(measure), "spend": beside}
            notices.append(
                said(
                    "{n:,} rows with blank {measure} (with a spend of {spend:,.2f}), "
                    "counted as none",
                    **counts,
                )
                if beside
                else said("{n:,} rows with blank {measure}, counted as none", **counts)
            )
    return notices
