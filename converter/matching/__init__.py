"""The meaning: one event and one tree give true or false. Written apart from the prover, which it checks."""

from converter.matching.evaluate import Context, Predicate, compile_node, matches
from converter.matching.values import EventValues

__all__ = ["Context", "EventValues", "Predicate", "compile_node", "matches"]
