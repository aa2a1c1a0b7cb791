"""What people write in a scenario file, value by value: amounts, percentages, budgets.

Each parser takes what YAML read and returns what the program works with, or refuses it with what
is wrong and what to write instead. Percentages become fractions (``25%`` becomes 0.25).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NoReturn

from pydantic_core import PydanticCustomError

from models.passwords import without_passwords

LARGEST = 1e15  # no budget in any currency is near it; the solver's numbers stay sound
PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*%")
SEPARATED = re.compile(r"[+-]?\d{1,3}([ ,.'_]\d{3})+(\.\d+)?")
AMOUNT = re.compile(r"([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(k|m|bn?)?", re.I)
SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9}


def refuse(problem: str, remedy: str = "", key: str | None = None) -> NoReturn:
    """Refuse a value. `key` names the key below this one that the fault is about."""
    raise PydanticCustomError(
        "refused", "{problem}", {"problem": problem, "remedy": remedy, "key": key}
    )


def shown(value: Any) -> str:
    """A value as its author wrote it, short enough for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "a block of keys"
    text = f"{value:.15g}" if isinstance(value, float) else without_passwords(str(value))
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"'{text}'" if isinstance(value, str) else text


def number(value: Any, *, above: float | None = None, least: float | None = 0.0) -> float:
    """A finite number, also as ``50k``, ``1.2m`` or ``3bn``; not a percentage, not a text."""
    if isinstance(value, str):
        value = _written_number(value, signed=least is None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        refuse(f"{shown(value)} is not a number")
    if abs(value) > LARGEST or not math.isfinite(value):
        refuse(f"{shown(value)} is not a usable number")
    if above is not None and not value > above:
        refuse(f"{shown(value)} is not above {above:g}")
    if least is not None and value < least:
        refuse(f"{shown(value)} is below {least:g}")
    return float(value)


def _written_number(text: str, signed: bool) -> float:
    if PERCENT.fullmatch(text.strip()):
        refuse(f"{shown(text)} is a percentage, but a number is expected here")
    found = scaled(text)
    if found is None:
        remedy = "Write it without separators of thousands." if SEPARATED.fullmatch(text) else ""
        refuse(f"{shown(text)} is not a number", remedy)
    if text.strip().startswith("+") and not signed:
        refuse(
            f"{shown(text)} is a change against today, but an amount is expected here",
            f"Write {found:.15g} for that amount; against today's spend write a change.",
        )
    return found


def scaled(text: str) -> float | None:
    """The number that a text such as ``-20000``, ``50k`` or ``1.2m`` stands for, if it is one."""
    match = AMOUNT.fullmatch(text.strip())
    if match is None:
        return None
    # By the decimal digits, so that 1.1m is 1,100,000 and not a binary fraction beside it.
    size = Decimal(match[2]) * Decimal(SCALES[(match[3] or "").lower()])
    return float(-size if match[1] == "-" else size)


def is_signed(text: str) -> bool:
    """Whether an amount is written as a change against today."""
    return text.strip()[:1] in ("+", "-")


def count(value: Any) -> int:
    """A whole number, 0 or more."""
    amount = number(value)
    if amount != int(amount):
        refuse(f"{shown(value)} is not a whole number")
    return int(amount)


def percent(
    value: Any, *, least: float | None = None, most: float | None = None, below: float | None = None
) -> float:
    """A fraction written as a percentage, such as ``10%``, ``-20%`` or ``+30%``."""
    match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            as_hundredths = f", or {value * 100:g}%" if 0 < abs(value) <= 5 else ""
            refuse(
                f"{shown(value)} is written without '%'",
                f"Percentages are always written with it: {value:g}%{as_hundredths}.",
            )
        refuse(f"{shown(value)} is not a percentage", "Write it as in 25%.")
    fraction = float(match[1]) / 100.0
    if least is not None and fraction < least:
        refuse(f"{shown(value)} is below {least:.0%}")
    if most is not None and fraction > most:
        refuse(f"{shown(value)} is above {most:.0%}")
    if below is not None and not fraction < below:
        refuse(f"{shown(value)} is not below {below:.0%}")
    return fraction


def as_percent(fraction: float, sign: str = "") -> str:
    """A fraction as it would be written in a scenario file."""
    return f"{fraction * 100:{sign}.10g}%"


def change(value: Any) -> tuple[float | None, float | None]:
    """Limits on change against today: ``[-20%, +30%]``, or ``20%`` both ways.

    An end, or all of it, may be ``free``.
    """
    if value == "free":
        return (None, None)
    if isinstance(value, str) and PERCENT.fullmatch(value.strip()):
        if is_signed(value):
            other = "[0%, {}]" if value.strip()[0] == "+" else "[{}, 0%]"
            refuse(
                f"{shown(value)} does not say how far the other way",
                f"Write {other.format(value.strip())}, or {value.strip()[1:]} for both ways.",
            )
        both = percent(value, most=1.0)
        return (-both, both)
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        refuse(
            f"{shown(value)} is not a range of change",
            "Write two ends, as in [-20%, +30%], or 20% for both ways, or free.",
        )
    low, high = (None if end == "free" else percent(end, least=-1.0) for end in value)
    if low is not None and high is not None and low > high:
        refuse(f"the range ends ({shown(value[1])}) below its start ({shown(value[0])})")
    return (low, high)


def change_written(ends: tuple[float | None, float | None]) -> str | list[str]:
    if ends == (None, None):
        return "free"
    return ["free" if end is None else as_percent(end, "+") for end in ends]


def share_range(value: Any) -> tuple[float, float]:
    """Two rising shares below 100 %, such as ``[40%, 70%]``."""
    if not isinstance(value, list) or len(value) != 2:
        refuse(f"{shown(value)} is not a range of two shares", "Write it as in [40%, 70%].")
    low, high = (percent(end, least=0.0, below=1.0) for end in value)
    if low >= high:
        refuse(f"the range from {as_percent(low)} to {as_percent(high)} does not rise")
    return low, high


def share_range_written(value: tuple[float, float]) -> list[str]:
    return [as_percent(end) for end in value]


def carry_over(value: Any) -> str | dict[str, tuple[float, float]]:
    """A form of carry-over, or what is known of single channels'."""
    if isinstance(value, dict):
        return {str(name): share_range(ends) for name, ends in value.items()}
    if value not in ("geometric", "delayed"):
        refuse(
            f"{shown(value)} is not geometric, delayed or a block of ranges",
            "Write a range by channel as in {tv: [40%, 70%]}.",
        )
    return value


def carry_over_written(
    value: str | dict[str, tuple[float, float]],
) -> str | dict[str, list[str]]:
    if isinstance(value, str):
        return value
    return {name: share_range_written(ends) for name, ends in value.items()}


def percent_or_free(value: Any) -> float | Literal["free"]:
    """A percentage, or ``free``."""
    return "free" if value == "free" else percent(value, least=0.0)


def percent_or_free_written(value: float | Literal["free"]) -> str:
    return "free" if value == "free" else as_percent(value)


@dataclass(frozen=True)
class Sure:
    """A limit that has to hold in at least this share of the draws of the curves."""

    limit: float
    probability: float


def limit_or_sure(value: Any, *, above: float | None = None) -> float | Sure:
    """A number, or ``{limit: 45, probability: 90%}``."""
    if not isinstance(value, dict):
        return number(value, above=above)
    wrong = [key for key in value if key not in ("limit", "probability")]
    lacking = [key for key in ("limit", "probability") if key not in value]
    if wrong or lacking:
        refuse(
            f"a limit that holds in most draws has no {wrong[0]!r}"
            if wrong
            else f"the limit lacks {lacking[0]!r}",
            "Write {limit: 45, probability: 90%}, or the number alone.",
            key=str(wrong[0]) if wrong else None,
        )
    probability = percent(value["probability"], most=1.0)
    if probability <= 0.0:
        refuse("a probability of 0 asks for nothing", "Leave the limit out.", key="probability")
    return Sure(number(value["limit"], above=above), probability)


def limit_written(value: float | Sure) -> float | dict[str, Any]:
    if isinstance(value, Sure):
        return {"limit": value.limit, "probability": as_percent(value.probability)}
    return value


@dataclass(frozen=True)
class OfCurrent:
    """An amount relative to today's spend: `change` 0.1 is 10 % more, `amount` money more."""

    change: float = 0.0
    amount: float = 0.0

    def against(self, today: float) -> float:
        """The amount, where `today` is today's spend in the same time."""
        return today * (1.0 + self.change) + self.amount


def budget_amount(value: Any) -> float | OfCurrent:
    """An amount, ``current``, or a signed change against it (``+10%``, ``+50k``, ``-20000``)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return OfCurrent(amount=number(value, least=None))
    if isinstance(value, str):
        text = value.strip()
        if text == "current":
            return OfCurrent()
        if PERCENT.fullmatch(text):
            if text[0] not in "+-":
                refuse(
                    f"{shown(value)} does not say of what",
                    f"A change against today's spend has a sign: +{text} or -{text}.",
                )
            return OfCurrent(percent(text, least=-1.0))
        if is_signed(text):
            return OfCurrent(amount=number(text, least=None))
    return number(value)


def budget_written(value: float | OfCurrent) -> float | str:
    if not isinstance(value, OfCurrent):
        return value
    if value.amount:
        return f"{value.amount:+.15g}"
    return as_percent(value.change, "+") if value.change else "current"


@dataclass(frozen=True)
class Today:
    """What 'today' means: the history's last `days` days, but for channels with an amount.

    Parameters
    ----------
    amounts : for the period, by channel
    """

    days: int = 28
    amounts: Mapping[str, float] = field(default_factory=dict)


LAST = "last"  # the key of the days, beside amounts by channel
LAST_DAYS = re.compile(r"last\s+(\d+)\s+days?")


def current(value: Any) -> Today | dict[str, float]:
    """``last 28 days``, amounts for the period by channel, or both: ``{last: 56 days, tv: 9}``."""
    if isinstance(value, dict):
        amounts = {name: number(amount) for name, amount in value.items() if name != LAST}
        if LAST not in value or not isinstance(value[LAST], str):
            return {name: number(amount) for name, amount in value.items()}
        days = current(f"last {value[LAST].strip()}")
        assert isinstance(days, Today)
        return Today(days.days, amounts)
    match = LAST_DAYS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        refuse(
            f"{shown(value)} does not say what today's spend is",
            "Write 'last 28 days', or an amount for the period by channel.",
        )
    return Today(int(match[1]))


def current_written(value: Today | dict[str, float]) -> str | dict[str, Any]:
    if not isinstance(value, Today):
        return value
    if value.amounts:
        return {LAST: f"{value.days} days", **value.amounts}
    return f"last {value.days} days"


def amounts_of(value: Today | dict[str, float]) -> Mapping[str, float]:
    """The channels of which 'today' is said as an amount for the period."""
    return value.amounts if isinstance(value, Today) else value


def index(value: Any) -> float | dict[str, float]:
    """An index of the season, 1 for an average time of year; or one by name."""
    if isinstance(value, dict):
        return {name: number(amount, above=0.0) for name, amount in value.items()}
    return number(value, above=0.0)
