"""A tree that a language can say, made by giving up what it cannot: always a broader one.

An atom that cannot be said becomes true where it stands plainly and false under a negation; as And and Or are monotone
and Not turns the order around, the result matches every event that the tree did. The caller proves it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from converter.diagnostics import ConverterError
from converter.tree import ALWAYS, NEVER, And, Category, Const, Exists, Node, Not, Or, Single, atoms

#: Fields that say which data is meant, not what is looked for in it.
_SCOPES = re.compile(
    r"event\.(category|type|kind|module|dataset|provider|code)|host\.os\..*|data_stream\..*|winlog\.channel"
)


def simplify(node: Node) -> Node:
    """Constants folded away; nothing else changes."""
    match node:
        case Not(item=item):
            inner = simplify(item)
            return Const(not inner.value) if isinstance(inner, Const) else Not(inner, span=node.span)
        case And(items=items) | Or(items=items):
            zero = isinstance(node, Or)
            kept = [simplify(item) for item in items]
            if any(isinstance(item, Const) and item.value is zero for item in kept):
                return Const(zero)
            kept = [item for item in kept if not isinstance(item, Const)]
            if not kept:
                return Const(not zero)
            if len(kept) == 1:
                return kept[0]
            return type(node)(tuple(kept), span=node.span)
    return node


def weaken(node: Node, sayable: Callable[[Node, bool], bool]) -> tuple[Node, list[Node]]:
    """The broader tree and the atoms given up. `sayable` is asked for an atom and whether it stands plainly."""
    lost: list[Node] = []

    def go(item: Node, positive: bool) -> Node:
        match item:
            case And(items=items) | Or(items=items):
                return type(item)(tuple(go(part, positive) for part in items), span=item.span)
            case Not(item=inner):
                return Not(go(inner, not positive), span=item.span)
            case Const():
                return item
        if sayable(item, positive):
            return item
        lost.append(item)
        return ALWAYS if positive else NEVER

    return simplify(go(node, True)), lost


def sayable_by(render: Callable[[Node], str]) -> Callable[[Node, bool], bool]:
    """Whether a language can say an atom alone (or its negation, where it stands under one), by trying."""

    def test(atom: Node, positive: bool) -> bool:
        try:
            render(atom if positive else Not(atom))
        except ConverterError:
            return False
        return True

    return test


def gives_up(weaker: Node, tree: Node) -> bool:
    """Nothing is left that selects, or only which data is meant: such a port helps nobody."""
    if isinstance(weaker, Const | Not):
        return True
    left = [item for item in atoms(weaker) if not _scopes(item)]
    return not left and any(not _scopes(item) for item in atoms(tree))


def selects(tree: Node) -> bool:
    """Whether a condition looks for something in the data that is meant, beside fields that are to be there."""
    found = (item for item in atoms(tree) if not _scopes(item) and not isinstance(item, Exists | Single))
    return not isinstance(tree, Const | Not) and any(True for _ in found)


def _scopes(atom: Node) -> bool:
    field = getattr(atom, "field", None)
    return isinstance(atom, Category) or (field is not None and _SCOPES.fullmatch(field.name) is not None)
