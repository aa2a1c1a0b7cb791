"""Curves and rules to an allocation, with its proof."""
