"""The nodes of a predicate tree.

A tree is two-valued: on an event each node is true or false. An atom is a test of **one field**, true if **any value**
of the field passes (values as the field's type indexes them; null, [] and a missing field have no value, "" is one).
So on a missing field every atom is false and its `Not` true. Languages with other rules (ES|QL's null) write them
out with `Exists`, `Single` and `Not`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as dc_field
from typing import TypeAlias

from converter.diagnostics import Span
from converter.tree.expr import Expr
from converter.tree.field import Field
from converter.tree.glob import Fold, Token


def _span() -> Span | None:
    return dc_field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class DateMath:
    """A date relative to the clock (`now-5m/d`), resolved when the tree is evaluated. `round_up` as in the upper end
    of a range; `zone` is where its days begin."""

    text: str
    round_up: bool = False
    zone: str = "UTC"


#: An end of a range, typed by its field: int or float; str for string sorts; int (address as a 128-bit number) for ip;
#: int (milliseconds since 1970; nanoseconds for date_nanos) or `DateMath` for dates.
Bound: TypeAlias = int | float | str | DateMath


@dataclass(frozen=True, slots=True)
class Const:
    """True or false on every event."""

    value: bool
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Node, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Node, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Not:
    item: Node
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Category:
    """EQL's `process where`: the event's category field (a setting of the query, else `event.category`) is this."""

    value: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has at least one value. On an object field: any leaf below it has."""

    field: Field
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Single:
    """The field has exactly one value (equal values of a string or ip field with doc values count as one, of other
    fields not)."""

    field: Field
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Glob:
    """A string value matches the whole pattern; `tokens` canonical (`merge_tokens`), () is the empty string.

    With fold "lower" the pattern is lower case already. Equality of strings is a glob without wildcards.
    On a text field: one token of the analysed text matches (a term-level wildcard), with fold "lower".
    """

    field: Field
    tokens: tuple[Token, ...]
    fold: Fold = "none"
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Regex:
    """A string value matches a regular expression (`converter.tree.regex` parses both flavours).

    flavour "lucene": Lucene 9's syntax. flavour "pcre": Sigma's. `search`: found anywhere in the value, else whole.
    `fold` "ascii" ignores the case of letters, also in classes, but not of ranges in lucene. `multiline` and `dotall`
    are pcre's m and s; lucene's dot always takes line breaks. On a text field: one token matches.
    """

    field: Field
    pattern: str
    flavour: str = "lucene"
    fold: Fold = "none"
    search: bool = False
    multiline: bool = False
    dotall: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a field that is no string equals this: int or float, bool, ip address (int, 128 bits), date (int)."""

    field: Field
    value: int | float | bool
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Range:
    """One value lies between both ends (None: open). Strings compare by code point. `*_open`: the end itself is out."""

    field: Field
    low: Bound | None = None
    high: Bound | None = None
    low_open: bool = False
    high_open: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Cidr:
    """An address of the field lies in the network (`10.0.0.0/8`, IPv6 too; host bits may be set).

    On a string field, values that are no address do not."""

    field: Field
    network: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Length:
    """The number of characters (code points) of a string value lies in [low, high]; None: no end."""

    field: Field
    low: int | None = None
    high: int | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Phrase:
    """On a text field: the tokens stand one after another in the analysed text of one value.

    `prefix`: the last token may be the beginning of the one in the text. No tokens: never true."""

    field: Field
    tokens: tuple[str, ...]
    prefix: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Nested:
    """One object of the nested field passes the inner tree (whose fields' full names begin with `path`)."""

    path: str
    item: Node
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Script:
    """A scalar expression that is true for the event: functions of fields, arithmetic, comparisons of two fields.

    Evaluated for each combination of the fields' values (a missing field is null there); true if any gives true.
    """

    expr: Expr
    span: Span | None = _span()


Node: TypeAlias = (
    Const
    | And
    | Or
    | Not
    | Category
    | Exists
    | Single
    | Glob
    | Regex
    | Term
    | Range
    | Cidr
    | Length
    | Phrase
    | Nested
    | Script
)

ALWAYS, NEVER = Const(True), Const(False)


def conj(items: Iterable[Node], span: Span | None = None) -> Node:
    """`And` without nesting; one item stands alone, none is ALWAYS."""
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, And) else (item,))
    if len(flat) == 1:
        return flat[0]
    return And(tuple(flat), span=span) if flat else ALWAYS


def disj(items: Iterable[Node], span: Span | None = None) -> Node:
    """`Or` without nesting; one item stands alone, none is NEVER."""
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Or) else (item,))
    if len(flat) == 1:
        return flat[0]
    return Or(tuple(flat), span=span) if flat else NEVER


def negate(item: Node, span: Span | None = None) -> Node:
    """`Not`, without a double one."""
    if isinstance(item, Not):
        return item.item
    if isinstance(item, Const):
        return NEVER if item.value else ALWAYS
    return Not(item, span=span)
