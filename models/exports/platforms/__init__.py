"""The platforms whose reports are known: their columns, wordings and rules."""

__all__ = ["fivetran", "other", "platform", "registry"]
