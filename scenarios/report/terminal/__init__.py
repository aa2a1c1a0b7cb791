"""Tables and sentences on the terminal."""

__all__ = [
    "backtests",
    "check",
    "compare",
    "curves",
    "diff",
    "evaluate",
    "explain",
    "next_money",
    "plan",
    "reconciliation",
    "risk_frontier",
    "sweep",
    "track",
]
