"""Curves of other tools' models, each read with its own proof that it was read right."""

__all__ = ["curve_import", "curve_table", "reproduction"]
