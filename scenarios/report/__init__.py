"""Plans as people read them: terminal, page, workbook, Markdown, pictures."""

__all__ = ["deliver", "output_paths", "rows", "templates"]
