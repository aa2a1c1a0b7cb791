"""What people read: terminal, workbook, page."""
