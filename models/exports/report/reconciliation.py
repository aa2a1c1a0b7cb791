"""What became of every row of every file: read, kept, left out and why, against stated totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from models.exports.report.stated_totals import StatedTotal
from models.phrases import Phrase


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not in the history.

    Parameters
    ----------
    reason : in plain words
    rows : how many
    spend : their money, in the file's currency; 0 where they state none
    """

    reason: Phrase
    rows: int
    spend: float = 0.0


@dataclass(frozen=True)
class FileAccount:
    """One file's rows, from the first read to the last kept.

    Parameters
    ----------
    file, platform, level : as read
    form : how it is written, e.g. ``UTF-16, tabs, decimal comma, dates DMY``
    period_days : what one row stands for, 1 or 7 days
    first, last : dates of the rows that were read; None where there are none
    rows_read : records after the header, blank lines and comments aside
    rows_kept : those in the history
    left_out : the others, by reason
    spend, conversions, revenue : of the rows kept, in the file's currencies; None where it has
        no such column
    currencies : that the file names
    totals : that the file states
    notices : what was taken for what
    """

    file: str
    platform: str
    form: Phrase
    level: str
    period_days: int
    first: date | None
    last: date | None
    rows_read: int
    rows_kept: int
    left_out: tuple[LeftOut, ...]
    spend: float | None
    conversions: float | None
    revenue: float | None
    currencies: tuple[str, ...] = ()
    totals: tuple[StatedTotal, ...] = ()
    notices: tuple[Phrase, ...] = ()

    @property
    def agrees(self) -> bool | None:
        """Whether of each measure a stated total agrees; None where the file states none.

        A file may state several that differ from one another: of the campaigns shown, of the
        account with its removed campaigns.
        """
        by_measure: dict[str, bool] = {}
        for total in self.totals:
            by_measure[total.measure] = by_measure.get(total.measure, False) or total.agrees
        return all(by_measure.values()) if by_measure else None


@dataclass(frozen=True)
class PlatformSum:
    """One platform over all files, in the history's currency where that is known.

    Parameters
    ----------
    spend, conversions, revenue : of the rows kept; None where no report has the column
    agrees : whether the totals that its files state agree; None where they state none
    """

    platform: str
    files: int
    rows: int
    spend: float | None
    conversions: float | None
    revenue: float | None
    agrees: bool | None


@dataclass(frozen=True)
class Unmatched:
    """A campaign that no rule of the channels file takes."""

    platform: str
    campaign_type: str
    campaign: str
    spend: float


@dataclass(frozen=True)
class Credit:
    """What the platforms count for a channel, and what GA4 does, over the same dates.

    Parameters
    ----------
    platforms, ga4 : conversions; None where no report has them
    platforms_revenue, ga4_revenue : money
    """

    channel: str
    platforms: float | None
    ga4: float
    platforms_revenue: float | None
    ga4_revenue: float

    @property
    def over_crediting(self) -> float | None:
        """The platforms' excess as a fraction of GA4's conversions; None where GA4 has none."""
        if self.platforms is None or not self.ga4:
            return None
        return (self.platforms - self.ga4) / self.ga4


@dataclass(frozen=True)
class Reconciliation:
    """The whole account of an import."""

    files: tuple[FileAccount, ...]
    platforms: tuple[PlatformSum, ...]
    rows: int
    currency: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    unmatched: tuple[Unmatched, ...] = ()
    credit: tuple[Credit, ...] = ()
    notices: tuple[Phrase, ...] = ()
