"""A field as a query names it, with all that the meaning of a test on it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Sorts of values: fields of one sort are compared alike.
SORTS: dict[str, str] = {
    **dict.fromkeys(("keyword", "wildcard", "constant_keyword", "keyword_lowercase", "flattened"), "string"),
    **dict.fromkeys(("text", "match_only_text"), "text"),
    **dict.fromkeys(("long", "integer", "short", "byte", "unsigned_long"), "integer"),
    **dict.fromkeys(("double", "float", "half_float", "scaled_float"), "float"),
    "boolean": "boolean",
    "ip": "ip",
    **dict.fromkeys(("date", "date_nanos"), "date"),
    "version": "version",
}


@dataclass(frozen=True, slots=True)
class Field:
    """`type` is an Elasticsearch type, or `keyword_lowercase` (keyword with a lowercase normaliser), `object`,
    `nested`, or `unmapped` (nothing is ever found in it).

    `path` is the name under which the event holds the values: the parent of a multi-field (`x.text`, `x.caseless`),
    the target of an alias, else the name itself. `nested` is the path of the nested object that holds the
    field; outside a `Nested` node such a field has no value. `known` is False where no schema knows the name.
    `optional` is EQL's `?field`. `parts` are the leaf names of an object field (for `exists`).
    """

    name: str
    type: str = "keyword"
    path: str = ""
    nested: str | None = None
    known: bool = True
    optional: bool = False
    ignore_above: int | None = None
    null_value: Any = None
    array: bool | None = None
    quoted: bool = False

    def __post_init__(self) -> None:
        if not self.path:
            object.__setattr__(self, "path", self.name)

    @property
    def sort(self) -> str:
        """`string`, `text`, `integer`, `float`, `boolean`, `ip`, `date`, `version`, or the type itself."""
        return SORTS.get(self.type, self.type)

    @property
    def mapped(self) -> bool:
        return self.type != "unmapped"

    @property
    def is_number(self) -> bool:
        return self.sort in ("integer", "float")


#: Stands for "any field of the event" (Sigma keywords, unscoped text over an open schema): a test on it holds if any
#: value of any field, read as a string, passes.
ANY_FIELD = Field("*", "any")
