"""Plans as people read them: terminal, page, workbook, Markdown, pictures."""

__all__ = ["deliver", "output_paths", "plain_text", "rows", "templates"]
