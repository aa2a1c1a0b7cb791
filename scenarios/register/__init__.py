"""The register of plans: what was submitted, decided and superseded, by whom, when and why."""
