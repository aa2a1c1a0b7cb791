"""The options that commands share."""

__all__ = [
    "amounts",
    "environment",
    "export_options",
    "fit_options",
    "history_options",
    "output",
    "plan_output",
    "scenario_options",
    "urls",
]
