"""Random mistakes in a rule, drawn apart from the families that the fixture generator works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from converter.tree import (
    ANY,
    ONE,
    And,
    Cidr,
    Exists,
    Field,
    Glob,
    Length,
    Node,
    Not,
    Or,
    Range,
    Term,
    Wild,
    children,
    merge_tokens,
    replace_children,
    walk,
)


def random_mutants(tree: Node, count: int, seed: int) -> Iterator[tuple[str, Node]]:
    """So many mutants of the tree with the name of their mistake, each with one at a random place (some may mean the
    same as the tree)."""
    rnd = Random(seed)
    nodes = list(walk(tree))
    fields = [field for node in nodes if isinstance(field := getattr(node, "field", None), Field)]
    for _ in range(count * 3):
        target = rnd.choice(nodes)
        name, changed = _mistake(rnd, target, fields)
        if changed is not None and changed != target:
            count -= 1
            yield name, _swap(tree, target, changed)
        if count == 0:
            return


def _swap(node: Node, target: Node, changed: Node) -> Node:
    if node is target:
        return changed
    items = children(node)
    new = tuple(_swap(item, target, changed) for item in items)
    return replace_children(node, new) if any(a is not b for a, b in zip(items, new, strict=True)) else node


def _mistake(rnd: Random, node: Node, fields: list[Field]) -> tuple[str, Node | None]:
    name = type(node).__name__.lower()
    match node:
        case And(items=items) | Or(items=items):
            join = rnd.choice([_other_join, _two_dropped, _one_negated])
            return join.__name__, join(rnd, node, list(items))
        case Not(item=item):
            return name, item
        case Glob():
            change = rnd.choice(_GLOB)
            return change.__name__, change(rnd, node, fields)
        case Term(value=value) if not isinstance(value, bool):
            return name, replace(node, value=rnd.choice([value * 10, value + 1, -value, value - 1]))
        case Range(low=low, high=high):
            ends = {"low": low, "high": high}
            name = rnd.choice([key for key, end in ends.items() if isinstance(end, int | float)] or ["low"])
            end = ends[name]
            moved = end + rnd.choice([1, -1, 10]) if isinstance(end, int | float) else end
            return name, rnd.choice([replace(node, low=high, high=low), replace(node, **{name: moved})])
        case Cidr(network=network):
            address, _, bits = network.partition("/")
            return name, replace(node, network=f"{address}/{max(1, int(bits or 32) + rnd.choice([-1, 1, -8]))}")
        case Exists(field=field):
            return name, Glob(field, ())
        case Length(low=low):
            return name, replace(node, low=(low or 0) + rnd.choice([1, 5]))
    return name, Not(node)


def _other_join(rnd: Random, node: Node, items: list[Node]) -> Node:
    return (Or if isinstance(node, And) else And)(tuple(items))


def _two_dropped(rnd: Random, node: Node, items: list[Node]) -> Node | None:
    if len(items) < 3:
        return None
    for _ in range(2):
        del items[rnd.randrange(len(items))]
    return type(node)(tuple(items))  # type: ignore[call-arg]


def _one_negated(rnd: Random, node: Node, items: list[Node]) -> Node:
    at = rnd.randrange(len(items))
    items[at] = Not(items[at])
    return type(node)(tuple(items))  # type: ignore[call-arg]


def _spelled(node: Glob) -> list[str | Wild]:
    return [char for token in node.tokens for char in ([token] if isinstance(token, Wild) else token)]


def _other_letter(rnd: Random, node: Glob, fields: list[Field]) -> Node | None:
    chars = _spelled(node)
    places = [i for i, char in enumerate(chars) if isinstance(char, str)]
    if not places:
        return None
    chars[rnd.choice(places)] = rnd.choice("aeX0_.")
    return replace(node, tokens=merge_tokens(chars))


def _letter_more(rnd: Random, node: Glob, fields: list[Field]) -> Node:
    chars = _spelled(node)
    chars.insert(rnd.randint(0, len(chars)), rnd.choice(["a", "s", " ", "\\", "1"]))
    return replace(node, tokens=merge_tokens(chars))


def _letter_less(rnd: Random, node: Glob, fields: list[Field]) -> Node | None:
    chars = _spelled(node)
    if not chars:
        return None
    del chars[rnd.randrange(len(chars))]
    return replace(node, tokens=merge_tokens(chars))


def _wildcard_in(rnd: Random, node: Glob, fields: list[Field]) -> Node:
    chars = _spelled(node)
    chars.insert(rnd.randint(0, len(chars)), rnd.choice([ANY, ONE]))
    return replace(node, tokens=merge_tokens(chars))


def _other_case(rnd: Random, node: Glob, fields: list[Field]) -> Node | None:
    if node.fold == "lower":
        return None
    if node.fold == "ascii":
        return replace(node, fold="none")
    chars = [char.swapcase() if isinstance(char, str) and char.isascii() else char for char in _spelled(node)]
    return replace(node, tokens=merge_tokens(chars))


def _other_field(rnd: Random, node: Glob, fields: list[Field]) -> Node | None:
    others = [field for field in fields if field.sort == node.field.sort and field != node.field]
    return replace(node, field=rnd.choice(others)) if others else None


def _two_swapped(rnd: Random, node: Glob, fields: list[Field]) -> Node | None:
    chars = _spelled(node)
    if len(chars) < 2:
        return None
    at = rnd.randrange(len(chars) - 1)
    chars[at], chars[at + 1] = chars[at + 1], chars[at]
    return replace(node, tokens=merge_tokens(chars))


_GLOB: list[Callable[[Random, Glob, list[Field]], Node | None]] = [
    _other_letter, _letter_more, _letter_less, _wildcard_in, _other_case, _other_field, _two_swapped,
]  # fmt: skip
