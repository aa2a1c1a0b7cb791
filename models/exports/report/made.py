"""What a report's preamble says of itself: when it was made, and whose days it counts in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.exports.cells import dates
from models.phrases import Phrase, said

_MADE = re.compile(
    r"(?:date generated|generated(?: on| at)?|report generated|created(?: on)?|downloaded(?: on)?"
    r"|report run|last updated)\s*[:,]?\s+(?P<when>.+)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*(am|pm)?", re.IGNORECASE)
_ZONE = re.compile(r"(?:report )?time ?zone\s*[:,]\s*(?P<zone>.+)", re.IGNORECASE)
_SAME = 60  # seconds: files of one copy or download differ by less


@dataclass(frozen=True)
class Made:
    """When a report was made: as it states itself, and as the file's time has it.

    Parameters
    ----------
    stated : None where the report does not say
    file : seconds since 1970; None where there is no file
    """

    stated: datetime | None = None
    file: float | None = None

    def after(self, other: Made) -> bool | None:
        """Whether it was made after another; None where that cannot be told."""
        if self.stated and other.stated and self.stated != other.stated:
            return self.stated > other.stated
        if self.file is None or other.file is None or abs(self.file - other.file) < _SAME:
            return None
        return self.file > other.file


def made_at(preamble: Sequence[str], path: Path) -> Made:
    """When a report was made."""
    found = (_MADE.search(line) for line in preamble)
    stated = next((when for m in found if m and (when := _moment(m["when"]))), None)
    return Made(stated, path.stat().st_mtime)


def _moment(text: str) -> datetime | None:
    """``August 16, 2026, 9:14 AM``; the start of the day where no clock is read."""
    clock = _CLOCK.search(text)
    day_text = (text[: clock.start()] if clock else text).strip(' ",')
    day = dates.parse(day_text, "ymd")
    if day is None:
        return None
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    if clock and clock[3]:
        hour = hour % 12 + (12 if clock[3].lower() == "pm" else 0)
    return datetime(day.year, day.month, day.day, min(hour, 23), minute)


def time_zone(preamble: Sequence[str]) -> tuple[Phrase, ...]:
    """A notice of the time zone that a preamble names."""
    found = next((m["zone"] for line in preamble if (m := _ZONE.search(line))), None)
    if found is None:
        return ()
    return (said("its days are those of the time zone {zone}", zone=found.strip(' "')),)
