"""Rows and columns while a pipeline runs.

A column has an identity of its own, so that renaming or shadowing never moves data; a column of the index is read from
the event when it is first needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from dataclasses import field as dc_field
from typing import Any

from converter.fields import Fields
from converter.matching.pipeline.types import Value, pack, type_of, version_key
from converter.matching.values import EventValues, string_of
from converter.tree import Field

_ids = itertools.count()


class Row:
    """`cells`: column id → value. `event` and `position` are None for rows that are no longer events."""

    __slots__ = ("cells", "event", "position")

    def __init__(self, event: EventValues | None = None, position: int | None = None) -> None:
        self.event = event
        self.position = position
        self.cells: dict[int, Value] = {}

    def copy(self) -> Row:
        twin = Row(self.event, self.position)
        twin.cells = dict(self.cells)
        return twin


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """`field`: the index's field that the column still is, unchanged; `alias`: the one of which it is a plain copy.
    `grouped`: a key or a result of STATS. `known`: every row holds `value`."""

    name: str
    type: str
    field: Field | None = None
    alias: Field | None = None
    grouped: bool = False
    known: bool = False
    value: Value = None
    id: int = dc_field(default_factory=lambda: next(_ids))

    def reader(self, fields: Fields) -> Callable[[Row], Value]:
        number = self.id
        if self.field is None:
            return lambda row: row.cells.get(number)
        load = loader(self.field, self.type, fields)

        def read(row: Row) -> Value:
            cells = row.cells
            if number in cells:
                return cells[number]
            assert row.event is not None
            value = cells[number] = load(row.event)
            return value

        return read


class Scope:
    """The columns at one place of a pipeline, by name, in order. An index's fields join when they are named, if the
    source is still open (`source`). `places`: field of the index → the column that stands in its place now."""

    def __init__(
        self,
        columns: dict[str, ColumnRef],
        source: IndexFields | None = None,
        hidden: frozenset[str] = frozenset(),
        places: Mapping[str, str] | None = None,
    ) -> None:
        self.columns = columns
        self.source = source
        self.hidden = hidden
        self.places = dict(places or {})

    def find(self, name: str) -> ColumnRef | None:
        found = self.columns.get(name)
        if found is None and self.source is not None and name not in self.hidden:
            return self.source.column(name)
        return found

    def all(self) -> dict[str, ColumnRef]:
        """Every column; of a source still open also the index's, by name before the others."""
        if self.source is None:
            return dict(self.columns)
        out: dict[str, ColumnRef] = {}
        for name in self.source.names():
            place = self.places.get(name)
            if place is not None:
                out[place] = self.columns[place]
            elif name not in self.hidden and name not in self.columns and (column := self.source.column(name)):
                out[name] = column
        return {**out, **{name: column for name, column in self.columns.items() if name not in out}}

    def with_columns(self, new: dict[str, ColumnRef]) -> Scope:
        """The scope with these columns at its end, each in place of one of the same name."""
        kept = {name: column for name, column in self.columns.items() if name not in new}
        return Scope({**kept, **new}, self.source, self.hidden, self._places_without(new))

    def without(self, names: set[str]) -> Scope:
        kept = {name: c for name, c in self.columns.items() if name not in names}
        return Scope(kept, self.source, self.hidden | names, self._places_without(names))

    def replaced(self, old: str, new: ColumnRef) -> Scope:
        """The scope with another column, perhaps of another name, where `old` stands."""
        gone = {old, new.name}
        if old in self.columns:
            columns = {
                (new.name if name == old else name): (new if name == old else column)
                for name, column in self.columns.items()
                if name == old or name != new.name
            }
            places = {f: new.name if at == old else at for f, at in self.places.items() if at == old or at not in gone}
        else:
            columns = {**{name: column for name, column in self.columns.items() if name not in gone}, new.name: new}
            places = {**self._places_without(gone), old: new.name}
        return Scope(columns, self.source, self.hidden | gone, places)

    def _places_without(self, names: Container[str]) -> dict[str, str]:
        return {field: at for field, at in self.places.items() if at not in names}


class IndexFields:
    """The index's fields as columns. `seen` are the names that a schema without an end takes from the events."""

    def __init__(self, fields: Fields, seen: Callable[[], set[str]], retyped: dict[str, str]) -> None:
        self.fields = fields
        self._seen = seen
        self._retyped = retyped
        self._columns: dict[str, ColumnRef | None] = {}

    def column(self, name: str) -> ColumnRef | None:
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]

    def _make(self, name: str) -> ColumnRef | None:
        field = self.fields.field(name)
        kind = self._retyped.get(name)
        if kind is not None:
            field = Field(name, kind, field.path, known=False)
        kind = type_of(field)
        if kind is None:
            return None
        return ColumnRef(name, kind, field=field)

    def names(self) -> list[str]:
        if self.fields.closed:
            return sorted(field.name for field in self.fields if type_of(field) is not None)
        return sorted(name for name in self._seen() if self.column(name) is not None)


def loader(field: Field, kind: str, fields: Fields) -> Callable[[EventValues], Value]:
    """Reads a field as ES|QL sees it: ascending, strings and addresses without repeats; text, and fields without doc
    values, as they were written."""
    if kind == "unsupported":
        return lambda event: None
    if kind == "text":
        exact = exact_twin(field, fields)
        if exact is None:
            return lambda event: _texts(event, field)
        field, kind = exact, "keyword"
    if not field.doc_values:
        return lambda event: pack(event.values(field))  # type: ignore[arg-type]
    if kind == "version":
        return lambda event: pack(sorted(_scalars(event, field), key=lambda text: version_key(str(text))))
    return lambda event: _sorted(_scalars(event, field))


def _scalars(event: EventValues, field: Field) -> tuple[Any, ...]:
    return event.values(field)


def _sorted(values: tuple[Any, ...]) -> Value:
    if len(values) > 1:
        return tuple(sorted(values))
    return values[0] if values else None


def _texts(event: EventValues, field: Field) -> Value:
    texts = [string_of(raw) for raw in event.raw(field.path) if raw is not None]
    for path in field.copies:
        texts += [string_of(raw) for raw in event.raw(path) if raw is not None]
    return pack(texts)


def exact_twin(field: Field, fields: Fields) -> Field | None:
    """The keyword from which Elasticsearch loads a text field: its multi-field, or the keyword above it."""
    prefix = field.name + "."
    inner = field.type == "text" and field.name.startswith(field.path + ".")
    for other in fields.siblings(field):
        if inner and other.name == field.path and other.type == "keyword" and other.doc_values and other.known:
            return other
        plain = other.type == "keyword" and other.ignore_above is None and other.null_value is None
        if plain and other.name.startswith(prefix) and other.doc_values and other.known:
            return other
    return None
