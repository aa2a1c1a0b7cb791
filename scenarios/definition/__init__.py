"""Scenario files: their keys, values, layers and faults, each with its line."""

__all__ = [
    "assumption_blocks",
    "channel_file",
    "definition",
    "extends",
    "faults",
    "field_types",
    "fit_block",
    "history_blocks",
    "horizon",
    "located_yaml",
    "period_blocks",
    "reference",
    "rule_blocks",
    "scenario",
    "values",
]
