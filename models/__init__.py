"""What history says: from spend to response. Knows nothing of optimisation or of reports."""
