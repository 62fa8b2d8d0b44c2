"""Queries over a stream of events: EQL's sequences, samples and pipes."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dc_field
from typing import TypeAlias

from converter.diagnostics import Span
from converter.tree.field import Field
from converter.tree.nodes import Node


def _span() -> Span | None:
    return dc_field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Key:
    """A join key; an optional one joins null with null, a plain one must exist."""

    field: Field
    optional: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Stage:
    """One `[category where condition] by keys`; `keys` holds the stage's own keys, behind the common ones.

    `missing`: `![…]`, no such event may come in between."""

    condition: Node
    keys: tuple[Key, ...] = ()
    runs: int = 1
    missing: bool = False
    fork: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events in order. `by` are the common keys; `maxspan` in milliseconds (None: no bound)."""

    stages: tuple[Stage, ...]
    by: tuple[Key, ...] = ()
    maxspan: int | None = None
    until: Stage | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Sample:
    """Events of each stage with equal keys, in any order and at any distance."""

    stages: tuple[Stage, ...]
    by: tuple[Key, ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Pipe:
    """`head n`, `tail n` (other pipes of older EQL by name, with their argument texts)."""

    name: str
    args: tuple[str, ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Piped:
    """A query and the pipes behind it."""

    query: Node | Sequence | Sample
    pipes: tuple[Pipe, ...]
    span: Span | None = _span()


Stateful: TypeAlias = Sequence | Sample | Piped
