"""From ECS names back to a Sigma log source and Sigma's own names.

Finds candidates only: whoever takes one reads the written rule again, maps it with `to_ecs`, and proves it equal to
what was meant.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from converter.diagnostics import Note
from converter.fields import Fields
from converter.mapping.apply import condition
from converter.mapping.model import Entry, LogSource, platforms
from converter.tree import (
    And,
    Category,
    Field,
    Glob,
    Node,
    Not,
    Or,
    Script,
    Term,
    conj,
    fields_of,
    literal,
    transform,
    with_field,
)


@dataclass(frozen=True)
class Candidate:
    """A log source whose conditions the tree states, and the rest of the tree in Sigma's names."""

    log_source: LogSource
    tree: Node


def candidates(tree: Node, fields: Fields) -> tuple[list[Candidate], list[Note]]:
    """The ways to say the tree in standard names, the most specific log source first; and what stood in the way."""
    conjuncts = [_plain(item) for item in (tree.items if isinstance(tree, And) else (tree,))]
    found: list[Candidate] = []
    notes: list[Note] = []
    for source, said in _stated(conjuncts, fields):
        rest = [item for item in conjuncts if _key(item) not in said]
        if not rest:
            continue
        sigma = _Renamer(source)
        renamed = sigma.rename(conj(rest))
        if sigma.missing:
            names = ", ".join(f"`{name}`" for name in sorted(sigma.missing))
            notes.append(Note("naming", f"in {source.title} there is no exact Sigma name for {names}"))
            continue
        found.append(Candidate(source, renamed))
    if not found and not notes:
        notes.append(Note("naming", "the rule does not state the conditions of any Sigma log source that is mapped"))
    return found, notes


def _plain(node: Node) -> Node:
    """EQL's category as the condition that it is."""
    return Glob(Field("event.category"), literal(node.value)) if isinstance(node, Category) else node


def _stated(conjuncts: list[Node], fields: Fields) -> Iterator[tuple[LogSource, list[object]]]:
    """Log sources all of whose conditions stand among the conjuncts, with these; those with more conditions first."""
    held = [_key(item) for item in conjuncts]
    rated = [(source, keys) for source, keys in _conditions(fields) if all(key in held for key in keys)]
    yield from sorted(rated, key=lambda pair: -len(pair[1]))


@lru_cache(maxsize=8)
def _conditions(fields: Fields) -> list[tuple[LogSource, list[object]]]:
    """Every log source that has conditions, with them."""
    out = []
    for platform in platforms():
        for source in platform.log_sources:
            own = condition(source.conditions, fields)
            if own is not None:
                out.append((source, [_key(part) for part in (own.items if isinstance(own, And) else (own,))]))
    return out


def _key(node: Node) -> object:
    """Equal for conditions that say the same of the same field, whatever the schema knows of it."""
    match node:
        case Glob(field=field, tokens=tokens, fold=fold):
            return (field.name, tokens, fold)
        case Or(items=items):
            return ("or", frozenset(_key(item) for item in items))
        case Not(item=item):
            return ("not", _key(item))
    return node


class _Renamer:
    """One pass; collects the fields that have no exact Sigma name."""

    def __init__(self, source: LogSource) -> None:
        self.by_ecs: dict[str, Entry] = {}
        for entry in source.entries.values():
            if not entry.approximate and len(entry.to) == 1 and not entry.separator:
                self.by_ecs.setdefault(entry.to[0], entry)
        self.by_value = {
            (name, str(value)): (entry, sigma)
            for entry in source.entries.values()
            if not entry.approximate
            for sigma, meaning in entry.values.items()
            for name, value in meaning.items()
        }
        self.native = source.native
        self.missing: set[str] = set()

    def rename(self, tree: Node) -> Node:
        return transform(tree, self._node)

    def _node(self, node: Node) -> Node:
        if isinstance(node, Script):
            self.missing.update(field.name for field in fields_of(node))
            return node
        field = getattr(node, "field", None)
        if not isinstance(field, Field):
            return node
        if isinstance(node, Glob) and len(node.tokens) == 1 and (field.name, str(node.tokens[0])) in self.by_value:
            entry, value = self.by_value[field.name, str(node.tokens[0])]
            return Glob(Field(entry.sigma, known=False), (value,), node.fold)
        name = self._name(field.name)
        if name is None:
            self.missing.add(field.name)
            return node
        return _as_text(with_field(node, Field(name, known=False)), field)

    def _name(self, ecs: str) -> str | None:
        if ecs in self.by_ecs:
            return self.by_ecs[ecs].sigma
        prefix = self.native.format("")
        return ecs.removeprefix(prefix) if prefix and ecs.startswith(prefix) else None


def _as_text(node: Node, old: Field) -> Node:
    """Sigma's fields have no type: a number, an address, a boolean is its text."""
    if not isinstance(node, Term):
        return node
    value = node.value
    if old.sort == "ip":
        address = ipaddress.ip_address(int(value))
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        text = str(mapped or address)
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return Glob(replace(node.field), literal(text), span=node.span)
