"""Pictures of curves, comparisons and sweeps."""

__all__ = ["comparisons", "fit_pictures"]
