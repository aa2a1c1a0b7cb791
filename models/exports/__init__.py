"""Exports as they come from ad platforms -> tidy rows, and an account of every row."""

__all__ = ["channels", "fields", "options"]
