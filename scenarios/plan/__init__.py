"""The plan document, from which every table, workbook and page is drawn."""

__all__ = ["csv_text", "gain", "labels", "money", "performance", "plan", "records", "rounding"]
