"""Histories: what each channel spent and brought, read from files and checked."""

__all__ = [
    "cell_table",
    "column_mapping",
    "credits",
    "formats",
    "history",
    "limits",
    "raw_file",
    "read",
    "week_starts",
]
