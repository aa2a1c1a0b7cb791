"""A file as records of text, whatever it is: CSV, a workbook, JSON."""

__all__ = ["text_records", "xlsx_records", "xlsx_shape"]
