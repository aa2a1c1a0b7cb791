"""What history says: from spend to response. Knows nothing of optimisation or of reports."""

__version__ = "0.1.0"
