"""The workbook: live formulas, sheet by sheet."""

__all__ = ["formula_table", "sheet", "workbook"]
