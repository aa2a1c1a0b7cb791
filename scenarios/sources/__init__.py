"""Where evidence comes from: named histories, exports, warehouses, kept fits."""

__all__ = ["channel_performance", "check", "exports", "fit_cache", "named_history"]
