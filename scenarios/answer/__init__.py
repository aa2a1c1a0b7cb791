"""From an allocation to a plan: rows, confidence, warnings."""

__all__ = ["build_plan", "last_money", "promises"]
