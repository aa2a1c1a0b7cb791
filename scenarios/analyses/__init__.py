"""What is asked of plans: compare, sweep, next money, evaluate, explain, verify, diff."""

__all__ = [
    "compare",
    "contribution",
    "diff",
    "evaluate",
    "explain",
    "hand_split",
    "next_money",
    "risk_frontier",
    "sweep",
    "two_objectives",
    "verify",
]
