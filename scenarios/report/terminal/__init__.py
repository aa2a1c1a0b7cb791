"""Tables and sentences on the terminal."""

__all__ = [
    "backtests",
    "batch",
    "check",
    "compare",
    "curves",
    "diff",
    "evaluate",
    "explain",
    "interchange",
    "next_money",
    "plan",
    "reconciliation",
    "risk_frontier",
    "sweep",
    "table_style",
    "track",
    "two_objectives",
]
