"""Exported forms against their source."""
