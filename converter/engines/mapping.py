"""The mapping of a throw-away index: the fields that the forms use, as their schemas type them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from converter.fields import Fields
from converter.tree import Field, text_of

NORMALIZER = "ruleproof_lowercase"
SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "analysis": {"normalizer": {NORMALIZER: {"type": "custom", "filter": ["lowercase"]}}},
    "mapping": {"total_fields": {"limit": 20000}},
}

#: Names at the root of a document that Elasticsearch keeps for itself.
RESERVED = frozenset({"_id", "_index", "_version", "_source", "_score", "_ignored", "_routing"})

#: What stands in for a type that a cluster does not have; the answers are the same for the tests that both can take.
STAND_INS = {
    "wildcard": "keyword",
    "constant_keyword": "keyword",
    "version": "keyword",
    "match_only_text": "text",
    "unsigned_long": "long",
    "scaled_float": "double",
}


def fields_in(value: Any) -> Iterator[Field]:
    """Every field anywhere in a tree of whatever kind (predicate, sequence, pipeline), with repeats."""
    if isinstance(value, Field):
        yield value
    elif dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            yield from fields_in(getattr(value, item.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from fields_in(item)


def names_in(tree: Any, schema: Fields) -> Iterator[str]:
    """The names of the fields that a tree reads; of a pipeline also the columns that may be fields, and for each
    pattern of its KEEP and DROP one field that fits (a pattern without any is an error there)."""
    from converter.tree.pipeline import Drop, Keep, Pipeline, columns_of

    yield from (field.name for field in fields_in(tree))
    if not isinstance(tree, Pipeline):
        return
    yield from (column.name for column in columns_of(tree))
    for command in tree.commands:
        for pattern in command.patterns if isinstance(command, Keep | Drop) else ():
            name = text_of(pattern)
            fits = [name] if name is not None else [field.name for field in schema.matching(pattern)]
            if not fits and not schema.closed:  # any name will do
                fits = ["".join(token if isinstance(token, str) else "any" for token in pattern)]
            yield from fits[:1]


def mapping_of(names: Iterable[str], schema: Fields, stand_ins: Iterable[str] = ()) -> dict[str, Any]:
    """`{"properties": …}` with each field, its parent and siblings, the nested objects around it and, of an object, all
    fields below; a name that a closed schema lacks is left out. `stand_ins` are the types to replace."""
    tree = _Tree(schema, frozenset(stand_ins))
    for name in dict.fromkeys(names):
        field = schema.field(name)
        for one in schema.leaves(name) if field.type in ("object", "nested") else [field]:
            tree.take(one)
    return {"properties": tree.properties}


class _Tree:
    def __init__(self, schema: Fields, stand_ins: frozenset[str]) -> None:
        self.schema, self.stand_ins = schema, stand_ins
        self.properties: dict[str, Any] = {}
        self.taken: set[str] = set()

    def take(self, field: Field) -> None:
        if field.type in ("unmapped", "any", "object", "nested") or field.name in self.taken | RESERVED:
            return
        self.taken.add(field.name)
        if field.flattened is not None:
            self.take(self.schema.field(field.flattened))
            return
        entry = self.entry(field)
        if field.path == field.name:
            self.place(field, entry)
            for other in self.schema.siblings(field):
                self.take(other)
        elif field.name.startswith(field.path + "."):
            parent = self.schema.field(field.path)
            self.take(parent)
            below = field.name[len(field.path) + 1 :]
            self.at(parent.name, parent.nested).setdefault("fields", {})[below] = entry
        else:
            self.take(self.schema.field(field.path))
            self.place(field, {"type": "alias", "path": field.path})
        for source in field.copies if field.path == field.name else ():
            origin = self.schema.field(source)
            self.take(origin)
            self.at(source, origin.nested).setdefault("copy_to", []).append(field.name)

    def entry(self, field: Field) -> dict[str, Any]:
        type_ = STAND_INS[field.type] if field.type in self.stand_ins else field.type
        if type_ == "keyword_lowercase":
            out: dict[str, Any] = {"type": "keyword", "normalizer": NORMALIZER}
        else:
            out = {"type": type_}
        text = field.sort == "text"
        more = {
            "ignore_above": field.ignore_above,
            "null_value": field.null_value,
            "format": field.format,
            "scaling_factor": (field.scaling or 100) if type_ == "scaled_float" else None,
            "value": field.constant if type_ == "constant_keyword" else None,
            "index": None if field.indexed else False,
            "doc_values": None if field.doc_values or text else False,
        }
        return out | {key: value for key, value in more.items() if value is not None}

    def place(self, field: Field, entry: dict[str, Any]) -> None:
        self.at(field.name, field.nested).update(entry)

    def at(self, name: str, nested: str | None) -> dict[str, Any]:
        """The entry of a name, inside the nested objects around it; every part of the name is a level."""
        level, prefix = self.properties, ""
        chain = self._nested_chain(nested)
        parts = name.split(".")
        for part in parts[:-1]:
            prefix = f"{prefix}.{part}" if prefix else part
            holder = level.setdefault(part, {})
            if prefix in chain:
                holder["type"] = "nested"
            level = holder.setdefault("properties", {})
        entry: dict[str, Any] = level.setdefault(parts[-1], {})
        return entry

    def _nested_chain(self, nested: str | None) -> set[str]:
        out = set()
        while nested is not None:
            out.add(nested)
            nested = self.schema.field(nested).nested
        return out
