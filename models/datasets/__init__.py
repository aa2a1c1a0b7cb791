"""Simulated histories whose truth is known."""

__all__ = ["simulated_channels"]
