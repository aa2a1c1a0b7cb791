"""Why no allocation exists, and the nearest ways out."""

__all__ = ["iis"]
