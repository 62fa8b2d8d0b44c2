"""A predicate tree as a Python function of one event.

`compile_node` turns each node into a closure once; a rule over many events then costs only the tests themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

from converter.matching.globs import glob_test
from converter.matching.values import EventValues, Value, fold_ascii, lowercase, parse_ip, parse_network
from converter.tree import (
    And,
    Category,
    Cidr,
    Const,
    DateMath,
    Exists,
    Field,
    Glob,
    Length,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
    Wild,
    text_of,
)

Predicate: TypeAlias = Callable[[EventValues], bool]


@dataclass(frozen=True, slots=True)
class Context:
    """What a query's meaning takes from outside: the clock (milliseconds since 1970; None: now) and the field that
    holds the event category."""

    now: int | None = None
    category: Field = Field("event.category")

    def clock(self) -> int:
        return int(time.time() * 1000) if self.now is None else self.now


def matches(node: Node, event: Mapping[str, Any], context: Context | None = None) -> bool:
    """Whether the tree is true for the event (a JSON object, keys dotted or nested)."""
    return compile_node(node, context)(EventValues(event))


def compile_node(node: Node, context: Context | None = None) -> Predicate:
    """The tree as a function of an event."""
    return _compile(node, context or Context())


def _compile(node: Node, context: Context) -> Predicate:
    match node:
        case Const(value=truth):
            return lambda event: truth
        case And(items=items):
            return _all([_compile(item, context) for item in items])
        case Or(items=items):
            return _any([_compile(item, context) for item in items])
        case Not(item=item):
            inner = _compile(item, context)
            return lambda event: not inner(event)
        case Category(value=value):
            return _compile(Glob(context.category, (value,) if value else ()), context)
        case Nested(path=path, item=item):
            inner = _compile(_inside(item, path), context)
            return lambda event: any(inner(part) for part in event.objects(path))
        case Exists(field=field):
            return lambda event: bool(event.values(field))
        case Single(field=field):
            return lambda event: len(event.values(field)) == 1
        case Glob():
            return _glob(node)
        case Script(expr=expr):
            from converter.matching.scripts import compile_script

            return compile_script(expr)
    return _test(node, context)


def _all(items: list[Predicate]) -> Predicate:
    def test(event: EventValues) -> bool:
        for item in items:  # noqa: SIM110 - measured: a loop is faster than all() over a generator
            if not item(event):
                return False
        return True

    return test


def _any(items: list[Predicate]) -> Predicate:
    def test(event: EventValues) -> bool:
        for item in items:  # noqa: SIM110
            if item(event):
                return True
        return False

    return test


def _inside(node: Node, path: str) -> Node:
    """The tree with the fields of a nested object readable."""
    from converter.tree import transform

    def free(item: Node) -> Node:
        field = getattr(item, "field", None)
        return replace(item, field=replace(field, nested=None)) if field and field.nested == path else item

    return transform(node, free)


def _glob(node: Glob) -> Predicate:
    """Equality, prefix, suffix and contains without a regular expression, as most rules need."""
    field, tokens = node.field, node.tokens
    read: Callable[[EventValues, Field], tuple[str, ...]]
    if node.fold == "ascii":
        read = EventValues.folded
        tokens = tuple(token if isinstance(token, Wild) else fold_ascii(token) for token in tokens)
    elif node.fold == "lower":
        read = _lowered
    else:
        read = EventValues.strings
    text = text_of(tokens)
    if text is not None:
        return lambda event: text in read(event, field)
    match tokens:
        case (Wild.ANY,):
            return lambda event: bool(read(event, field))
        case (str() as head, Wild.ANY):
            return lambda event: any(value.startswith(head) for value in read(event, field))
        case (Wild.ANY, str() as tail):
            return lambda event: any(value.endswith(tail) for value in read(event, field))
        case (Wild.ANY, str() as part, Wild.ANY):
            return lambda event: any(part in value for value in read(event, field))
    # made when first asked: most predicates are made for a proof that never asks them
    fits = cache(lambda: glob_test(tokens))
    return lambda event: any(fits()(value) for value in read(event, field))


def _lowered(event: EventValues, field: Field) -> tuple[str, ...]:
    return tuple(lowercase(value) for value in event.strings(field))


def _test(node: Node, context: Context) -> Predicate:
    """Atoms that are one Python test of one value."""
    match node:
        case Regex(field=field):
            from converter.matching.regex import compile_regex

            found = compile_regex(node)
            return lambda event: any(found(value) for value in event.strings(field))
        case Length(field=field, low=low, high=high):
            return lambda event: any(
                (low is None or len(value) >= low) and (high is None or len(value) <= high)
                for value in event.strings(field)
            )
        case Cidr(field=field, network=network):
            ends = parse_network(network)
            if ends is None:
                return lambda event: False
            first, last = ends
            return lambda event: any(first <= address <= last for address in _addresses(event, field))
        case Term(field=field, value=value):
            return lambda event: value in event.values(field)
        case Range(field=field):
            return _range(node, context)
        case Phrase(field=field, tokens=tokens, prefix=prefix):
            return lambda event: any(_phrase(value, tokens, prefix) for value in event.values(field))
    raise TypeError(f"no meaning for {type(node).__name__}")


def _addresses(event: EventValues, field: Field) -> list[int]:
    out = []
    for value in event.values(field):
        address = parse_ip(value) if isinstance(value, str) else value
        if isinstance(address, int) and not isinstance(address, bool):
            out.append(address)
    return out


def _range(node: Range, context: Context) -> Predicate:
    field, low_open, high_open = node.field, node.low_open, node.high_open
    low, high = _bound(node.low, context, field), _bound(node.high, context, field)

    def inside(value: Any) -> bool:
        if low is not None and (value <= low if low_open else value < low):
            return False
        return not (high is not None and (value >= high if high_open else value > high))

    if field.sort == "version":
        from converter.matching.versions import version_key

        low, high = (bound if bound is None else version_key(str(bound)) for bound in (low, high))
        return lambda event: any(inside(version_key(value)) for value in event.strings(field))
    if field.sort == "text":
        return lambda event: any(inside(value) for value in event.strings(field))
    return lambda event: any(inside(value) for value in event.values(field))


def _bound(bound: Any, context: Context, field: Field) -> Any:
    if isinstance(bound, DateMath):
        from converter.matching.dates import resolve

        return resolve(bound, context.clock(), nanos=field.type == "date_nanos")
    return bound


def _phrase(value: Value, tokens: tuple[str, ...], prefix: bool) -> bool:
    if not isinstance(value, tuple) or not tokens:
        return False
    width = len(tokens)
    for start in range(len(value) - width + 1):
        window = value[start : start + width]
        if prefix and window[:-1] == tokens[:-1] and window[-1].startswith(tokens[-1]):
            return True
        if window == tokens:
            return True
    return False
