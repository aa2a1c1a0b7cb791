"""The page: one self-contained HTML file."""

__all__ = ["charts", "document", "frontier", "markup", "page"]
