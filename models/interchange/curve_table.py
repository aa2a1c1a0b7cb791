"""Response curves from a table: channel, spend, response, and their uncertainty where it is known.

One row per point. Optional columns: `draw` (one curve each), or `lower` and `upper` (the ends of
a 90 % interval); the same on every row of a channel, `current_spend`, `max_observed_spend`,
`carry_over`, `value_per_conversion`; the same on every row, `days` (that spends and responses are
totals of), `kpi`, `currency`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.curves.bank import responses
from models.curves.composed import Tabulated
from models.curves.curveset import ChannelCurve, CurveSet
from models.errors import CurvesError, Fault, nearest
from models.files import read_small
from models.interchange.reproduction import Check, Imported, judged
from models.phrases import said

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.floating]
REQUIRED = ("channel", "spend", "response")
FACTS = ("current_spend", "max_observed_spend", "carry_over", "value_per_conversion")
WHOLE = ("days", "kpi", "currency")  # the same on every row of the table
COLUMNS = (*REQUIRED, "draw", "lower", "upper", *FACTS, *WHOLE)
KPIS = ("conversions", "revenue")
MOST_DAYS = 36600
MOST_SHOWN = 8  # faults of one kind that are listed one by one
QUANTILES = (np.arange(20) + 0.5) / 20  # of the draws that stand for an interval


@dataclass(frozen=True)
class Asked:
    """What a file of points does not say of itself.

    Parameters
    ----------
    days : that the spends and responses are totals of; None: not said
    kpi : what the responses count, "conversions" (as if nothing is said) or "revenue"
    currency : ISO code
    """

    days: int | None = None
    kpi: Any = None
    currency: str | None = None


def _period(days: int) -> int:
    """The fit period, days: as given up to a month, else a week."""
    return days if days <= 31 else 7


def per_period(table: Tabulated, days: int) -> tuple[Tabulated, int]:
    """A curve of totals over some days as one of a fit period."""
    period = _period(days)
    return table.stretched(period / days), period


def read_table(path: Path, asked: Asked) -> Imported:
    """The curves of a CSV file.

    Raises
    ------
    CurvesError : everything that is wrong with it, with its lines
    """
    cells = _text(path)
    asked = _told(cells, path, asked)
    frame = _numbers(cells, path)
    assert asked.days is not None
    entries, checks, notices = [], [], []
    for name, rows in frame.groupby("channel", sort=False):
        entry, found = _channel(str(name), rows, asked.days)
        entries.append(entry)
        checks += found
    if "lower" in frame:
        notices.append(
            said(
                "lower and upper were read as a 90 % interval, all points of a curve high or low "
                "together"
            )
        )
    curves = CurveSet(
        tuple(entries),
        period_days=_period(asked.days),
        currency=asked.currency,
        kpi=asked.kpi or "conversions",
        provenance={"source": "table", "file": path.name},
        notices=tuple(notices),
    )
    return Imported(curves, tuple(checks), "the table")


def to_rows(curves: CurveSet, points: int = 41) -> Iterator[tuple[object, ...]]:
    """A row of names, then each curve's points up to half as much again as was ever spent.

    Per fit period; the ends of the 90 % interval where the channel has draws. A tabulated curve
    keeps the spends at which it bends.
    """
    whole = (curves.period_days, curves.kpi, curves.currency)
    has_draws = any(entry.draws for entry in curves)
    yield (*REQUIRED, *(("lower", "upper") if has_draws else ()), *FACTS, *WHOLE)
    for entry in curves:
        most = max(entry.max_observed_spend or 0.0, entry.current_spend or 0.0)
        spends = np.linspace(0.0, 1.5 * most or 1.0, points)
        if isinstance(entry.curve, Tabulated):
            spends = entry.curve.spends
        values = entry.curve.response(spends)
        ends = np.stack([values, values])
        if entry.draws:
            ends = np.quantile(responses(entry.draws, spends), [0.05, 0.95], axis=0)
            ends = np.stack([np.minimum(ends[0], values), np.maximum(ends[1], values)])
        facts = [getattr(entry, name) for name in FACTS]
        for at, value, low, high in zip(spends, values, *ends, strict=True):
            interval = (float(low), float(high)) if has_draws else ()
            yield (entry.channel, float(at), float(value), *interval, *facts, *whole)


def _text(path: Path) -> pd.DataFrame:
    """The cells as they are written, with columns in lower case."""
    import pandas as pd

    try:
        text = read_small(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start + 1})"
        raise CurvesError(Fault(str(path), problem, "Save it as CSV UTF-8.")) from None
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        frame = pd.read_csv(io.StringIO(text), sep=mark, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        problem = f"is no table ({str(error).strip()})"
        raise CurvesError(Fault(str(path), problem, "Write channel, spend, response.")) from None
    frame.columns = [str(column).strip().lower() for column in frame.columns]
    faults = list(_wrong_columns(list(frame.columns), str(path)))
    if not faults and not len(frame):
        faults.append(Fault(str(path), "holds no row", "Write one row per point of a curve."))
    if faults:
        raise CurvesError(faults)
    return frame


def _wrong_columns(columns: list[str], where: str) -> Iterator[Fault]:
    for column in REQUIRED:
        if column not in columns:
            yield Fault(where, f"the column {column!r} is missing", "Add it.")
    for column in dict.fromkeys(columns):
        if columns.count(column) > 1:
            yield Fault(where, f"the column {column!r} is there twice", "Keep one.")
        if column not in COLUMNS:
            guess = nearest(column, COLUMNS)
            remedy = f"Did you mean {guess}?" if guess else f"Known: {', '.join(COLUMNS)}."
            yield Fault(where, f"{column!r} is not a known column", remedy)
    if ("lower" in columns) != ("upper" in columns):
        yield Fault(where, "has only one end of the interval", "Give lower and upper.")
    if "draw" in columns and "lower" in columns:
        yield Fault(where, "has both draws and an interval", "Keep one of them.")


def _told(frame: pd.DataFrame, path: Path, asked: Asked) -> Asked:
    """What the table says of itself with what was asked; the two must agree."""
    faults, said_so = [], {}
    for column in WHOLE:
        told = {cell.strip() for cell in frame[column]} if column in frame else set()
        own, given = (told.pop() if len(told) == 1 else None), getattr(asked, column)
        if told:
            problem = f"the column {column} holds several values"
            faults.append(Fault(str(path), problem, "Write the same on each row."))
        elif own and given is not None and own != str(given):
            problem = f"the column {column} says {own}, but {given} was asked for"
            faults.append(Fault(str(path), problem, "Leave one of them out."))
        said_so[column] = own or given
    days, kpi = str(said_so["days"] or ""), said_so["kpi"]
    if not faults and not days:
        remedy = "Say it: --days 7 for figures per week, --days 365 for totals of a year."
        faults.append(Fault(str(path), "does not say how many days its figures cover", remedy))
    elif not faults and not (days.isdecimal() and 1 <= int(days[:6]) <= MOST_DAYS):
        faults.append(Fault(str(path), f"days is {days!r}", "Write a whole number of days."))
    if kpi and kpi not in KPIS:
        faults.append(Fault(str(path), f"kpi is {kpi!r}", f"Write {' or '.join(KPIS)}."))
    if faults:
        raise CurvesError(faults)
    return Asked(int(days), kpi, said_so["currency"])


def _numbers(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The same table with numbers for text, sorted by channel (as they come), draw and spend."""
    import pandas as pd

    faults: list[Fault] = []

    def complain(bad: Any, column: str, problem: str, remedy: str) -> None:
        lines = np.flatnonzero(np.asarray(bad))
        for line in lines[:MOST_SHOWN]:
            cell = frame[column].iloc[line]
            place = f"{path}, line {line + 2}, column {column}"
            faults.append(Fault(place, problem.format(cell=cell), remedy))
        if len(lines) > MOST_SHOWN:
            more = f"{len(lines) - MOST_SHOWN} more lines like this in column {column}"
            faults.append(Fault(str(path), more))

    found = pd.DataFrame({"channel": frame["channel"].str.strip()})
    complain(found["channel"] == "", "channel", "is empty", "Name the channel.")
    for column in [str(column) for column in frame if column not in ("channel", "draw", *WHOLE)]:
        cells = frame[column].str.strip()
        numbers = pd.to_numeric(cells, errors="coerce").astype(float)
        optional = column in FACTS
        wrong = ~np.isfinite(numbers) & ~((cells == "") & optional)
        complain(wrong, column, "is {cell!r}, not a number", "Write it like 1234.5.")
        complain(numbers < 0, column, "is {cell}, below zero", "Write zero or more.")
        if column == "carry_over":
            complain(numbers >= 1, column, "is {cell}", "Write a share below 1.")
        found[column] = numbers
    found["draw"] = frame["draw"].str.strip() if "draw" in frame else ""
    if not faults:
        found["line"] = np.arange(len(found)) + 2
        faults += _wrong_curves(found, str(path))
    if faults:
        raise CurvesError(faults)
    return found


