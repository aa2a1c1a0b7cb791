"""Histories: what each channel spent and brought, read from files and checked."""

__all__ = ["columns", "credits", "history", "limits", "rawfile", "read", "table"]
