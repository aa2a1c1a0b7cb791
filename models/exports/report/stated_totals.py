"""The totals that a report states about itself: found wherever they stand, and held against it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from models.exports.cells.distinct_texts import Cells, Exclusion, Mask
from models.exports.cells.headers import plain
from models.exports.channel_mapping import KNOWN_TYPES, campaign_type
from models.phrases import said

# 'Total: Account', 'Tổng số: Chiến dịch', 'Gesamt: Konto'; or a cell that says 'Total' alone.
_WORDS = (
    r"total(?:s|es|i|e)?|totaux|tổng(?: số| cộng)?|gesamt(?:summe|ergebnis|zahl|werte)?|summe"
    r"|insgesamt|grand total|total general|total geral|total général|tổng tất cả"
    r"|overall total|resultados totales|résultats totaux|gesamtergebnisse"
)
_LABELLED = re.compile(rf"(?:{_WORDS})\s*[:\uff1a]\s*\S.*")
_ALONE = re.compile(rf"(?:{_WORDS})(?: \(\d+\))?:?|total of \d+ .*")
# What only a real campaign has: a row with one of these is no total, whatever it is called.
_OWN = ("campaign_id", "campaign_type", "adset", "ad")


def is_total(text: str) -> bool:
    """Whether a cell is the label of a total, in one of six languages."""
    text = plain(text)
    return bool(_LABELLED.fullmatch(text) or _ALONE.fullmatch(text))


@dataclass(frozen=True)
class StatedTotal:
    """A sum that a file states, and what its rows come to.

    Parameters
    ----------
    label : as the file words it
    measure : "spend" or "conversions"
    stated, counted : in the file's currency, or conversions
    """

    label: str
    measure: str
    stated: float
    counted: float

    @property
    def agrees(self) -> bool:
        """Equal but for rounding: each of the rows may be off by half a cent."""
        return abs(self.stated - self.counted) <= max(0.5, 1e-4 * abs(self.stated))


def find_totals(cells: Cells) -> tuple[Exclusion, ...]:
    """The rows that are totals, by label."""
    found: dict[str, Mask] = {}
    if not len(cells):
        return ()
    numeric = {
        cells.where[name] for name in ("spend", "conversions", "revenue") if name in cells.where
    }
    names = {position: name for name, position in cells.where.items()}
    for position, texts in {**cells.columns, -1: cells.extra}.items():
        if position in numeric:
            continue
        labels = [text for text in texts.distinct if is_total(text)]
        for label in labels:
            rows = texts.where(label.__eq__)
            if names.get(position) in ("campaign", "adset", "ad"):
                rows &= ~_is_own_row(cells, names[position])
            if rows.any():
                key = " ".join(label.split())
                found[key] = found.get(key, np.zeros(len(cells), dtype=bool)) | rows
    reason = said("the report's own totals")
    return tuple(Exclusion(rows, reason, label) for label, rows in found.items())


def _is_own_row(cells: Cells, named: str) -> Mask:
    """Rows that carry what a total cannot have: a campaign that is called 'Total' has an id."""
    own = np.zeros(len(cells), dtype=bool)
    for name in (*_OWN, "status"):
        if name in cells.where and name != named:
            own |= ~cells.is_blank(name)
    return own


def check_totals(
    cells: Cells, totals: tuple[Exclusion, ...], kept: Mask, measures: dict[str, np.ndarray]
) -> tuple[StatedTotal, ...]:
    """Hold each stated total against the rows that were kept.

    Totals of one label that have dates are daily ones, and are added up.
    """
    checks = []
    for total in totals:
        for measure in ("spend", "conversions"):
            if measure not in cells.where or measure not in measures:
                continue
            stated = cells.numbers(measure)[total.rows]
            if np.isnan(stated).all():
                continue
            grand = total.rows & cells.is_blank("date")
            if grand.any():  # beside daily ones of the same label
                stated = cells.numbers(measure)[grand]
            label = total.label or total.reason
            rows = kept & _summed_up(cells, label)
            counted = float(np.nansum(measures[measure][rows]))
            checks.append(StatedTotal(label, measure, float(np.nansum(stated)), counted))
    return tuple(checks)


def _summed_up(cells: Cells, label: str) -> Mask:
    """The rows that a total sums up: those of one campaign type, if it names one."""
    kind = campaign_type(label.partition(":")[2])
    types = cells.text("campaign_type")
    if types is None or kind not in KNOWN_TYPES:
        return np.ones(len(cells), dtype=bool)
    return types.where(lambda text: campaign_type(text) == kind)
