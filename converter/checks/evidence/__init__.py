"""Fixtures and what they prove."""
