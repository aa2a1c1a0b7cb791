"""One currency for the whole history, by rates that the person gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.errors import Fault, HistoryError
from models.exports.report.parts import Part, with_notice
from models.phrases import said

MONEY = ("spend", "revenue")


@dataclass(frozen=True)
class OneCurrency:
    """Parts whose money is in one currency; None where no file names any."""

    parts: list[Part]
    currency: str | None
    rates: Mapping[str, float]


def convert(parts: Sequence[Part], target: str | None, rates: Mapping[str, float]) -> OneCurrency:
    """Bring all money into one currency.

    Parameters
    ----------
    target : the history's currency; by default the only one, or the only one without a rate
    rates : money of the target currency per unit of another, by its code

    Raises
    ------
    HistoryError : a rate is missing, or a file among several currencies names none
    """
    wrong = [code for code, rate in rates.items() if not (np.isfinite(rate) and rate > 0)]
    if wrong:
        raise HistoryError(
            Fault(f"--rate {code}={rates[code]}", said("a rate is a number above 0"))
            for code in wrong
        )
    named = {part.account.file: _named(part) for part in parts}
    codes = sorted(set().union(*named.values()) - {""})
    target = target or _only([code for code in codes if code not in rates])
    faults = _unclear(named, codes, target, rates)
    if faults:
        raise HistoryError(faults)
    used = {code: rates[code] for code in codes if code != target}
    return OneCurrency([_converted(part, target, used) for part in parts], target, used)


def _unclear(
    named: Mapping[str, set[str]], codes: list[str], target: str | None, rates: Mapping[str, float]
) -> list[Fault]:
    """What is not said of the currencies (`codes`) that the files name, file by file."""
    faults = []
    if target is None and codes:
        faults.append(
            Fault(
                said("the files"),
                said("are in several currencies ({codes})", codes=codes),
                said(
                    "Name the history's, and a rate for each other: --currency {code} {rates}",
                    code=codes[0],
                    rates=" ".join(f"--rate {code}=..." for code in codes[1:]),
                ),
            )
        )
    elif missing := [code for code in codes if code != target and code not in rates]:
        where = {c: next(file for file, of in named.items() if c in of) for c in missing}
        faults = [
            Fault(
                where[code],
                said("is in {code}, and no rate is given", code=code),
                said(
                    "Give it: --rate {code}=NUMBER, in {target} per {code}",
                    code=code,
                    target=target,
                ),
            )
            for code in missing
        ]
    silent = [file for file, of in named.items() if "" in of]
    if target and [code for code in codes if code != target]:
        faults += [
            Fault(
                file,
                said("names no currency, and the files are in several ({codes})", codes=codes),
                said("Say which: --currency {file}={code}", file=file, code=target),
            )
            for file in silent
        ]
    return faults


def _named(part: Part) -> set[str]:
    return set(map(str, part.frame["currency"].unique()))


def _only(codes: list[str]) -> str | None:
    return codes[0] if len(codes) == 1 else None


def _converted(part: Part, target: str | None, rates: Mapping[str, float]) -> Part:
    if target and "" in _named(part) and part.gives_spend:
        part = with_notice(part, said("names no currency: taken to be in {code}", code=target))
    currency = part.frame["currency"].cat
    factor = np.array([rates.get(code, 1.0) for code in currency.categories])[currency.codes]
    if (factor == 1.0).all():
        return part
    money = {name: part.frame[name] * factor for name in MONEY}
    return replace(part, frame=part.frame.assign(**money))
