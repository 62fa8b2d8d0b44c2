"""A tree laid out as named selections and a condition.

Positive tests of the top level become `selection_*`, negated ones `filter_main_*`; what is nested deeper gets a group
of its own, named by what it begins with (`option_curl_*`, and `except_curl_*` for what it excludes), so that every `of`
pattern means exactly its group.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from converter.languages.sigma.items import Item, item_of, joined_values
from converter.languages.sigma.literals import field_hint, word
from converter.tree import And, Node, Not, Or

#: A selection of at most so many maps in a list; more become selections of their own at the top level.
_FEW = 2


@dataclass
class Leaf:
    """A selection: the items of each map; several maps are alternatives."""

    maps: list[list[Item]]
    name: str = ""

    @property
    def body(self) -> Any:
        bodies = [_body(items) for items in self.maps]
        if len(bodies) == 1:
            return bodies[0]
        return bodies


@dataclass
class Group:
    """Conditions joined by `op` ("and", "or"); those in `negated` stand behind `not`."""

    op: str
    items: list[Part] = field(default_factory=list)
    negated: list[Part] = field(default_factory=list)


Part: TypeAlias = Leaf | Group


def _body(items: list[Item]) -> Any:
    """A map, or for keywords alone a list."""
    if len(items) == 1 and items[0].key is None:
        return items[0].value
    return {item.key: item.value for item in items}


def lay_out(node: Node) -> tuple[dict[str, Any], str]:
    """Selections by name, in the order of the condition, and the condition."""
    part = _arranged(node, top=True)
    plan = _Plan()
    condition = plan.write(part, "selection", "filter_main")
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
    for part in joined_values(node):
        if isinstance(part, Item):
            packs.add(part)
        elif isinstance(part, Not):
            out.negated += _alternatives(part.item)
        else:
            out.items.append(_arranged(part))
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


@dataclass
class _Plan:
    """Names given so far, in the order of the condition."""

    named: list[Leaf] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    groups: Counter[str] = field(default_factory=Counter)
    prefixes: set[str] = field(default_factory=set)

    def selections(self) -> dict[str, Any]:
        return {leaf.name: leaf.body for leaf in self.named}

    def write(self, part: Part, prefix: str, negated: str) -> str:
        """The condition of the part; its selections get names that begin with `prefix` or `negated`."""
        if isinstance(part, Leaf):
            return self._name(part, prefix)
        positive = [item for item in part.items if isinstance(item, Leaf)]
        texts = self._of(positive, prefix, "all" if part.op == "and" else "1")
        for item in part.items:
            if not isinstance(item, Leaf):
                texts.append(self._nested(item))
        return f" {part.op} ".join(texts + self._excluded(part, negated))

    def _excluded(self, part: Group, prefix: str) -> list[str]:
        leaves = [item for item in part.negated if isinstance(item, Leaf)]
        texts = []
        if leaves:
            if len(leaves) > 1 or (part.items and prefix == "filter_main"):
                for leaf in leaves:
                    self._named(leaf, prefix)
                texts.append(f"not 1 of {prefix}_*")
            else:
                texts.append(f"not {self._name(leaves[0], prefix)}")
        for item in part.negated:
            if not isinstance(item, Leaf):
                texts.append(f"not {self._nested(item)}")
        return texts

    def _of(self, leaves: list[Leaf], prefix: str, count: str) -> list[str]:
        if len(leaves) < 2:
            return [self._name(leaf, prefix) for leaf in leaves]
        for leaf in leaves:
            self._named(leaf, prefix)
        return [f"{count} of {prefix}_*"]

    def _nested(self, part: Group) -> str:
        text = self.write(part, *self._prefixes(part))
        single = " " not in text or (text.startswith(("1 of ", "all of ")) and text.count(" ") == 2)
        return text if single else f"({text})"

    def _prefixes(self, part: Group) -> tuple[str, str]:
        """Names for a group's selections that no pattern of another group takes in."""
        if not any(isinstance(item, Leaf) for item in (*part.items, *part.negated)):
            return "", ""  # it names nothing itself
        word = name = _word_for(part)
        while any(_meet(name, other) for other in self.prefixes):
            self.groups[word] += 1
            name = f"{word}{self.groups[word] + 1}"
        self.prefixes.add(name)
        return f"option_{name}", f"except_{name}"

    def _name(self, leaf: Leaf, prefix: str) -> str:
        """A selection that stands alone in its group: the prefix is its name."""
        return self._give(leaf, prefix)

    def _named(self, leaf: Leaf, prefix: str) -> str:
        return self._give(leaf, f"{prefix}_{hint(leaf)}")

    def _give(self, leaf: Leaf, name: str) -> str:
        wanted, number = name, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        leaf.name = name
        self.named.append(leaf)
        return name


def _leaves(part: Part) -> Iterator[Leaf]:
    if isinstance(part, Leaf):
        yield part
    else:
        for item in (*part.items, *part.negated):
            yield from _leaves(item)


def _word_for(part: Group) -> str:
    """What a group is about: the first text that one of its selections is named by, else the field of the first."""
    hints = [hint(leaf) for leaf in _leaves(part)]
    fields = {field_hint(item.field or "") for leaf in _leaves(part) for items in leaf.maps for item in items}
    return next((word for word in hints if word not in fields), hints[0])


def _meet(one: str, other: str) -> bool:
    """Whether a pattern of one prefix takes in names of the other."""
    return f"{one}_".startswith(f"{other}_") or f"{other}_".startswith(f"{one}_")


def hint(leaf: Leaf) -> str:
    """A word for what a selection holds: its only text, else the field that most of its items are about."""
    items = [item for items in leaf.maps for item in items]
    if len(items) <= 2:
        alone = [[item] for item in reversed(items)] if len(leaf.maps) == 1 else []
        found = next(filter(None, map(_only_word, [*alone, items])), None)
        if found is not None:
            return found
    return _most(field_hint(item.field) if item.field is not None else "keywords" for item in items)


def _only_word(items: list[Item]) -> str | None:
    """The word of the items' values, if all of them give the same."""
    if any("re" in item.modifiers for item in items):
        return None
    values = [value for item in items for value in item.written[1]]
    words = {word(value) if isinstance(value, str) else "" for value in values[:4]}
    found = words.pop() if len(words) == 1 and len(values) <= 4 else ""
    return found if re.search("[a-z]{3}", found) else None


def _most(hints: Iterable[str]) -> str:
    counted = Counter(hints)
    return counted.most_common(1)[0][0] if counted else "item"
