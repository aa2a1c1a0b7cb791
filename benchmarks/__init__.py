"""What we claim, measured. Each module prints its table."""
