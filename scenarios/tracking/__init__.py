"""After the plan: what happened, why, what was learnt, and the next round."""

__all__ = ["actuals", "relearn", "roll", "track", "track_document", "variance"]
