"""Whether every word of an expression is a word of one of some globs, read off the expression without a search.

The globs run together as sets of positions. A walk over the expression keeps, for each way that a word may have gone
so far, positions that are reached for certain; where all ways end with the end of a glob reached, the globs cover the
expression. A way that reaches less stands for one that reaches more. No answer says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from converter.proof.joined import Sets
from converter.tree.charset import ANY_CHAR, CharSet, intersect, subtract
from converter.tree.regex import ANY_TEXT, Alt, Both, Cat, Chars, Compl, Repeat, Rx, Units

#: Sets of positions, as bits; none of them holds another.
_Ways: TypeAlias = frozenset[int]

MOST_WAYS = 512
MOST_STEPS = 40_000
_MOST_TIMES = 64


class _TooMuch(Exception):
    pass


def covered(rx: Rx, globs: Sequence[Sets]) -> frozenset[int] | None:
    """The globs (positions) that together take every word of the expression; None where that was not seen."""
    walk = _Walk(globs)
    try:
        ends = walk.after(rx, frozenset((walk.start,)))
    except _TooMuch:
        return None
    used = [next((i for i, bit in enumerate(walk.accepting) if way & bit), None) for way in sorted(ends)]
    return None if None in used else frozenset(i for i in used if i is not None)


class _Walk:
    def __init__(self, globs: Sequence[Sets]) -> None:
        self.start = self.kept = offset = 0
        self.accepting: list[int] = []
        self.sets: dict[CharSet, int] = {}
        for steps, loops in globs:
            self.start |= 1 << offset
            for i in loops:
                self.kept |= 1 << (offset + i)
            for i, chars in enumerate(steps):
                self.sets[chars] = self.sets.get(chars, 0) | 1 << (offset + i)
            self.accepting.append(1 << (offset + len(steps)))
            offset += len(steps) + 1
        self.left = MOST_STEPS

    def after(self, rx: Rx, ways: _Ways) -> _Ways:
        """The ways behind any word of the expression."""
        match rx:
            case Chars(chars=chars):
                return _least({way for before in ways for way in self.characters(chars, before)})
            case Cat(items=items):
                for item in items:
                    ways = self.after(item, ways)
                return ways
            case Alt(items=items):
                return _least({way for item in items for way in self.after(item, ways)})
            case Repeat(item=item, low=low, high=high):
                return self.repeated(item, low, high, ways)
            case Both(items=items):
                return self.after(items[0], ways)
            case Compl() | Units():  # no word is not any text
                return self.after(ANY_TEXT, ways)
        raise _TooMuch

    def repeated(self, item: Rx, low: int, high: int | None, ways: _Ways) -> _Ways:
        if low > _MOST_TIMES:
            raise _TooMuch
        for _ in range(low):
            ways = self.after(item, ways)
        if high is not None and high - low <= 2:
            found = set(ways)
            for _ in range(high - low):
                ways = self.after(item, ways)
                found |= ways
            return _least(found)
        return _least({self.kept_by(item, way) for way in ways})

    def kept_by(self, item: Rx, way: int) -> int:
        """The positions that stay reached however often the item comes."""
        while True:
            left = way
            for found in self.after(item, frozenset((way,))):
                left &= found
            if left == way:
                return way
            way = left

    def characters(self, chars: CharSet, way: int) -> set[int]:
        """The ways behind one character of a set: one for each part of it that the positions tell apart."""
        parts: list[tuple[CharSet, int]] = [(chars, way & self.kept)]
        for known, bits in self.sets.items():
            if not bits & way:
                continue
            ahead = (bits & way) << 1
            split: list[tuple[CharSet, int]] = []
            for part, found in parts:
                self.left -= 1
                if self.left < 0:
                    raise _TooMuch
                inside = part if known == ANY_CHAR else intersect(part, known)
                if inside:
                    split.append((inside, found | ahead))
                if inside != part:
                    split.append((subtract(part, inside), found))
            parts = split
        return {found for part, found in parts if part}


def _least(ways: set[int]) -> _Ways:
    """Without those that hold another; beyond some number what all have in common stands for them."""
    kept: list[int] = []
    for way in sorted(ways, key=int.bit_count):
        if not any(other & way == other for other in kept):
            kept.append(way)
    if len(kept) > MOST_WAYS:
        common = kept[0]
        for way in kept:
            common &= way
        kept = [common]
    return frozenset(kept)
