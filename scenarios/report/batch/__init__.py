"""Many accounts as people read them: terminal, page, workbook."""

__all__ = ["accounts_page", "accounts_terminal", "accounts_workbook"]
