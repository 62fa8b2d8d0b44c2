"""Replay: events against every form of a rule, and why a form decides as it does on one event."""

from converter.replay.table import Form, Replay, replay
from converter.replay.why import Reason, explain, why

__all__ = ["Form", "Reason", "Replay", "explain", "replay", "why"]
