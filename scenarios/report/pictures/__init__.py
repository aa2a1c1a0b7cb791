"""Pictures of curves, comparisons and sweeps."""

__all__ = ["comparisons", "curve_views", "fit_pictures", "frontiers", "plot_charts"]
