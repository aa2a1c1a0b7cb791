"""Plans as people read them: terminal, text, workbook, page."""
