"""From ECS names back to a Sigma log source and Sigma's own names.

Finds candidates only: whoever takes one reads the written rule again, maps it with `to_ecs`, and proves it equal to
what was meant.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dc_field
from functools import lru_cache
from typing import Any

from converter.diagnostics import Note, Span
from converter.fields import Fields
from converter.mapping.apply import condition
from converter.mapping.derive import derive
from converter.mapping.model import Entry, LogSource, Stated, platforms
from converter.mapping.relations import relations
from converter.tree import (
    ANY,
    And,
    Category,
    Exists,
    Field,
    Glob,
    Node,
    Not,
    Or,
    Range,
    Script,
    Term,
    conj,
    fields_of,
    literal,
    merge_tokens,
    text_of,
    transform,
    with_field,
)


@dataclass(frozen=True)
class Candidate:
    """A log source that the tree states, and the rest of the tree in Sigma's names.

    `own` are the words in which it does so, in a mapping file's form; None where they are the mapping's. `exact` is the
    whole tree that the candidate is to be proven equal to, under `constraints`, which `given` says in words; no event
    of it may meet one of `unless`. `origins` are the parts of fields that rewritten tests were of, by span; `plain`
    is `exact` in plain patterns, for events that hold the whole fields alone (None: there are none without others).
    """

    log_source: LogSource
    tree: Node
    own: Mapping[str, Any] | None
    exact: Node
    given: tuple[str, ...] = ()
    constraints: tuple[Node, ...] = ()
    unless: tuple[Node, ...] = ()
    origins: Mapping[Span, str] = dc_field(default_factory=dict)
    plain: Node | None = None


def candidates(tree: Node, fields: Fields, index: Sequence[str] = ()) -> tuple[list[Candidate], list[Note]]:
    """The ways to say the tree in standard names, the most specific log source first; and what stood in the way.

    `index` are the patterns that the rule searches.
    """
    conjuncts = [_plain(item) for item in (tree.items if isinstance(tree, And) else (tree,))]
    found: list[Candidate] = []
    lacking: list[tuple[int, Note]] = []
    for source, own, said in _stated(conjuncts, fields, index):
        scope = [item for item in conjuncts if _key(item) in said]
        rest = [item for item in conjuncts if _key(item) not in said]
        if not rest:
            continue
        sigma = _Renamer(source)
        known = relations(source.platform, source.when.get("category", "")).on(index)
        meant = derive(conj(rest), known, fields, sigma.has)
        renamed = sigma.rename(meant.short)
        if sigma.missing:
            loose = {
                entry.to[0]: entry.approximate for entry in source.entries.values() if entry.approximate and entry.to
            }
            lacking.append(
                (len(sigma.missing), _missing(source, sigma.missing, {**loose, **known.untrue, **meant.blocked}))
            )
            continue
        found.append(
            Candidate(
                source, renamed, own, conj([*scope, meant.exact]), tuple(meant.said), tuple(meant.constraints),
                tuple(meant.unless), meant.origins,
                None if any(item.said in meant.said for item in known.together) else conj([*scope, meant.short]),
            )
        )  # fmt: skip
    if not found and not lacking:
        lacking = [(0, Note("naming", _unstated(conjuncts)))]
    return found, [min(lacking, key=lambda pair: pair[0])[1]] if lacking else []


def _unstated(conjuncts: Sequence[Node]) -> str:
    """Why no log source of Sigma's is stated."""
    said: dict[str, tuple[str, ...]] = dict(filter(None, map(_texts, conjuncts)))
    systems, kinds = said.get("host.os.type", ()), said.get("event.category", ())
    for name in ("data_stream.dataset", "event.dataset", "event.module"):
        if name in said:
            return f"no Sigma log source is mapped to `{name}: {' or '.join(said[name])}`"
    if len(kinds) == 1 and len(systems) == 1:
        return f"Sigma has a log source for each kind of {kinds[0]} event on {systems[0]}, and the rule states none"
    if kinds and systems:
        return "the rule is for several systems or kinds of events, a Sigma log source for one"
    if kinds:
        return f"the rule states no operating system, a Sigma log source of {kinds[0]} events does"
    return "the rule states neither data set nor event category, so no Sigma log source"


def log_source_of(tree: Node, fields: Fields, index: Sequence[str] = ()) -> dict[str, str]:
    """The Sigma log source that a tree in ECS names states, as far as it does: a label, which adds no condition."""
    conjuncts = [_plain(item) for item in (tree.items if isinstance(tree, And) else (tree,))]
    for source, _, _ in _stated(conjuncts, fields, index):
        return dict(source.when)
    for name, values in filter(None, map(_texts, conjuncts)):
        if name == "host.os.type" and len(values) == 1 and values[0] in _PRODUCTS:
            return {"product": values[0]}
    said = {name: values[0] for name, values in filter(None, map(_texts, conjuncts)) if len(values) == 1}
    category = _CATEGORIES.get((said.get("event.category", ""), said.get("event.type", "")))
    return {"category": category} if category else {}


