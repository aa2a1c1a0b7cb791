"""The same question asked of the draws: tails, chances of loss, frontiers."""

__all__ = ["draws", "measures"]
