"""Exports as they come from ad platforms -> tidy rows, and an account of every row."""

__all__ = ["channel_mapping", "fields", "options"]