_PRODUCTS = ("windows", "linux", "macos")
#: Category and type of an event → Sigma's category, of whatever system.
_CATEGORIES = {
    ("process", "start"): "process_creation", ("process", "end"): "process_termination",
    ("file", "creation"): "file_event", ("file", "deletion"): "file_delete",
    ("network", "start"): "network_connection",
}  # fmt: skip


def _missing(source: LogSource, names: Iterable[str], blocked: Mapping[str, str]) -> Note:
    listed = ", ".join(f"`{name}`" + (f" ({blocked[name]})" if name in blocked else "") for name in sorted(names))
    return Note("naming", f"in {source.title} there is no exact Sigma name for {listed}")


def _plain(node: Node) -> Node:
    """EQL's category as the condition that it is."""
    return Glob(Field("event.category"), literal(node.value)) if isinstance(node, Category) else node


def _stated(
    conjuncts: list[Node], fields: Fields, index: Sequence[str]
) -> Iterator[tuple[LogSource, Mapping[str, Any] | None, set[object]]]:
    """Log sources that the conjuncts state, in the rule's own words or the mapping's, with these conjuncts; those in
    the mapping's words first, and of them those with more conditions."""
    held = {_key(item) for item in conjuncts}
    rated = [(source, keys) for source, keys in _conditions(fields) if all(key in held for key in keys)]
    for source, keys in sorted(rated, key=lambda pair: -len(pair[1])):
        yield source, None, set(keys)
    texts = [(item, _texts(item)) for item in conjuncts]
    for platform in platforms():
        for source in platform.log_sources:
            if source.stated is not None and (found := _own_words(source.stated, texts, index)) is not None:
                yield source, *found


def _own_words(
    stated: Stated, conjuncts: list[tuple[Node, tuple[str, tuple[str, ...]] | None]], index: Sequence[str]
) -> tuple[Mapping[str, Any], set[object]] | None:
    """The rule's own statement of a log source, and the conjuncts that make it; None where it makes none."""
    own: dict[str, Any] = {}
    said: set[object] = set()
    for item, text in conjuncts:
        if text is None or text[0] in own:
            continue
        name, values = text
        allowed = (stated.all[name],) if name in stated.all else stated.by.get(name, ())
        if set(values) <= set(allowed):
            own[name] = values[0] if len(values) == 1 else list(values)
            said.add(_key(item))
    if stated.index:
        wanted = set(index)
        return (own, said) if stated.index[0] in wanted and wanted <= set(stated.index) else None
    if not stated.all.keys() <= own.keys() or (stated.by and not stated.by.keys() & own.keys()):
        return None
    return own, said


def _texts(node: Node) -> tuple[str, tuple[str, ...]] | None:
    """A field and the texts of which it is to be one, letter by letter."""
    parts = node.items if isinstance(node, Or) else (node,)
    named: dict[str, list[str]] = {}
    for part in parts:
        text = text_of(part.tokens) if isinstance(part, Glob) and part.fold == "none" else None
        if text is None:
            return None
        assert isinstance(part, Glob)
        named.setdefault(part.field.name, []).append(text)
    return next((name, tuple(values)) for name, values in named.items()) if len(named) == 1 else None


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
        self.by_part = {
            name: (entry, entry.to.index(name))
            for entry in source.entries.values()
            if not entry.approximate and entry.separator and len(entry.to) == 2
            for name in entry.to
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
        name = self.name(field.name)
        if name is None and field.name in self.by_part:
            found = _side(node, *self.by_part[field.name])
            if found is not None:
                return found
        if name is None:
            self.missing.add(field.name)
            return node
        return _as_text(with_field(node, Field(name, known=False)), field)

    def has(self, ecs: str) -> bool:
        return self.name(ecs) is not None

    def name(self, ecs: str) -> str | None:
        if ecs in self.by_ecs:
            return self.by_ecs[ecs].sigma
        prefix = self.native.format("")
        return ecs.removeprefix(prefix) if prefix and ecs.startswith(prefix) else None


def _side(node: Node, entry: Entry, side: int) -> Node | None:
    """A test of one of the two fields that one Sigma field holds, on that one."""
    whole, sep = Field(entry.sigma, known=False), entry.separator or ""
    if isinstance(node, Exists):
        return Exists(whole, span=node.span)
    if not isinstance(node, Glob) or not node.tokens or any(isinstance(t, str) and sep in t for t in node.tokens):
        return None
    tokens = (*node.tokens, sep, ANY) if side == 0 else (ANY, sep, *node.tokens)
    return Glob(whole, merge_tokens(tokens), node.fold, span=node.span)


def _as_text(node: Node, old: Field) -> Node:
    """Sigma's fields have no type: a number, an address, a boolean is its text."""
    if isinstance(node, Range) and old.sort not in ("string", "text"):  # a comparison keeps what it compares
        return replace(node, field=replace(node.field, type=old.type, scaling=old.scaling))
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
