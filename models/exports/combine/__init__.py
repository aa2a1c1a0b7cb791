"""Several files as one table: overlaps, currencies, weeks, credit, sums."""

__all__ = ["combine", "sums"]
