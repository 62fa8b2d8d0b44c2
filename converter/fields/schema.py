"""`Fields`: names to `Field`, from the built-in tables, a `{name: type}` dict or an Elasticsearch mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from converter.diagnostics import UsageError
from converter.fields.builtin import BuiltinTable, load
from converter.tree import ANY, Field, Token

FieldsSpec: TypeAlias = "Fields | Mapping[str, Any] | None"

#: What a name is in a schema. `unknown`: an open one lacks it; `unmapped`: a closed one, or below `enabled: false`.
Kind: TypeAlias = Literal["leaf", "multi-field", "alias", "object", "nested", "unknown", "unmapped"]

CONTAINERS = ("object", "nested", "unmapped")

#: Last parts of names that stand for another reading of the field before them, where that is a field with values.
TWINS = {"text": "text", "caseless": "keyword_lowercase", "keyword": "keyword"}


class Fields:
    """A field schema. `closed`: a name that it does not hold is unmapped; else it is an unknown keyword field.

    `table` holds leaves, multi-fields and aliases, and the objects that a schema names (type `object` or `nested`;
    `unmapped` for one that is not indexed at all). `retype` changes the fields that are in no table.
    """

    def __init__(
        self, table: Mapping[str, Field], *, closed: bool, retype: Callable[[Field], Field] | None = None
    ) -> None:
        self._table = table
        self._found: dict[str, Field] = {}
        self._retype = retype
        self.closed = closed

    @staticmethod
    def of(spec: FieldsSpec) -> Fields:
        """From None (the built-in schemas), `{name: type}`, an Elasticsearch mapping, or a `Fields` (as it is).

        Raises `ConverterError` (code `fields`) with a diagnostic for each entry that cannot be read."""
        if isinstance(spec, Fields):
            return spec
        if spec is None:
            return builtin()
        if not isinstance(spec, Mapping):
            raise UsageError(
                f"fields are a mapping or None, not `{type(spec).__name__}`",
                help='write {"process.pid": "long"} or {"properties": …}',
            )
        from converter.fields.mapping import read

        return Fields(read(spec), closed=True)

    @staticmethod
    def load(path: str | Path, *, extend: bool = True) -> Fields:
        """From a file of own fields (YAML or JSON: `{name: type}` or a mapping), put over the built-in schemas;
        `extend=False` takes them alone. Raises `UsageError` for a file that cannot be read, else as `of`."""
        from converter.fields.files import read_file

        own = Fields.of(read_file(Path(path)))
        return builtin().extended(own) if extend else own

    def extended(self, own: Fields) -> Fields:
        """This schema with the fields of `own` over it; open or closed as this one."""
        return Fields(_Layers(own._table, self._table), closed=self.closed, retype=self._retype)

    def field(self, name: str) -> Field:
        """The field of that name; never fails: `unmapped`, or an unknown keyword, where the schema lacks it."""
        found = self._found.get(name)
        if found is None:
            found = self._table.get(name)
            if found is None:
                found = self._derive(name)
                found = self._retype(found) if self._retype is not None else found
            self._found[name] = found
        return found

    def __contains__(self, name: str) -> bool:
        """Whether the schema knows the name: a field, a key of a flattened field, or an object above one."""
        return self.field(name).known

    def __iter__(self) -> Iterator[Field]:
        """Every field that the schema holds, multi-fields and aliases too, objects not."""
        return (field for field in map(self._table.__getitem__, self._table) if field.type not in CONTAINERS)

    def kind(self, name: str) -> Kind:
        """What the name is in this schema; a key of a flattened field is a leaf."""
        field = self.field(name)
        if field.type == "unmapped":
            return "unmapped"
        if not field.known:
            return "unknown"
        if field.type in ("object", "nested"):
            return "object" if field.type == "object" else "nested"
        if field.path == name:
            return "leaf"
        return "multi-field" if name.startswith(field.path + ".") else "alias"

    def leaves(self, prefix: str) -> list[Field]:
        """The fields below an object, multi-fields and aliases too; [] where nothing is mapped below the name."""
        below = prefix + "."
        fields = (self._table[name] for name in self._table if name.startswith(below))
        return [field for field in fields if field.type not in CONTAINERS and field.path != prefix]

    def matching(self, tokens: Iterable[Token]) -> list[Field]:
        """The fields whose whole name fits a glob (`*` crosses dots), as Elasticsearch expands a wildcard in a field
        name: leaves, multi-fields and aliases that the schema holds, no keys of flattened fields."""
        fits = re.compile(
            "".join(re.escape(t) if isinstance(t, str) else ".*" if t is ANY else "." for t in tokens), re.DOTALL
        ).fullmatch
        fields = (self._table[name] for name in self._table if fits(name))
        return [field for field in fields if field.type not in CONTAINERS]

    def siblings(self, field: Field) -> list[Field]:
        """The other fields that read the values of the same path: the parent first, then its multi-fields."""
        names = [field.path, *self._twins.get(field.path, ())]
        return [other for name in names if name != field.name and (other := self.field(name)).path == field.path]

    def lowercase_twin(self, field: Field) -> Field | None:
        """A keyword field with a lowercase normaliser over the same values, if the schema has one."""
        for other in (field, *self.siblings(field)):
            same = (other.ignore_above, other.null_value) == (field.ignore_above, field.null_value)
            if other.type == "keyword_lowercase" and other.searchable and same:
                return other
        return None

    @cached_property
    def lowered(self) -> bool:
        """Whether the schema is open and every text is held in lower case, flattened objects aside."""
        if self.closed or self.field("a name in no table").type != "keyword_lowercase":
            return False
        texts = (field for field in self if field.sort in ("string", "text") and field.flattened is None)
        return all(field.type in ("keyword_lowercase", "flattened") for field in texts)

    @cached_property
    def _twins(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for name, path in _twins(self._table):
            out.setdefault(path, []).append(name)
        return out

    @cached_property
    def _prefixes(self) -> frozenset[str]:
        """Names of the objects above the fields, named by the schema or not."""
        out: set[str] = set()
        for name in self._table:
            parent = name.rpartition(".")[0]
            while parent and parent not in out:
                out.add(parent)
                parent = parent.rpartition(".")[0]
        return frozenset(out)

    def _derive(self, name: str) -> Field:
        """A name that no entry holds: by what stands above or below it."""
        missing = Field(name, "unmapped" if self.closed else "keyword", known=False)
        if name in self._prefixes:
            return Field(name, "object", nested=self._above(name, "nested"))
        root = self._above(name, "flattened")
        if root is not None:
            held = self._table[root]
            return Field(name, "flattened", nested=held.nested, flattened=root, ignore_above=held.ignore_above)
        if self._above(name, "unmapped") is not None:
            return Field(name, "unmapped", known=False)
        if self.closed:
            return missing
        parent, _, last = name.rpartition(".")
        held_parent = self._table.get(parent)
        if last in TWINS and held_parent is not None and held_parent.sort in ("string", "text"):
            return Field(name, TWINS[last], held_parent.path, nested=held_parent.nested, known=False)
        return Field(name, "keyword", nested=self._above(name, "nested"), known=False)

    def _above(self, name: str, type_: str) -> str | None:
        """The nearest object or field of that type above the name."""
        parent = name.rpartition(".")[0]
        while parent:
            held = self._table.get(parent)
            if held is not None and held.type == type_:
                return parent
            parent = parent.rpartition(".")[0]
        return None


class _Layers(Mapping[str, Field]):
    """Two tables seen as one; the upper wins."""

    def __init__(self, upper: Mapping[str, Field], lower: Mapping[str, Field]) -> None:
        self.upper, self.lower = upper, lower

    def __getitem__(self, name: str) -> Field:
        return self.upper[name] if name in self.upper else self.lower[name]

    def __contains__(self, name: object) -> bool:
        return name in self.upper or name in self.lower

    def __iter__(self) -> Iterator[str]:
        yield from self.upper
        yield from (name for name in self.lower if name not in self.upper)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _twins(table: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    """Names of multi-fields and aliases with the path that they read."""
    match table:
        case BuiltinTable():
            yield from table.twins()
        case _Layers(upper=upper, lower=lower):
            yield from _twins(upper)
            yield from _twins(lower)
        case _:
            yield from ((name, field.path) for name, field in table.items() if field.path != name)


@lru_cache(maxsize=1)
def builtin() -> Fields:
    """The built-in schemas: ECS and the field tables of detection-rules; open."""
    return Fields(load()[0], closed=False)
