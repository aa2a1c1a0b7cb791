"""Histories: what each channel spent and brought, read from files and checked."""

__all__ = ["columns", "history", "limits", "rawfile", "read", "table"]
