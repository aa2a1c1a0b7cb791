"""Exports as they come from ad platforms -> tidy rows, and an account of every row."""

from models.exports.channels import ChannelRule, ChannelRules
from models.exports.options import ReadOptions
from models.exports.read import Imported, combine, read_exports
from models.exports.reconciliation import Reconciliation

__all__ = [
    "ChannelRule",
    "ChannelRules",
    "Imported",
    "ReadOptions",
    "Reconciliation",
    "combine",
    "read_exports",
]
