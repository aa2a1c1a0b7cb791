"""A metric and its change, as the check of a history and the reports of a plan write them."""

from __future__ import annotations

from models.diagnostics.metrics import Metric
from models.diagnostics.trend import Movement
from scenarios.language.language import Language


def figure_text(value: float, unit: str, spoken: Language) -> str:
    """A metric's value with as many digits as its size deserves."""
    if unit == "rate":
        digits = 0 if abs(value) >= 1 else 1 if abs(value) >= 0.1 else 2
        return spoken.number(value, f",.{digits}%")
    if abs(value) >= 1000 or (unit == "count" and float(value).is_integer()):
        return spoken.number(value, ",.0f")
    if abs(value) >= 0.1 or value == 0:
        return spoken.number(value, ",.2f")
    return spoken.number(value, ".3g")


def change_text(movement: Movement, spoken: Language) -> str:
    """The change: ``▲12 %`` where it is larger than usual, else ``+2 %``; "" if it is not known."""
    if movement.now is None or movement.change is None:
        return ""
    change = round(movement.change, 2)
    size = spoken.number(abs(change), ",.0%")
    if movement.is_notable:
        return f"{'▲' if movement.change > 0 else '▼'}{size}"
    return f"{'+' if change > 0 else '-' if change < 0 else ''}{size}"


def goodness(movement: Movement, metric: Metric) -> int:
    """+1 where a change that is larger than usual is good, -1 where it is bad, else 0."""
    if not movement.is_notable or movement.change is None:
        return 0
    return metric.better * (1 if movement.change > 0 else -1)
