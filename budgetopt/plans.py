"""Plans as notebooks use them: made, loaded, and shown as tables, figures and HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from budgetopt.figures import chosen, grid, single
from models.curves.file import to_json
from models.files import write_whole
from scenarios import planning
from scenarios.language.numbers import UNKNOWN, amount, change_percent, rate
from scenarios.plan import plan as document

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from models.curves.curveset import CurveSet
    from scenarios.definition.scenario import Scenario

Picture = Literal["spend", "changes", "curves", "rules"]
FIGURES = {"spend": amount, "conversions": amount, "revenue": amount, "cpa": rate, "roas": rate}
AT_HAND = "curves at hand"  # what provenance calls curves that were given, not read from a file


class Plan(document.Plan):
    """The answer to one scenario; `scenarios.plan.plan.Plan` with its frame and its pictures."""

    def to_frame(self) -> pd.DataFrame:
        """One row per channel (and period, where there are several), as ``--format csv`` writes.

        Money and results are totals for the plan's period; ``change`` is a fraction.
        """
        import pandas as pd

        from scenarios.report.rows import plan_rows

        names, *rows = plan_rows(self)
        return pd.DataFrame(rows, columns=list(names))

    def plot(self, what: Picture = "spend", channels: Sequence[str] | str | None = None) -> Figure:
        """A figure of the plan.

        Parameters
        ----------
        what : "spend", today's beside the proposed; "changes", where money moves; "curves", where
            today and the proposal stand on each curve; "rules", what each rule costs
        channels : whose curves; all unless given

        Raises
        ------
        BudgetoptError : plotly is not installed
        ValueError : there is no such figure, or this plan has nothing to show in it
        KeyError : there is no such channel
        """
        from scenarios.report.page import charts

        if what not in ("spend", "changes", "curves", "rules"):
            raise ValueError(f"no figure {what!r}; there are spend, changes, curves and rules")
        if self.proposed is None:
            raise ValueError(f"a plan that is {self.status} has no figures")
        if what == "spend":
            return single(charts.comparison(self))
        if what == "changes":
            if self.current is None:
                raise ValueError("today's spend is not known, so nothing is known to change")
            return single(charts.waterfall(self))
        if what == "rules":
            drawn = charts.rule_costs(self)
            if drawn is None:
                raise ValueError("no rule costs anything, as far as this plan knows")
            return single(drawn)
        rows = {row.channel: row for row in self.channels}
        names = chosen(channels, list(rows))
        return grid({name: charts.curve(self, rows[name], self.curves[name]) for name in names})

    def save(self, path: str | Path) -> None:
        """Write the plan file, whole or not at all, as ``--output`` does."""
        write_whole(path, document.dump(self))

    def __repr__(self) -> str:
        horizon = self.period
        when = f"{horizon.start} to {horizon.end}" if horizon.start else f"{horizon.days:g} days"
        money = f", {self.currency}" if self.currency else ""
        lines = [f"Plan {self.name!r}: {self.status.replace('_', ' ')}, {when}{money}"]
        if self.proposed is None:
            rules = ", ".join(self.conflict.rules) if self.conflict else ""
            return "\n".join([*lines, f"these rules contradict each other: {rules}"])
        lines.append(f"{'':<12}{'today':>14}{'proposed':>14}{'change':>10}")
        for name, show in FIGURES.items():
            now, then = (getattr(side, name, None) for side in (self.current, self.proposed))
            if then is not None:
                was = UNKNOWN if now is None else show(now)
                lines.append(f"{name:<12}{was:>14}{show(then):>14}{change_percent(now, then):>10}")
        proof = f"proven within {self.certificate.gap:.2%}" if self.certificate else ""
        warnings = f"warnings: {len(self.warnings)}" if self.warnings else ""
        return "\n".join([*lines, "; ".join(filter(None, (proof, warnings)))])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from scenarios.report.page.fragment import fragment

        return fragment(self)


def run(
    scenario: Scenario,
    curves: CurveSet | None = None,
    say: Callable[[str], None] = lambda _: None,
    use_cache: bool = True,
) -> Plan:
    """The best allocation that a scenario's rules allow, with its proof: the command's own plan.

    Parameters
    ----------
    scenario : `Scenario.load` of a file, or `Scenario.of` its keys
    curves : taken instead of the history or the curves that the scenario names
    say : told what goes on, for a progress display
    use_cache : take a fit of the same history from the cache, where there is one

    Raises
    ------
    BudgetoptError : the history, the curves or the scenario are wrong, each fault with its remedy
    """
    if curves is None:
        return _shown(planning.run(scenario, say, use_cache))
    digest = hashlib.sha256(to_json(curves).encode()).hexdigest()
    source = document.InputFile(role="curves", file=AT_HAND, sha256=digest)
    return _shown(planning.plan_on(scenario, planning.Evidence(curves, None, (source,)), say))


def load_plan(path: str | Path) -> Plan:
    """Read a plan file.

    Raises
    ------
    BudgetoptError : the file is no plan, is damaged, or was edited
    """
    return _shown(document.load(path))


def parse_plan(text: str, where: str) -> Plan:
    """A plan from the text of its file; BudgetoptError as `load_plan`."""
    return _shown(document.parse(text, where))


def _shown(found: document.Plan) -> Plan:
    return Plan.model_construct(found.model_fields_set, **dict(found))
