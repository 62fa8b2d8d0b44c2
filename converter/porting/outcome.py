"""What a port gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from converter.diagnostics import Diagnostic, Note, Source, Span
from converter.query import Query


@dataclass(frozen=True)
class Loss:
    """Something that the port could not carry: a stable code, a sentence, and where it stands in the source form.

    `source` is the text that `span` counts in, where that is not the source form itself.
    """

    code: str
    message: str
    span: Span | None = None
    source: Source | None = field(default=None, compare=False, repr=False)

    def diagnostic(self, source: Source | None) -> Diagnostic:
        return Diagnostic(self.code, self.message, "warning", self.span, self.source or source)


@dataclass(frozen=True)
class Port:
    """A document's form in another language, judged.

    `relation` is one of equivalent, broader (the port matches all that the source does, and more), narrower, different,
    unknown, or `refused` (then `text` is None and `losses` say why). `counterexample` is an event on which the two
    differ. `given` lists the facts under which the relation holds (a field or log-source mapping).
    """

    relation: str
    to: str
    text: str | None
    losses: tuple[Loss, ...] = ()
    counterexample: Mapping[str, Any] | None = None
    given: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    naming: str = "ecs"
    source: Query | None = None
    target: Query | None = None
    reason: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def proven(self) -> Query | None:
        """What the text was proven against: the source, without the fields that the declared relations derive from
        others, where the port rests on them. Events made for it say nothing of those fields."""
        found = self.extra.get("proven", self.source)
        return found if isinstance(found, Query) else None

    @property
    def exportable(self) -> bool:
        """Only what is proven goes out: equal, or broader with every loss named."""
        return self.text is not None and self.relation in ("equivalent", "broader")

    def as_json(self) -> dict[str, Any]:
        """For reports: everything but the trees."""
        return {
            "relation": self.relation,
            "to": self.to,
            "naming": self.naming,
            "losses": [{"code": loss.code, "message": loss.message} for loss in self.losses],
            "given": list(self.given),
            "notes": [{"code": note.code, "message": note.message} for note in self.notes],
            "counterexample": self.counterexample,
            "reason": self.reason,
        }
