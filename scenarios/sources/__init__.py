"""Where evidence comes from: named histories, exports, warehouses, kept fits."""

__all__ = [
    "channel_performance",
    "check",
    "databases",
    "exports",
    "fit_cache",
    "fit_request",
    "named_history",
    "secrets",
]
