"""One file of an export: found, recognised, read and accounted for."""

__all__ = ["parts", "read_report", "recognition", "reconciliation", "tidy_rows"]
