"""The register of decisions: submitted, approved, exported, audited."""

__all__ = ["book", "decisions", "entries", "export", "policy", "signing", "store"]
