"""One budget across many problems: each answers prices of money, a master finds the price."""

__all__ = ["budget_response", "shares"]
