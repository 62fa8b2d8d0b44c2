"""What KQL's clauses mean: names become fields, nested objects are entered, values go to the atoms of their type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from converter.diagnostics import ConverterError, FieldTypeError, Note, Span, UnsupportedError
from converter.fields import Fields
from converter.languages.kuery import atoms
from converter.languages.kuery.spelling import Name, Value
from converter.matching.values import lowercase
from converter.tree import (
    ALWAYS,
    ANY,
    ANY_FIELD,
    NEVER,
    Exists,
    Field,
    Fold,
    Glob,
    Nested,
    Node,
    disj,
    literal,
    merge_tokens,
)

#: Fields of every document that no mapping names.
METADATA = {name: Field(name, "keyword") for name in ("_id", "_index")}

Atom = Callable[[Field], Node]


@dataclass
class Meaning:
    """Builds the tree of one query. `kibana`: Kibana's dialect, else Elasticsearch's. `path` is the nested object
    whose braces the reader is in; `zone` where the days of dates begin (None: UTC)."""

    fields: Fields
    kibana: bool = True
    path: str | None = None
    zone: str | None = None
    notes: dict[str, Note] = field(default_factory=dict)

    def everything(self, span: Span) -> Node:
        return replace(ALWAYS, span=span)

    def equals(self, name: Name, value: Value, span: Span) -> Node:
        """`field: value`, a pattern and `field: *` included. Raises `FieldTypeError`, `UnsupportedError`."""
        if value.wild and name.pattern is None and "*" in name.text:
            raise UnsupportedError(
                f"`{name.text}` in quotes is a name, but a pattern on it is looked for in every field that fits",
                span=name.span, help="leave out the quotes",
            )  # fmt: skip
        if self.kibana and value.lone:
            return self.exists(name, span)
        if value.null:
            raise FieldTypeError(
                "`null` is no value that can be searched",
                span=value.span,
                help=f'write `not {name.text}: *` for a missing field, `"null"` for the text',
            )
        return self._each(name, span, lambda held: atoms.equals(held, value, self, span))

    def compare(self, name: Name, operator: str, value: Value, span: Span) -> Node:
        """`field > value`. Raises `FieldTypeError`."""
        if value.null:
            # a range without ends is Elasticsearch's exists
            return self.exists(name, span)
        return self._each(name, span, lambda held: atoms.compare(held, operator, value, self, span))

    def exists(self, name: Name, span: Span) -> Node:
        """`field: *`; a pattern that all fields fit is true on every event."""
        if self.kibana and name.pattern is not None and self.path is None:
            found = self.fields.matching(name.pattern)
            if name.pattern == (ANY,) or (found and self.fields.closed and len(found) == sum(1 for _ in self.fields)):
                return self.everything(span)
        return self._each(name, span, lambda held: self._exists(held, span))

    def _exists(self, held: Field, span: Span) -> Node:
        if held.name in METADATA:
            return replace(ALWAYS, span=span)
        if held.type == "nested" or (held.type == "object" and not self.kibana) or not atoms.findable(held):
            return replace(NEVER, span=span)
        if held.type == "object" and self.fields.closed:  # what is not mapped below it is not found
            below = [self._exists(leaf, span) for leaf in self.fields.leaves(held.name)]
            return disj(dict.fromkeys(below), span) if below else replace(NEVER, span=span)
        return Exists(held, span=span)

    def unscoped(self, value: Value, span: Span) -> Node:
        """A value without a field: any field that can hold it, and no complaint about those that cannot."""
        if value.null:
            raise FieldTypeError("`null` is no value that can be searched", span=span, help='write `"null"`')
        if self.path is not None:
            # Kibana joins the path and its null for "no field"
            return self.equals(Name("null", value.span), value, span)
        if value.lone or (value.wild and (ANY,) in atoms.clauses(value)):
            return self.everything(span)
        if self.fields.closed:
            found = [held for held in self.fields if atoms.findable(held) and held.nested is None]
            return self._lenient(found, value, span)
        self._note(
            "unscoped",
            "text without a field is looked for in whole values of any field, as the schema is open; analysed text "
            "fields would be searched word by word",
            span,
        )
        groups = atoms.clauses(value) if value.wild else [literal(value.text)]
        if self.fields.lowered:  # by the fields' normaliser, as their values
            groups = [tuple(lowercase(part) if isinstance(part, str) else part for part in tokens) for tokens in groups]
        fold: Fold = "lower" if self.fields.lowered else "none"
        return disj([Glob(ANY_FIELD, merge_tokens(tokens), fold, span=span) for tokens in groups], span)

    def _lenient(self, found: list[Field], value: Value, span: Span) -> Node:
        out: dict[Node, None] = {}
        for tokens in atoms.clauses(value) if value.wild else [()]:
            for held in found:
                try:
                    if value.wild:
                        out[atoms.clause(held, tokens, value, self, span)] = None
                    else:
                        out[atoms.equals(held, value, self, span)] = None
                except ConverterError:
                    continue
        out.pop(NEVER, None)
        return disj(out, span) if out else replace(NEVER, span=span)

    @contextmanager
    def inside(self, name: Name) -> Iterator[None]:
        """Within `name:{ … }`, whose names are relative to it. Raises `FieldTypeError` where it is no nested object."""
        outer, full = self.path, self._full(name.text)
        kind = self.fields.kind(full)
        if kind != "nested" and (not self.kibana or name.pattern is not None or kind not in ("unknown", "unmapped")):
            raise FieldTypeError(
                f"`{full}` is no nested object",
                span=name.span,
                help="braces are for fields of the type nested; name the fields in full, `a.b: x and a.c: y`",
            )
        self.path = full
        try:
            yield
        finally:
            self.path = outer

    def nested(self, name: Name, inner: Node, span: Span) -> Node:
        full = self._full(name.text)
        if self.fields.kind(full) == "unmapped":
            return replace(NEVER, span=span)
        return Nested(full, inner, span=span)

    def _full(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _each(self, name: Name, span: Span, atom: Atom) -> Node:
        """The clause on the field, or on each that a pattern of names fits."""
        if name.pattern is not None:
            found = self._matching(name)
            return disj([self._within(held, atom) for held in found], span) if found else replace(NEVER, span=span)
        full = self._full(name.text)
        held = METADATA.get(full) or self.fields.field(full)
        if not held.known:
            if held.mapped:
                self._note("unknown-field", f"`{full}` is in no schema: taken as keyword", name.span)
            if self.path is not None and held.nested is None:
                held = replace(held, nested=self.path)
        elif self.kibana:
            self._check_nesting(held, name)
        return self._within(held, atom)

    def _matching(self, name: Name) -> list[Field]:
        tokens = name.pattern or ()
        if self.path is not None:
            tokens = (f"{self.path}.{tokens[0]}", *tokens[1:]) if isinstance(tokens[0], str) else (
                f"{self.path}.", *tokens
            )  # fmt: skip
        found = self.fields.matching(tokens)
        if not self.kibana:
            every = tokens == (ANY,)
            return [*(METADATA.values() if every else ()), *(held for held in found if atoms.findable(held))]
        if self.path is not None:
            for held in found:
                self._check_nesting(held, name)
        if not found and not self.fields.closed:
            full = self._full(name.text)
            self._note("no-field", f"no known field fits `{full}`, so nothing is found in it", name.span)
            return [Field(full, "unmapped", known=False)]
        return found

    def _within(self, held: Field, atom: Atom) -> Node:
        """The atom, inside the nested object that holds its field where the query is not there yet."""
        node = atom(held)
        if held.nested is None or held.nested == self.path or held.type == "nested":
            return node
        return Nested(held.nested, node, span=node.span)

    def _check_nesting(self, held: Field, name: Name) -> None:
        """Kibana refuses a field of a nested object outside its braces, and another field within."""
        if held.nested == self.path or held.type in ("object", "nested") or held.flattened:
            return
        if held.nested is not None:
            raise FieldTypeError(
                f"`{held.name}` belongs to the nested object `{held.nested}`",
                span=name.span,
                help=f"write `{held.nested}:{{ {held.name.removeprefix(held.nested + '.')}: … }}`",
            )
        raise FieldTypeError(
            f"`{held.name}` is no field of a nested object", span=name.span, help="name it outside the braces"
        )

    def _note(self, code: str, message: str, span: Span) -> None:
        self.notes.setdefault(message, Note(code, message, span))

    def note_flattened(self, held: Field, span: Span) -> None:
        self._note(
            "flattened-wildcard",
            f"a pattern on `{held.name}` is matched against `key` + value of every key of `{held.flattened}`: one that "
            "begins with `*` finds the value under any key",
            span,
        )

    def unsupported(self, message: str, span: Span, help: str | None = None) -> UnsupportedError:
        return UnsupportedError(message, span=span, help=help)

    def root_of(self, held: Field) -> Field:
        return self.fields.field(held.flattened or held.name)


__all__ = ["METADATA", "Meaning"]
