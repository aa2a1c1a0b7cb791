"""One curve a channel from per-channel results: the joint fit, its draws, its readout."""

__all__ = [
    "batches",
    "borrowing",
    "family_selection",
    "fit_options",
    "history_facts",
    "levenberg_marquardt",
    "parametrisation",
    "pooling",
    "readout",
    "representative_curve",
]
