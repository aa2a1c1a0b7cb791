"""Saying things in another language: catalogues, numbers, dates."""

__all__ = ["language", "numbers"]
