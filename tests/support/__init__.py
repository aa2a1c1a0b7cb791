"""What several tests start from, and the oracles."""
