"""`Query`: a text of one language, read: what every later step works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from converter.diagnostics import Note, Source
from converter.fields import Fields
from converter.tree import Node, Piped, Sample, Sequence
from converter.tree.correlation import Correlation

#: A predicate, a stateful query, or what a language defines beyond them (an ES|QL pipeline, a Sigma correlation).
Tree: TypeAlias = Any


@dataclass(frozen=True)
class Query:
    """`tree` is what the text means. `notes` are what a report must say (unknown fields, facts taken as given).

    `category_field` overrides `event.category` where the rule's document does.
    """

    language: str
    text: str
    tree: Tree
    fields: Fields
    source: Source
    notes: tuple[Note, ...] = ()
    dialect: str | None = None
    category_field: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_event(self) -> bool:
        """True for a predicate on single events."""
        return isinstance(self.tree, Node)

    @property
    def kind(self) -> str:
        if self.is_event:
            return "event"
        kinds = {Sequence: "sequence", Sample: "sample", Piped: "piped", Correlation: "correlation"}
        return kinds.get(type(self.tree), "pipeline")
