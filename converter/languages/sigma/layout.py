"""A tree laid out as named selections and a condition: which tests stand together in one map, which are filters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from converter.languages.sigma.items import Item, item_of, joined_values
from converter.languages.sigma.selections import Group, Leaf, Part, Plan
from converter.tree import And, Node, Not, Or, disj

#: A selection of at most so many maps in a list; more become selections of their own at the top level.
_FEW = 2


def lay_out(node: Node) -> tuple[dict[str, Any], str]:
    """Selections by name, in the order of the condition, and the condition."""
    plan = Plan()
    condition = plan.top(_arranged(node, top=True))
    return plan.selections(), condition


def _maps(node: Item | Node) -> list[list[Item]] | None:
    """The node as one selection, if it is one: a map, or a list of maps."""
    item = node if isinstance(node, Item) else item_of(node)
    if item is not None:
        return [[item]]
    if isinstance(node, And):
        found = joined_values(node)
        items = [item for item in found if isinstance(item, Item)]
        return [items] if len(items) == len(found) and _fits(items) else None
    if isinstance(node, Or):
        parts = [_maps(part) for part in joined_values(node)]
        if all(part is not None and len(part) == 1 for part in parts):
            return [part[0] for part in parts if part is not None]
    return None


def _fits(items: list[Item]) -> bool:
    """Whether one map can hold the items: no key twice, no bare list of keywords."""
    keys = [item.key for item in items]
    return None not in keys and len(set(keys)) == len(keys)


def _arranged(node: Item | Node, top: bool = False) -> Part:
    """The node as selections under conditions."""
    maps = _maps(node)
    if maps is not None and not (top and len(maps) > _FEW):
        return Leaf(maps)
    match node:
        case Not(item=item):
            return Group("and", [], [_arranged(item)])
        case And():
            return _conjunction(node)
        case Or():
            return _disjunction(node, top)
    raise TypeError(f"no layout for {type(node).__name__}")


def _conjunction(node: And) -> Group:
    out = Group("and")
    packs = _Packs()
    excluded: list[Node] = []
    for part in joined_values(node):
        if isinstance(part, Item):
            packs.add(part)
        elif isinstance(part, Not):
            excluded.append(part.item)
        else:
            out.items.append(_arranged(part))
    out.negated = _alternatives(disj(excluded)) if excluded else []
    out.items = [*(Leaf([pack]) for pack in packs.items), *out.items]
    return out


@dataclass
class _Packs:
    """Items in as few maps as they need: no key twice in one, and a bare list of keywords alone in its own."""

    items: list[list[Item]] = field(default_factory=list)
    _held: list[bool] = field(default_factory=list)
    _next: Counter[str] = field(default_factory=Counter)

    def add(self, item: Item) -> None:
        """Into the first map that has room for its key."""
        key = item.key
        if key is None:
            self._open(item, closed=True)
            return
        at = self._next[key]
        while at < len(self.items) and self._held[at]:
            at += 1
        self._next[key] = at + 1
        if at < len(self.items):
            self.items[at].append(item)
        else:
            self._open(item, closed=False)

    def _open(self, item: Item, closed: bool) -> None:
        self.items.append([item])
        self._held.append(closed)


def _alternatives(node: Node) -> list[Part]:
    """What a `not 1 of` has to list: an `Or` in its parts, anything else by itself."""
    if not isinstance(node, Or):
        return [_arranged(node)]
    return [_arranged(part) for part in joined_values(node)]


def _disjunction(node: Or, top: bool) -> Group:
    out = Group("or")
    simple: list[list[Item]] = []
    for part in joined_values(node):
        maps = _maps(part)
        if maps is None:
            out.items.append(_arranged(part))
        elif top:
            out.items.append(Leaf(maps))
        else:
            simple += maps
    if simple:
        out.items.insert(0, Leaf(simple))
    return out
