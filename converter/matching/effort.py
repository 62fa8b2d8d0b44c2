"""Whether an index refuses a regular expression as too complex.

Lucene 9 gives up on an expression that is too much work (`lucene_automata`), or in which more than 1,000 characters
stand in a row (but for one plain text).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from converter.matching.lucene_automata import MAX_COUNT, MAX_EFFORT, TooComplex, check
from converter.tree.charset import CharSet
from converter.tree.regex import ANY_TEXT, Alt, Both, Cat, Chars, Compl, Repeat, Rx, parse_text

MAX_DEPTH = 1000
_SURELY_FINE = 300


@lru_cache(maxsize=8192)
def text_too_complex(pattern: str) -> bool:
    """`too_complex` of an expression in Lucene's syntax. Raises `ParseError`."""
    return too_complex(parse_text(pattern))


def too_complex(rx: Rx) -> bool:
    """Whether making the expression deterministic is too much work for an index."""
    depth, _ = _depth(rx)
    if depth > MAX_DEPTH and not _one_text(rx):
        return True
    if _simple(rx) or depth > MAX_COUNT:
        return depth > MAX_COUNT
    try:
        check(rx)
    except TooComplex:
        return True
    return False


def _simple(rx: Rx) -> bool:
    """Characters in a row with any text between them, which a bound without a walk shows to be little work: with m
    gaps and n characters the sets are told apart by the gap that was passed and by how much of the pattern the text
    ends with."""
    items = rx.items if isinstance(rx, Cat) else (rx,)
    if not all(isinstance(item, Chars) or item == ANY_TEXT for item in items):
        return False
    gaps = sum(1 for item in items if item == ANY_TEXT)
    count = len(items) - gaps
    inner = sum(1 for item in items[1:-1] if item == ANY_TEXT)
    if inner == 0:
        return count < _SURELY_FINE
    sets = {item.chars for item in items if isinstance(item, Chars)}
    return 4 * (gaps + 1) * (count + 1) * (count + gaps) < MAX_EFFORT and _apart(sets)


def _apart(sets: set[CharSet]) -> bool:
    """Whether no two of the sets share a character."""
    ranges = sorted(span for chars in sets for span in chars)
    return all(left[1] < right[0] for left, right in pairwise(ranges))


def _one_text(rx: Rx) -> bool:
    match rx:
        case Chars(chars=chars):
            return len(chars) == 1 and chars[0][0] == chars[0][1]
        case Cat(items=items):
            return all(_one_text(item) for item in items)
        case Repeat(item=item, low=low, high=high):
            return low == high and _one_text(item)
    return False


def _depth(rx: Rx) -> tuple[int, bool]:
    """How many characters stand in a row before the first endless repetition, and whether one was met."""
    match rx:
        case Chars():
            return 1, False
        case Cat(items=items):
            total = 0
            for item in items:
                deep, loops = _depth(item)
                total += deep
                if loops:
                    return total, True
            return total, False
        case Alt(items=items) | Both(items=items):
            depths = [_depth(item) for item in items]
            return max(deep for deep, _ in depths), any(loops for _, loops in depths)
        case Repeat(item=item, low=low, high=high):
            deep, loops = _depth(item)
            return (deep * max(low, 1), True) if high is None else (deep * (1 if loops else high), loops)
        case Compl(item=item):
            return _depth(item)
    return 0, False
