"""Walking and rewriting predicate trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from converter.tree.expr import Arithmetic, Call, Expr, FieldValue, Logical, Negation
from converter.tree.field import Field
from converter.tree.nodes import (
    And,
    Category,
    Cidr,
    Const,
    Exists,
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
)


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case And(items=items) | Or(items=items):
            return items
        case Not(item=item) | Nested(item=item):
            return (item,)
    return ()


def replace_children(node: Node, items: tuple[Node, ...]) -> Node:
    """The same node over other children (as many as it had)."""
    match node:
        case And() | Or():
            return replace(node, items=items)
        case Not() | Nested():
            return replace(node, item=items[0])
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, depth first, parents first."""
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(reversed(children(item)))


def transform(node: Node, rewrite: Callable[[Node], Node]) -> Node:
    """Bottom-up: children first, then `rewrite` on the node over its new children."""
    old = children(node)
    if old:
        new = tuple(transform(item, rewrite) for item in old)
        if any(a is not b for a, b in zip(old, new, strict=True)):
            node = replace_children(node, new)
    return rewrite(node)


def atoms(node: Node) -> Iterator[Node]:
    """The leaves that test something, in order of the text."""
    for item in walk(node):
        if not isinstance(item, And | Or | Not | Const):
            yield item


def expr_fields(expr: Expr) -> Iterator[Field]:
    match expr:
        case FieldValue(field=field):
            yield field
        case Call(args=items) | Logical(items=items):
            for item in items:
                yield from expr_fields(item)
        case Arithmetic(left=left, right=right):
            yield from expr_fields(left)
            yield from expr_fields(right)
        case Negation(item=item):
            yield from expr_fields(item)


def fields_of(node: Node) -> Iterator[Field]:
    """Every field that an atom of the tree reads, with repeats."""
    for item in atoms(node):
        if isinstance(item, Script):
            yield from expr_fields(item.expr)
        elif not isinstance(item, Category | Nested | And | Or | Not | Const):
            yield item.field


def with_field(node: Node, field: Field) -> Node:
    """The same atom on another field; nodes that test no field of their own stay as they are."""
    if isinstance(node, Exists | Single | Glob | Regex | Term | Range | Cidr | Length | Phrase):
        return replace(node, field=field)
    return node
