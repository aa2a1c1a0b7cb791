"""What limits are worth: shadow prices, their ranges, the cost of every rule."""

__all__ = ["ranging", "rule_costs", "shadow_prices"]