def _wrong_curves(found: pd.DataFrame, where: str) -> Iterator[Fault]:
    """Curves that do not rise from zero, spends given twice, facts that differ."""
    ordered = found.sort_values(["channel", "draw", "spend"], kind="stable")
    same = ordered[["channel", "draw"]].eq(ordered[["channel", "draw"]].shift()).all(axis=1)
    before = ordered.shift()
    twice = ordered[same & (ordered["spend"] == before["spend"])]
    falls = ordered[same & (ordered["response"] < before["response"])]
    nonzero = ordered[(ordered["spend"] == 0) & (ordered["response"] != 0)]
    kinds = (
        (twice, "the spend {row.spend:g} is given twice", "Keep one of them."),
        (falls, "the response falls to {row.response:g}", "A curve must never fall."),
        (
            nonzero,
            "the response to no spend is {row.response:g}",
            "Take off what comes without spend.",
        ),
    )
    for rows, problem, remedy in kinds:
        for row in list(rows.itertuples())[:MOST_SHOWN]:
            place = f"{where}, line {row.line}, channel {row.channel}"
            yield Fault(place, problem.format(row=row), remedy)
        if len(rows) > MOST_SHOWN:
            yield Fault(where, f"{len(rows) - MOST_SHOWN} more lines like this", remedy)
    if "lower" in found:
        outside = found[(found["lower"] > found["response"]) | (found["upper"] < found["response"])]
        for row in list(outside.itertuples())[:MOST_SHOWN]:
            place = f"{where}, line {row.line}, channel {row.channel}"
            yield Fault(place, "the response lies outside lower and upper", "Correct the row.")
    for column in [column for column in FACTS if column in found]:
        count = found.groupby("channel", sort=False)[column].nunique()
        for name in count.index[count > 1]:
            problem = f"{column} differs between the rows of {name}"
            yield Fault(where, problem, "Write the same on each row.")
    most = found.groupby("channel", sort=False)["spend"].max()
    for name in most.index[most == 0]:
        yield Fault(where, f"{name} has no point above zero spend", "Add some.")


