"""Curves of all channels from one KPI: the joint fit of a mix, its sampler, its doubts."""

__all__ = ["holdout", "identifiability", "joint", "media_mix"]
