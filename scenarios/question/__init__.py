"""From a scenario and its evidence to a problem of the optimiser."""

__all__ = ["calendar", "checks", "periods", "replay", "resolve"]
