"""Whether an index refuses a regular expression as too complex.

Lucene 9 makes an expression deterministic by sets of states and gives up when the sizes of the sets add up to 100,000
(Elasticsearch's fixed
limit), or when more than 1,000 characters stand in a row (but for one plain text).
The count here is of derivatives, not of Lucene's own states: near the limit the two may differ.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from converter.tree.charset import CharSet, contains
from converter.tree.regex import ANY_TEXT, Alt, Both, Cat, Chars, Compl, Repeat, Rx, parse_text
from converter.tree.regex_automaton import DEAD, Automaton, boundaries, sets_of

MAX_EFFORT, MAX_DEPTH, MAX_COUNT = 100_000, 1000, 10_000
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
    items = rx.items if isinstance(rx, Cat) else (rx,)
    if all(isinstance(item, Chars) or item == ANY_TEXT for item in items):
        return _explore_row(items)
    return _explore(rx)


def _explore_row(items: tuple[Rx, ...]) -> bool:
    """`_explore` for characters with any text between them, whose states are sets of places: a bit a place."""
    loops = sum(1 << i for i, item in enumerate(items) if not isinstance(item, Chars))
    sets = [(1 << i, item.chars) for i, item in enumerate(items) if isinstance(item, Chars)]
    masks = {sum(bit for bit, chars in sets if contains(chars, cut)) for cut in boundaries(chars for _, chars in sets)}
    seen, stack, spent = {0, 1}, [1], 0
    while stack:
        state = stack.pop()
        spent += state.bit_count()
        if spent >= MAX_EFFORT:
            return True
        kept = state & loops
        reached = state | (kept << 1)
        for mask in masks:
            after = ((reached & mask) << 1) | kept
            if after not in seen:
                seen.add(after)
                stack.append(after)
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
    return (gaps + 1) * (count + 1) * (count + gaps) < MAX_EFFORT and _apart(sets)


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


class _Plain(Automaton):
    """Without the shortcut that what accepts everything needs no other states."""

    def _state(self, terms: frozenset[int]) -> int:
        found = self._state_ids.get(terms)
        if found is None:
            found = self._state_ids[terms] = len(self._states)
            self._states.append(terms)
            self._accepting.append(False)
            self._steps.append({})
            self._by_char.append({})
        return found

    def effort(self, state: int) -> int:
        return len(self._states[state])


def _told_apart(cuts: list[int], sets: set[CharSet]) -> list[int]:
    """One class of characters for all that no set tells apart: most lie outside every set."""
    kinds: dict[tuple[bool, ...], int] = {}
    for kind, cut in enumerate(cuts):
        kinds.setdefault(tuple(contains(chars, cut) for chars in sets), kind)
    return list(kinds.values())


def _explore(rx: Rx) -> bool:
    automaton = _Plain(rx)
    kinds = _told_apart(automaton.cuts, set(sets_of(rx)))
    seen = {DEAD, automaton.start}
    stack = [automaton.start]
    spent = 0
    while stack:
        state = stack.pop()
        spent += automaton.effort(state)
        if spent >= MAX_EFFORT:
            return True
        for kind in kinds:
            after = automaton.step(state, kind)
            if after not in seen:
                seen.add(after)
                stack.append(after)
    return False
