"""The platforms whose reports are known: their columns, wordings and rules."""

__all__ = ["fivetran", "platform", "registry"]
