"""The work on accounts, wherever it is done: rows to results, in a process that is watched."""

__all__ = [
    "account_result",
    "account_rows",
    "frames",
    "job",
    "results_store",
    "shared_shapes",
    "supervisor",
]
