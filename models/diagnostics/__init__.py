"""What a history shows without a curve: metrics, trends, leaks, anomalies, evidence."""

__all__ = [
    "anomalies",
    "day_weights",
    "evidence",
    "funnel",
    "metrics",
    "order_value",
    "pace",
    "trend",
    "whole_media",
]
