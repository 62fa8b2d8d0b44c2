"""Suppressions: each has a reason and a use."""
