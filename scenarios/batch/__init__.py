"""Many accounts: one scenario asked of each, on as many processes or machines as there are."""

__all__ = ["batch_summary", "collected", "dask_engine", "engines", "one_budget", "plan_accounts"]
