"""Proof: do two queries match the same events? With an event where they do not; and fixtures from the same machine."""

from converter.proof.compare import always_matches, compare, disjoint, example, implies, never_matches
from converter.proof.generate import Fixture, dump_fixtures, fixtures
from converter.proof.verdict import Relation, Verdict

__all__ = [
    "Fixture", "Relation", "Verdict", "always_matches", "compare", "disjoint", "dump_fixtures", "example", "fixtures",
    "implies", "never_matches",
]  # fmt: skip
