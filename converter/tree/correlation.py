"""A Sigma correlation: what has to come together, within which time, for which keys.

`converter.matching.correlations` says what it means over a stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dc_field
from typing import TypeAlias

from converter.diagnostics import Span
from converter.tree.field import Field
from converter.tree.nodes import Node


@dataclass(frozen=True, slots=True)
class Member:
    """A rule or correlation that takes part, by the name that the text refers to it."""

    name: str
    item: Node | Correlation


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A key that must be equal: for each member, in their order, the field that holds it."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Every part of an extended condition holds."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Either:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Neither:
    """The part does not hold."""

    item: Expression


#: An extended condition over the names of members.
Expression: TypeAlias = "str | Both | Either | Neither"


@dataclass(frozen=True, slots=True)
class Correlation:
    """`timespan` in milliseconds, both ends in. `bounds`: operator and number, all of which hold for the count (of
    events, distinct values, members) or the value (sum, average, percentile, median) of `values`.

    `values` are the fields of the condition for each member, in their order (several fields: their combination).
    `expression` replaces `bounds` in an extended condition. `generate`: the members' own hits count too.
    """

    type: str
    members: tuple[Member, ...]
    keys: tuple[GroupKey, ...]
    timespan: int
    bounds: tuple[tuple[str, int | float], ...] = ()
    values: tuple[tuple[Field, ...], ...] = ()
    percentile: int | float | None = None
    expression: Expression | None = None
    generate: bool = False
    title: str = ""
    id: str | None = None
    name: str | None = None
    span: Span | None = dc_field(default=None, compare=False, repr=False, kw_only=True)


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The expression with each member under another name."""
    match expression:
        case Both(items=items):
            return Both(tuple(renamed(item, names) for item in items))
        case Either(items=items):
            return Either(tuple(renamed(item, names) for item in items))
        case Neither(item=item):
            return Neither(renamed(item, names))
    return names[str(expression)]
