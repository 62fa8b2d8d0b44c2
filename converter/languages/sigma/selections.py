"""The selections of a condition, and what they are called.

Positive tests of the top level become `selection_*`, negated ones `filter_main_*`. What is nested deeper is named by
what it holds (`selection_curl`, `filter_curl` where it is excluded): two of them by their names in the condition, more
of them as a group (`1 of selection_curl_*`) whose pattern takes in no other selection.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, TypeAlias

from converter.languages.sigma.items import Item
from converter.languages.sigma.literals import field_hint, word

#: From so many selections on, a nested group is said by a pattern.
_MANY = 3
#: What tells best what a map of many tests is about: the program, who signed it, the file, the parent.
_TELLING = ("img", "signature", "file", "parent")
#: What is excluded from a part of each kind.
_OTHER = {"selection": "filter", "filter": "except", "except": "filter"}


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


@dataclass
class Plan:
    """Names given so far, in the order of the condition; `patterns` are the beginnings of those that an `of` means."""

    named: list[Leaf] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=lambda: {"filter_main", "filter_optional"})

    def selections(self) -> dict[str, Any]:
        return {leaf.name: leaf.body for leaf in self.named}

    def top(self, part: Part) -> str:
        """The condition."""
        if isinstance(part, Leaf):
            return self._give(part, "selection")
        leaves = [item for item in part.items if isinstance(item, Leaf)]
        prefix = "selection" if len(leaves) == len(part.items) else "selection_main"
        texts = self._of(leaves, prefix, part.op) if len(leaves) > 1 else [self._give(i, "selection") for i in leaves]
        texts += [self._nested(item, "selection") for item in part.items if not isinstance(item, Leaf)]
        excluded = [item for item in part.negated if isinstance(item, Leaf)]
        if len(excluded) > 1 or (excluded and part.items):
            texts.append(f"not {self._of(excluded, 'filter_main', 'or')[0]}")
        else:
            texts += [f"not {self._give(item, 'filter_main')}" for item in excluded]
        texts += [f"not {self._nested(item, 'filter')}" for item in part.negated if not isinstance(item, Leaf)]
        return f" {part.op} ".join(texts)

    def _of(self, leaves: list[Leaf], prefix: str, op: str) -> list[str]:
        """All of them in a pattern, which is theirs alone."""
        self.patterns.add(prefix)
        for number, leaf in enumerate(leaves, 1):
            about = hint(leaf)
            self._give(leaf, f"{prefix}_{number if prefix.endswith(f'_{about}') else about}", prefix)
        return [f"{'all' if op == 'and' else '1'} of {prefix}_*"]

    def _nested(self, part: Group, kind: str) -> str:
        texts = self._listed([item for item in part.items if isinstance(item, Leaf)], kind, part)
        texts += [self._nested(item, kind) for item in part.items if not isinstance(item, Leaf)]
        other = _OTHER[kind]
        excluded = [item for item in part.negated if isinstance(item, Leaf)]
        if len(excluded) < _MANY:
            texts += [f"not {self._give(item, f'{other}_{hint(item)}')}" for item in excluded]
        else:
            texts.append(f"not {self._of(excluded, self._pattern(part, other), 'or')[0]}")
        texts += [f"not {self._nested(item, other)}" for item in part.negated if not isinstance(item, Leaf)]
        text = f" {part.op} ".join(texts)
        single = " " not in text or (text.startswith(("1 of ", "all of ")) and text.count(" ") == 2)
        return text if single else f"({text})"

    def _listed(self, leaves: list[Leaf], kind: str, part: Group) -> list[str]:
        if len(leaves) >= _MANY:
            return self._of(leaves, self._pattern(part, kind), part.op)
        about = _text_of(leaves) if len(leaves) > 1 and part.op == "and" else None
        hints = sorted(((leaf, hint(leaf)) for leaf in leaves), key=lambda pair: about not in (None, pair[1]))
        return [self._give(leaf, "_".join(dict.fromkeys((kind, about or word, word)))) for leaf, word in hints]

    def _pattern(self, part: Group, kind: str) -> str:
        """The beginning of names that no other selection's begins with."""
        wanted = f"{kind}_{_word_for(part)}"
        for name in chain([wanted], (f"{wanted}{number}" for number in count(2))):
            held = any(taken.startswith(f"{name}_") for taken in self.taken)
            if not held and not any(_meet(name, other) for other in self.patterns):
                return name
        raise AssertionError("there are always more numbers")

    def _give(self, leaf: Leaf, wanted: str, pattern: str | None = None) -> str:
        """A name of its own, in no pattern but that one."""
        if any(wanted.startswith(f"{other}_") for other in self.patterns - {pattern}):
            wanted = wanted.replace("_", "")
        name = next(n for n in chain([wanted], (f"{wanted}_{n}" for n in count(2))) if n not in self.taken)
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
    leaves = list(_leaves(part))
    return _text_of(leaves) or hint(leaves[0])


def _text_of(leaves: list[Leaf]) -> str | None:
    """The first text that one of the selections is named by; None where they are all named by fields."""
    fields = {field_hint(item.field or "") for leaf in leaves for items in leaf.maps for item in items}
    return next((word for word in map(hint, leaves) if word not in fields), None)


def _meet(one: str, other: str) -> bool:
    """Whether a pattern of one prefix takes in names of the other."""
    return f"{one}_".startswith(f"{other}_") or f"{other}_".startswith(f"{one}_")


def hint(leaf: Leaf) -> str:
    """A word for what a selection holds: its only text, or that of the program it names, else the field that most of
    its items are about."""
    items = [item for items in leaf.maps for item in items]
    if len(items) <= 2:
        alone = [[item] for item in reversed(items)] if len(leaf.maps) == 1 else []
        found = next(filter(None, map(_only_word, [*alone, items])), None)
        if found is not None:
            return found
    elif len(leaf.maps) == 1:
        named = [(field_hint(item.field or ""), _only_word([item])) for item in items]
        found = next((word for kind in _TELLING for about, word in named if word and about == kind), None)
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
