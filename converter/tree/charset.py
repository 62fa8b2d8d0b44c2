"""Sets of code points: sorted, disjoint, non-adjacent ranges with both ends in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from converter.tree.glob import Fold

CharSet: TypeAlias = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
ANY_CHAR: CharSet = ((0, LAST),)
NO_CHAR: CharSet = ()
NEWLINE: CharSet = ((10, 10),)
DIGIT: CharSet = ((48, 57),)
WORD: CharSet = ((48, 57), (65, 90), (95, 95), (97, 122))
#: What Lucene's `\s` takes; PCRE's takes the vertical tab and the form feed too.
LUCENE_SPACE: CharSet = ((9, 10), (13, 13), (32, 32))
PCRE_SPACE: CharSet = ((9, 13), (32, 32))


def charset(ranges: Iterable[tuple[int, int]]) -> CharSet:
    """The canonical form of ranges in any order, overlapping or not."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            if high > out[-1][1]:
                out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return tuple(out)


def single(char: str) -> CharSet:
    """The set of one character."""
    return ((ord(char), ord(char)),)


def union(*sets: CharSet) -> CharSet:
    return charset(item for chars in sets for item in chars)


def invert(chars: CharSet) -> CharSet:
    """All code points that are not in the set."""
    out, start = [], 0
    for low, high in chars:
        if low > start:
            out.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


def intersect(left: CharSet, right: CharSet) -> CharSet:
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            out.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(left: CharSet, right: CharSet) -> CharSet:
    return intersect(left, invert(right))


def contains(chars: CharSet, point: int) -> bool:
    return any(low <= point <= high for low, high in chars)


@lru_cache(maxsize=16384)
def fold_ascii_set(chars: CharSet) -> CharSet:
    """The set with both cases of every ASCII letter in it."""
    lower = [(low + 32, high + 32) for low, high in intersect(chars, ((65, 90),))]
    upper = [(low - 32, high - 32) for low, high in intersect(chars, ((97, 122),))]
    return charset((*chars, *lower, *upper)) if lower or upper else chars


def lower_point(point: int) -> int:
    """One code point in lower case as a lowercase normaliser gives it (İ is i)."""
    return ord(chr(point).lower()[0])


@lru_cache(maxsize=1)
def _lowered() -> dict[int, int]:
    """Every code point that lowering changes, with what it becomes (none lies beyond U+1FFFF)."""
    out = {}
    for start in range(0, 0x20000, 64):
        row = "".join(map(chr, range(start, start + 64)))
        if row.lower() != row:  # most rows hold no letter with two cases
            out.update({point: low for point in range(start, start + 64) if (low := lower_point(point)) != point})
    return out


@lru_cache(maxsize=1)
def capitals() -> CharSet:
    """Every code point that is in no lowered value."""
    return charset((point, point) for point in _lowered())


def lower_preimage(chars: CharSet) -> CharSet:
    """The code points whose lower case is in the set."""
    table = _lowered()
    if len(chars) == 1 and chars[0][0] == chars[0][1]:
        point = chars[0][0]
        own = () if point in table else chars
        return charset((*own, *((p, p) for p in _raised().get(point, ()))))
    kept = subtract(chars, charset((p, p) for p in table))
    return charset((*kept, *((p, p) for p, low in table.items() if contains(chars, low))))


@lru_cache(maxsize=1)
def _raised() -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for point, low in _lowered().items():
        out.setdefault(low, []).append(point)
    return out


def folded(chars: CharSet, fold: Fold) -> CharSet:
    """The characters of a value that a pattern's set takes under the fold."""
    if fold == "ascii":
        return fold_ascii_set(chars)
    return lower_preimage(chars) if fold == "lower" else chars
