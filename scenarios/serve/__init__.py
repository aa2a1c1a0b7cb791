"""The live page: a scenario on the screen, and every touch on it a setting of the command line."""

__all__ = ["app", "run"]
