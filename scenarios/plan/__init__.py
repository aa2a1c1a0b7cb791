"""The plan document, from which every table, workbook and page is drawn."""

__all__ = ["csvtext", "labels", "performance", "plan", "rounding"]
