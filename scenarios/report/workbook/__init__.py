"""The workbook: live formulas, sheet by sheet."""

__all__ = ["workbook"]
