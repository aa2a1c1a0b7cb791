"""From a problem to one programme: cells, domains, rows, carry-over."""

__all__ = ["carryover", "cells", "compile", "domains", "program", "rule_kinds", "rule_rows"]
