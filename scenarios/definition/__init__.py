"""Scenario files: their keys, values, layers and faults, each with its line."""

__all__ = [
    "blocks",
    "calendar",
    "channelfile",
    "definition",
    "extends",
    "faults",
    "fitblock",
    "historyblocks",
    "located_yaml",
    "next_period",
    "periodblocks",
    "reference",
    "scenario",
    "values",
]
