"""From the relaxation to a proven optimum: incumbents, cuts, branches."""

__all__ = ["incumbent", "money_alone", "refine_grid", "rounds", "sandwich"]
