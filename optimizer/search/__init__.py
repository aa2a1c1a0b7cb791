"""From the relaxation to a proven optimum: incumbents, cuts, branches."""

__all__ = ["incumbent", "refine_grid", "rounds", "sandwich"]
