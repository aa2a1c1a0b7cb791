"""How a plan's money is written: in its currency, and where long in thousands, millions, billions.

One unit serves the whole plan, so that figures which are compared are counted alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.phrases import Phrase, figure, formed, joined, said
from scenarios.language.numbers import UNKNOWN, amount, rate, signed, signed_rate
from scenarios.plan.plan import Plan, Totals
from scenarios.plan.rounding import decimals_of

# From which total on amounts are counted in what: four digits before the point at least.
SCALES = ((1e12, 1e9, said("billion")), (1e9, 1e6, said("million")), (1e7, 1e3, said("thousand")))
WORDS = {factor: word for _, factor, word in SCALES}
# Codes that another language writes by a sign of its own.
CODES: Mapping[str, Phrase] = {"VND": said("VND")}
OF_MONEY = {"revenue", "profit", "value", "spend"}


@dataclass(frozen=True)
class Money:
    """Writes amounts of one currency.

    Parameters
    ----------
    currency : ISO code; None: not known
    factor : what amounts are counted in: 1, a thousand, a million, a billion
    """

    currency: str | None = None
    factor: float = 1.0

    @property
    def code(self) -> str:
        """The currency as the language writes it; empty where it is not known."""
        return CODES.get(self.currency or "", self.currency or "")

    @property
    def unit(self) -> Phrase:
        """What amounts are counted in: ``million VND``, ``EUR``, or nothing."""
        word = [WORDS[self.factor]] if self.factor in WORDS else []
        return joined(" ", [*word, *([self.code] if self.currency else [])])

    def amount(self, value: float | None) -> Phrase:
        """An amount in the unit, which stands elsewhere: in the head of a column."""
        if value is None:
            return UNKNOWN
        if self.factor == 1.0 and not decimals_of(self.currency):
            return figure(round(value) + 0.0, ",.0f")
        return amount(value / self.factor)

    def signed(self, value: float | None) -> Phrase:
        """A difference in the unit: +12,345."""
        if value is None:
            return UNKNOWN
        size = self.amount(abs(value))
        return size if size == "0" else formed("+{size}" if value > 0 else "-{size}", size=size)

    def told(self, value: float | None) -> Phrase:
        """An amount with its unit: ``12,345 EUR``."""
        return self._with_unit(self.amount(value), value)

    def told_signed(self, value: float | None) -> Phrase:
        """A difference with its unit: ``+12,345 EUR``."""
        return self._with_unit(self.signed(value), value)

    def full(self, value: float | None) -> Phrase:
        """The whole amount with its currency, however long."""
        return Money(self.currency).told(value)

    def rate(self, value: float | None) -> Phrase:
        """Money for one of something, such as a CPA: in the currency itself."""
        return Money(self.currency)._with_unit(rate(value), value)

    def head(self, title: str) -> Phrase:
        """The title of a column of amounts, with their unit."""
        return formed("{title}, {unit}", title=title, unit=self.unit) if self.unit else formed(
            "{title}", title=title
        )  # fmt: skip

    def rate_head(self, title: str) -> Phrase:
        """The title of a column of money for one of something."""
        return Money(self.currency).head(title)

    def _with_unit(self, text: Phrase, value: float | None) -> Phrase:
        return joined(" ", [text, self.unit]) if value is not None and self.unit else text


def money_of(plan: Plan) -> Money:
    """How a plan's amounts are written: its largest total decides for all."""
    sides: list[Totals] = [side for side in (plan.current, plan.proposed) if side is not None]
    totals = [abs(getattr(side, name) or 0.0) for side in sides for name in OF_MONEY]
    largest = max(totals, default=0.0)
    factor = next((factor for least, factor, _ in SCALES if largest >= least), 1.0)
    return Money(plan.currency, factor)


@dataclass(frozen=True)
class Measure:
    """How figures of one kind are written, with whatever unit they have.

    Parameters
    ----------
    told, signed : a figure and a difference with the unit, for sentences
    bare, bare_signed : the same without it, where a column's head or an axis says it
    factor : what a bare figure is counted in
    unit : what the head says; empty for counts and ratios
    """

    told: Callable[[float | None], Phrase]
    signed: Callable[[float | None], Phrase]
    bare: Callable[[float | None], Phrase]
    bare_signed: Callable[[float | None], Phrase]
    factor: float = 1.0
    unit: str = ""

    def head(self, title: str) -> Phrase:
        """A title with the unit, where there is one."""
        return formed("{title}, {unit}" if self.unit else "{title}", title=title, unit=self.unit)


def measure(name: str, money: Money) -> Measure:
    """How a metric of a plan is written, by its name in `Totals` or as an objective."""
    if name in OF_MONEY:
        return Measure(
            money.told, money.told_signed, money.amount, money.signed, money.factor, money.unit
        )
    if name == "cpa":
        return Measure(money.rate, signed_rate, rate, signed_rate, 1.0, Money(money.currency).unit)
    if name == "roas":
        return Measure(rate, signed_rate, rate, signed_rate)
    return Measure(amount, signed, amount, signed)


def objective_name(plan: Plan) -> str:
    """What the plan maximises (or, for spend, minimises), by its name in the scenario."""
    asked = plan.scenario.get("minimise") or plan.scenario.get("objective")
    return str(plan.certificate.objective if plan.certificate else asked)


def objective_measure(plan: Plan) -> Measure:
    """How figures of what the plan maximises are written."""
    return measure(objective_name(plan), money_of(plan))
