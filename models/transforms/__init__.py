"""What a fit makes of its inputs: carry-over, season, the design matrix."""

__all__ = ["adstock", "design_matrix", "holidays_of", "season"]
