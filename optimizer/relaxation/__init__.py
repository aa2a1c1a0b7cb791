"""Piecewise-linear bounds on the curves, and the linear programme over them."""

__all__ = ["envelopes", "formulate", "polyline_lp", "solver"]
