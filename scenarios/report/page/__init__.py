"""The page: one self-contained HTML file."""

__all__ = ["charts", "document", "fragment", "markup", "page", "periods", "sections", "sweep"]
