"""What a single cell of an export says: numbers, dates, headers, names."""

__all__ = ["dates", "distinct_texts", "headers", "number_parsing", "places"]
