"""Expressions as automata built while they are used: one step a character, never exponential backtracking.

A state is a set of terms, each an expression that the rest of the text may match (Antimirov's partial derivatives,
extended by intersection and complement). Terms and states are numbers; steps are remembered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from converter.tree.charset import CharSet, contains
from converter.tree.regex import (
    ANY_TEXT,
    EMPTY,
    NOTHING,
    Alt,
    Both,
    Cat,
    Chars,
    Compl,
    Repeat,
    Rx,
    Units,
    alt,
    cat,
    nullable,
    repeat,
)

DEAD = 0
_ONE_UNIT: CharSet = ((0, 0xFFFF),)
_CACHE = 20_000
_MOST_LOOKED_AT = 1000


def sets_of(rx: Rx) -> Iterator[CharSet]:
    """Every set of characters in the expression."""
    stack = [rx]
    while stack:
        item = stack.pop()
        match item:
            case Chars(chars=chars):
                yield chars
            case Units():
                yield _ONE_UNIT
            case Cat(items=items) | Alt(items=items) | Both(items=items):
                stack.extend(items)
            case Repeat(item=inner) | Compl(item=inner):
                stack.append(inner)


def boundaries(sets: Iterable[CharSet]) -> list[int]:
    """Where classes of characters begin that no set tells apart; the first is 0."""
    cuts = {0}
    for chars in sets:
        for low, high in chars:
            cuts.update((low, high + 1))
    return sorted(cut for cut in cuts if cut <= 0x10FFFF)


class Automaton:
    """States are numbers; 0 is dead, `start` the first, `sink` the one that accepts whatever follows (-1: not met)."""

    def __init__(self, rx: Rx) -> None:
        self.cuts = boundaries(sets_of(rx))
        self._terms: list[Rx] = []
        self._term_ids: dict[Rx, int] = {}
        self._derived: dict[tuple[int, int], frozenset[int]] = {}
        self._states: list[frozenset[int]] = [frozenset()]
        self._state_ids: dict[frozenset[int], int] = {frozenset(): DEAD}
        self._accepting: list[bool] = [False]
        self._steps: list[dict[int, int]] = [{}]
        self._by_char: list[dict[str, int]] = [{}]
        self._shortest: dict[int, int] = {}
        self.sink = -1
        self.start = self._state(self._set_of(rx))

    def size(self) -> int:
        """How many states have been met."""
        return len(self._states)

    def class_of(self, point: int) -> int:
        """The class of characters (an index) in which a code point lies."""
        return bisect_right(self.cuts, point) - 1

    def accepting(self, state: int) -> bool:
        return self._accepting[state]

    def step(self, state: int, kind: int) -> int:
        """The state after one character of a class (`class_of`)."""
        known = self._steps[state]
        found = known.get(kind)
        if found is None:
            after: frozenset[int] = frozenset().union(*(self._derive(term, kind) for term in self._states[state]))
            found = known[kind] = self._state(after)
        return found

    def matches(self, value: str) -> bool:
        """Whether the whole text matches; linear in its length."""
        if len(self._states) > _CACHE:
            self._forget()
        state = self.start
        for char in value:
            known = self._by_char[state]
            after = known.get(char)
            if after is None:
                after = self.step(state, self.class_of(ord(char)))
                if len(known) < 512:
                    known[char] = after
            state = after
            if state == DEAD or state == self.sink:
                break
        return self._accepting[state]

    def shortest(self, state: int) -> int:
        """At least so many characters must follow before the text can match."""
        found = self._shortest.get(state)
        if found is None:
            terms = self._states[state]
            found = self._shortest[state] = min((min_length(self._terms[term]) for term in terms), default=0)
        return found

    def _forget(self) -> None:
        first = self._states[self.start]
        self._states, self._state_ids, self._shortest = [frozenset()], {frozenset(): DEAD}, {}
        self._accepting, self._steps, self._by_char, self.sink = [False], [{}], [{}], -1
        self.start = self._state(first)

    def _term(self, rx: Rx) -> int:
        found = self._term_ids.get(rx)
        if found is None:
            found = self._term_ids[rx] = len(self._terms)
            self._terms.append(rx)
        return found

    def _set_of(self, rx: Rx) -> frozenset[int]:
        if rx == NOTHING:
            return frozenset()
        items = rx.items if isinstance(rx, Alt) else (rx,)
        return frozenset(self._term(item) for item in items)

    def _state(self, terms: frozenset[int]) -> int:
        everything = self._term_ids.get(ANY_TEXT, -1)
        if everything in terms:
            terms = frozenset((everything,))
        found = self._state_ids.get(terms)
        if found is None:
            found = self._state_ids[terms] = len(self._states)
            self._states.append(terms)
            self._accepting.append(any(nullable(self._terms[term]) for term in terms))
            self._steps.append({})
            self._by_char.append({})
            if everything in terms:
                self.sink = found
        return found

    def _derive(self, term: int, kind: int) -> frozenset[int]:
        found = self._derived.get((term, kind))
        if found is None:
            out = self._derivatives(self._terms[term], kind)
            found = frozenset().union(*(self._set_of(item) for item in out))
            self._derived[term, kind] = found
        return found

    def _derivatives(self, rx: Rx, kind: int) -> list[Rx]:
        match rx:
            case Chars(chars=chars):
                return [EMPTY] if contains(chars, self.cuts[kind]) else []
            case Cat(items=items):
                out: list[Rx] = []
                for i, item in enumerate(items):
                    rest = items[i + 1 :]
                    out.extend(cat([part, *rest]) for part in self._derivatives(item, kind))
                    if not nullable(item):
                        break
                return out
            case Alt(items=items):
                return [part for item in items for part in self._derivatives(item, kind)]
            case Repeat(item=item, low=low, high=high):
                left = 0 if nullable(item) else max(low - 1, 0)
                rest_ = repeat(item, left, None if high is None else high - 1)
                return [cat([part, rest_]) for part in self._derivatives(item, kind)]
            case Both(items=items):
                parts = tuple(self._joined(item, kind) for item in items)
                return [] if NOTHING in parts else [Both(parts)]
            case Compl(item=item):
                inner = self._joined(item, kind)
                return [ANY_TEXT if inner == NOTHING else Compl(inner)]
            case Units(low=low, high=high):
                return self._fewer(low, high, 1 if contains(_ONE_UNIT, self.cuts[kind]) else 2)
        raise TypeError("an anchor in an automaton")

    def _fewer(self, low: int, high: int | None, spent: int) -> list[Rx]:
        least, most = max(low - spent, 0), None if high is None else high - spent
        if most is not None and most < 0:
            return []
        return [ANY_TEXT if not least and most is None else Units(least, most)]

    def _joined(self, rx: Rx, kind: int) -> Rx:
        """One derivative of an expression below an intersection or a complement, in a form that does not depend on
        the way to it."""
        parts = {self._term(part) for item in self._derivatives(rx, kind) for part in _branches(item)}
        return alt([self._terms[part] for part in sorted(parts)])


def is_empty(rx: Rx) -> bool:
    """Whether no text matches; False too where that would take too many states to tell."""
    automaton = Automaton(rx)
    seen, stack = {automaton.start}, [automaton.start]
    while stack:
        state = stack.pop()
        if automaton.accepting(state) or len(seen) > _MOST_LOOKED_AT:
            return False
        after = {automaton.step(state, kind) for kind in range(len(automaton.cuts))} - seen
        seen |= after
        stack.extend(after)
    return True


def min_length(rx: Rx) -> int:
    """A lower bound of the length of a text that matches."""
    match rx:
        case Chars():
            return 1
        case Cat(items=items):
            return sum(min_length(item) for item in items)
        case Alt(items=items):
            return min(min_length(item) for item in items)
        case Both(items=items):
            return max(min_length(item) for item in items)
        case Repeat(item=item, low=low):
            return low * min_length(item)
        case Units(low=low):
            return (low + 1) // 2
    return 0


def _branches(rx: Rx) -> tuple[Rx, ...]:
    return rx.items if isinstance(rx, Alt) else (rx,)
