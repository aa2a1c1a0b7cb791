"""What a single cell of an export says: numbers, dates, headers, names."""

__all__ = ["cells", "dates", "headers", "numbers", "places"]
