"""What a comparison of two queries comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Relation = Literal["equivalent", "broader", "narrower", "different", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """`relation` of the second query to the first: broader matches everything that the first one does, and more.

    `counterexamples`: an event that only the first (`a_not_b`) or only the second query matches, where one was
    found; `counterexample` is one of them. Each was replayed on the evaluator. `notes` say why a relation is unknown,
    `assumptions` what was taken as given.
    """

    relation: Relation
    counterexamples: Mapping[str, Mapping[str, Any] | None] = field(
        default_factory=lambda: {"a_not_b": None, "b_not_a": None}
    )
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def counterexample(self) -> Mapping[str, Any] | None:
        first = self.counterexamples.get("a_not_b")  # an event without fields is one too
        return first if first is not None else self.counterexamples.get("b_not_a")
