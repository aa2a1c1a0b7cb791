"""Many accounts as people read them: terminal, page, workbook."""

__all__ = ["batch_tables"]