def _channel(name: str, rows: pd.DataFrame, days: int) -> tuple[ChannelCurve, list[Check]]:
    """A channel's mean curve with its draws, per fit period; and its points, rebuilt."""
    rows = rows.sort_values(["draw", "spend"], kind="stable")
    spends, draws = _by_draw(rows)
    mean = np.mean(draws, axis=0)
    if "lower" in rows:
        draws = _from_interval(rows, spends, mean)
    tables = [per_period(_tabulated(spends, values), days)[0] for values in draws]
    curve, period = per_period(_tabulated(spends, mean), days)
    scale = period / days
    entry = ChannelCurve(
        name,
        curve,
        carry_over=_fact(rows, "carry_over") or 0.0,
        value_per_conversion=_fact(rows, "value_per_conversion"),
        current_spend=_fact(rows, "current_spend", scale),
        max_observed_spend=_fact(rows, "max_observed_spend", scale),
        draws=tuple(tables) if len(tables) > 1 else (),
    )
    return judged(entry), _points(entry, rows, days, period)


def _fact(rows: pd.DataFrame, column: str, scale: float = 1.0) -> float | None:
    values = rows[column].dropna() if column in rows else ()
    return float(np.asarray(values)[0]) * scale if len(values) else None


def _by_draw(rows: pd.DataFrame) -> tuple[Array, list[Array]]:
    """All the spends of a channel, zero first, and the response of each draw at all of them."""
    at, values = rows["spend"].to_numpy(), rows["response"].to_numpy()
    spends = np.unique(np.append(at, 0.0))
    names = rows["draw"].to_numpy()
    starts = np.flatnonzero(names[1:] != names[:-1]) + 1
    parts = zip(np.split(at, starts), np.split(values, starts), strict=True)
    return spends, [_at(spends, *part) for part in parts]


def _at(spends: Array, at: Array, values: Array) -> Array:
    """The curve through these points and the origin, flat beyond the last."""
    if at[0] > 0:
        at, values = np.append(0.0, at), np.append(0.0, values)
    return np.interp(spends, at, values)


def _tabulated(spends: Array, values: Array) -> Tabulated:
    return Tabulated(tuple(zip(spends.tolist(), values.tolist(), strict=True)))


def _from_interval(rows: pd.DataFrame, spends: Array, mean: Array) -> list[Array]:
    """Equally likely curves between the ends of an interval, all points high or low together.

    A normal law of its own to either side of the response, whose 5 % and 95 % points are the ends.
    """
    from scipy.special import ndtri

    at = rows["spend"].to_numpy()
    lower, upper = (_at(spends, at, rows[end].to_numpy()) for end in ("lower", "upper"))
    far = float(ndtri(0.95))
    curves = []
    for score in ndtri(QUANTILES):
        side = upper - mean if score > 0 else mean - lower
        values = np.maximum(mean + score / far * side, 0.0)
        curves.append(np.maximum.accumulate(np.append(0.0, values[1:])))
    return curves


def _points(entry: ChannelCurve, rows: pd.DataFrame, days: int, period: int) -> list[Check]:
    """The worst of the table's points beside the curve of the whole horizon."""
    horizon = entry.curve.stretched(days / period)
    mean = rows.groupby("spend")["response"].mean()
    count = rows["draw"].nunique()
    at = mean.index[rows.groupby("spend")["response"].count() == count].to_numpy(dtype=float)
    if not at.size:
        return []
    theirs, ours = mean.loc[at].to_numpy(), horizon.response(at)
    off = np.abs(ours - theirs) / np.where(theirs > 0, theirs, 1.0)
    worst = int(np.argmax(off)) if off.max() > 0 else len(at) - 1
    figure = f"response at {at[worst]:,.0f}"
    check = Check(entry.channel, figure, float(theirs[worst]), float(ours[worst]))
    return [check] if math.isfinite(check.theirs) else []
