"""The fit as people ask for it: the entry, segments, backtests, calibration, the estimator."""

__all__ = [
    "backtest",
    "calibration",
    "entry",
    "estimator",
    "request",
    "segments",
    "side_tables",
    "version",
]
