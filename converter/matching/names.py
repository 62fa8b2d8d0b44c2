"""Field names of a query: patterns with `*`, names that stand for all fields, objects, names of an index's own fields.

One `Names` serves one query and collects what a report must say about its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from converter.diagnostics import Note, Span, UnsupportedError
from converter.fields import Fields
from converter.matching import typed
from converter.tree import ALWAYS, ANY_FIELD, NEVER, Exists, Field, Node, Token, Wild, disj, glob

#: Names that every document has though no mapping lists them.
METADATA = {name: Field(name, "keyword") for name in ("_id", "_index")}
_HIDDEN = re.compile(r"_(?:ignored|routing|source|field_names|doc_count|tier|seq_no|version|size|feature|nested_path)")


@dataclass
class Names:
    """Looks names up in `fields`."""

    fields: Fields
    notes: dict[str, Note] = field(default_factory=dict)

    def one(self, name: str, span: Span | None) -> Field:
        """The field of that name. Raises `UnsupportedError` for a name that says nothing about an event."""
        if name in METADATA:
            return METADATA[name]
        found = self.fields.field(name)
        if not found.known:
            if _HIDDEN.fullmatch(name):
                raise UnsupportedError(
                    f"`{name}` says nothing about an event, only about its place in an index", span=span
                )
            if found.mapped:
                self.note("unknown-field", f"`{name}` is in no schema: taken as {found.type}", span)
        return found

    def some(self, names: Iterable[str], span: Span | None, suffix: str | None = None) -> list[Field]:
        """The fields that names and patterns stand for, each once; `suffix` is added where that is a field too."""
        out: dict[Field, None] = {}
        for name in names:
            if "*" in name:
                found = self.matching(name, span)
                out.update(dict.fromkeys(held for held in found if held.searchable and testable(held)))
                continue
            if suffix and f"{name}{suffix}" in self.fields:
                name += suffix
            out[self.one(name, span)] = None
        return list(out)

    def matching(self, name: str, span: Span | None) -> list[Field]:
        """The schema's fields whose names fit the pattern."""
        if not self.fields.closed:
            self.note("name-pattern", f"`{name}` stands for the fields of the schema that it fits, no others", span)
        return self.fields.matching(pattern_tokens(name))

    def all(self, span: Span | None) -> list[Field]:
        """Every field that can be searched; for an open schema `ANY_FIELD`."""
        if self.fields.closed:
            return [held for held in self.fields if held.searchable and held.nested is None and testable(held)]
        if span is not None:
            self.note(
                "unscoped",
                "text without a field is looked for in whole values of any field, as the schema is open; analysed text "
                "fields would be searched word by word",
                span,
            )
        return [ANY_FIELD]

    def exists(self, name: str, span: Span | None) -> Node:
        """The field has a value, one of those that a pattern fits has, a field below the object has."""
        if name in METADATA:
            return replace(ALWAYS, span=span)
        if "*" in name:
            found = [self.has(held, span) for held in self.matching(name, span)]
            return disj(dict.fromkeys(found), span) if found else replace(NEVER, span=span)
        return self.has(self.one(name, span), span)

    def has(self, held: Field, span: Span | None) -> Node:
        """As `exists`, for a field that is known already."""
        if held == ANY_FIELD or (held.type == "object" and not self.fields.closed):
            return Exists(held, span=span)
        if held.type in ("object", "nested"):
            below = [typed.exists(leaf, span) for leaf in self.fields.leaves(held.name)]
            return disj(dict.fromkeys(below), span) if below else replace(NEVER, span=span)
        return typed.exists(held, span)

    def note(self, code: str, message: str, span: Span | None) -> None:
        self.notes.setdefault(message, Note(code, message, span))


def pattern_tokens(name: str) -> tuple[Token, ...]:
    """A pattern of field names: only `*` is wild."""
    return tuple("?" if token is Wild.ONE else token for token in glob(name))


def testable(held: Field) -> bool:
    """Whether queries can test the values of the field's type."""
    return held.sort in ("string", "text", "integer", "float", "boolean", "ip", "date", "version")
