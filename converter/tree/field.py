"""A field as a query names it, with all that the meaning of a test on it depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Sorts of values: fields of one sort are compared alike.
SORTS: dict[str, str] = {
    **dict.fromkeys(("keyword", "wildcard", "constant_keyword", "keyword_lowercase", "flattened", "keyed"), "string"),
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
    `nested`, `keyed` (the pairs of a flattened field, each key, NUL and value as one string), or `unmapped` (nothing
    is ever found in it).

    `path` is the name under which the event holds the values: the parent of a multi-field (`x.text`, `x.caseless`),
    the target of an alias, else the name itself. `nested` is the path of the nested object that holds the
    field; outside a `Nested` node such a field has no value. `known` is False where no schema knows the name.
    `optional` is EQL's `?field`.

    `array` is what the schema says of the field (a statement, no guarantee: an index takes lists everywhere); `single`
    and `present` are what a user declared (one value at most, at least one), to be named as given where used.
    `flattened` is the flattened field of which this one is a key. `copies` are further paths whose values the field
    takes in (`copy_to`). `format` is a date format other than the default, `scaling` the factor of a scaled_float,
    `constant` the value of a constant_keyword.
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
    indexed: bool = True
    doc_values: bool = True
    flattened: str | None = None
    copies: tuple[str, ...] = ()
    format: str | None = None
    scaling: float | None = None
    constant: str | None = None
    single: bool = False
    present: bool = False

    def __post_init__(self) -> None:
        if not self.path:
            object.__setattr__(self, "path", self.name)

    def __hash__(self) -> int:  # a field is a dictionary key in every test of every event
        return hash((self.name, self.type))

    @property
    def sort(self) -> str:
        """`string`, `text`, `integer`, `float`, `boolean`, `ip`, `date`, `version`, or the type itself."""
        return SORTS.get(self.type, self.type)

    @property
    def searchable(self) -> bool:
        """False with both index and doc values off: Elasticsearch can find nothing in it, nor that it exists."""
        return self.indexed or self.doc_values

    @property
    def keeps_once(self) -> bool:
        """Whether equal values count once: doc values of strings and addresses are sets."""
        return self.doc_values and self.sort in ("string", "ip", "version")

    @property
    def mapped(self) -> bool:
        return self.type != "unmapped"

    @property
    def is_number(self) -> bool:
        return self.sort in ("integer", "float")


#: Stands for "any field of the event" (Sigma keywords, unscoped text over an open schema): a test on it holds if any
#: value of any field, read as a string, passes.
ANY_FIELD = Field("*", "any")
