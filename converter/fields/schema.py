"""`Fields`: names to `Field`, from the built-in tables, a `{name: type}` dict or an Elasticsearch mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from converter.tree import Field

FieldsSpec: TypeAlias = "Fields | Mapping[str, Any] | None"


class Fields:
    """A field schema. `closed`: a name that it does not hold is unmapped; else it is an unknown keyword field."""

    def __init__(self, table: Mapping[str, Field], *, closed: bool) -> None:
        self._table = dict(table)
        self.closed = closed

    @staticmethod
    def of(spec: FieldsSpec) -> Fields:
        """From None (the built-in schemas), `{name: type}`, an Elasticsearch mapping, or a `Fields` (as it is)."""
        if isinstance(spec, Fields):
            return spec
        if spec is None:
            return builtin()
        return Fields({name: Field(name, str(type_)) for name, type_ in spec.items()}, closed=True)

    def field(self, name: str) -> Field:
        """The field of that name; never fails: `unmapped`, or an unknown keyword, where the schema lacks it."""
        found = self._table.get(name)
        if found is not None:
            return found
        return Field(name, "unmapped" if self.closed else "keyword", known=False)

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def __iter__(self) -> Iterator[Field]:
        """Every field that the schema holds, multi-fields too, objects not."""
        return iter(self._table.values())

    def lowercase_twin(self, field: Field) -> Field | None:
        """A keyword field with a lowercase normaliser over the same values, if the schema has one."""
        for other in (field, self._table.get(field.path), self._table.get(f"{field.path}.caseless")):
            if other is not None and other.type == "keyword_lowercase" and other.path == field.path:
                return other
        return None


@lru_cache(maxsize=1)
def builtin() -> Fields:
    return Fields({}, closed=False)
