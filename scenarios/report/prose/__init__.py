"""What every report says: sentences, findings, names, totals."""

__all__ = [
    "bridge",
    "conflict",
    "curve_facts",
    "data_findings",
    "findings",
    "glossary",
    "movement",
    "performance",
    "promises",
    "sentences",
    "totals",
]
