"""What a plan gains over today's split: one figure, the same wherever the plan is told of."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.plan.plan import Plan


@dataclass(frozen=True)
class Gain:
    """The plan's objective today and as proposed, in the objective's units.

    Parameters
    ----------
    objective : by its name in `optimizer.problem`; of "spend" less is better
    """

    objective: str
    before: float
    after: float

    @property
    def change(self) -> float:
        return self.after - self.before

    @property
    def share(self) -> float | None:
        """The change as a fraction of today's; a smaller loss is a gain. None: nothing today."""
        return self.change / abs(self.before) if self.before else None


def gain_of(plan: Plan) -> Gain | None:
    """A plan's gain; None where it has no allocation, or what it maximises is not known of both."""
    if plan.current is None or plan.proposed is None or plan.certificate is None:
        return None
    objective = plan.certificate.objective
    before, after = (getattr(side, objective) for side in (plan.current, plan.proposed))
    if before is None or after is None:
        return None
    return Gain(objective, before, after)
