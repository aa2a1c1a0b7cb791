"""Response curves: their families, averages of draws, sets of channels, and their file."""

__all__ = [
    "assumed",
    "bank",
    "composed",
    "curve_document",
    "curveset",
    "families",
    "file",
]
