"""Ranges of texts, by code points, as regular expressions: Sigma's own comparisons take numbers only."""

from __future__ import annotations

from converter.tree.charset import LAST
from converter.tree.regex import ANY_TEXT, NOTHING, ONE_CHAR, Chars, Rx, alt, cat, text


def between(low: str | None, low_open: bool, high: str | None, high_open: bool) -> Rx:
    """The texts from `low` to `high` (None: no end; `*_open`: the end itself is out), as whole values."""
    if low is None:
        return ANY_TEXT if high is None else _below(high, high_open)
    if high is None:
        return _above(low, low_open)
    if low > high:
        return NOTHING
    if low == high:
        return NOTHING if low_open or high_open else text(low)
    shared = 0
    while shared < len(low) and low[shared] == high[shared]:
        shared += 1
    head = text(low[:shared])
    if shared == len(low):
        return cat([head, _below(high[shared:], high_open, empty=not low_open)])
    first, last = ord(low[shared]), ord(high[shared])
    return alt([
        cat([head, _chars(first + 1, last - 1), ANY_TEXT]),
        cat([head, text(low[shared]), _above(low[shared + 1 :], low_open)]),
        cat([head, text(high[shared]), _below(high[shared + 1 :], high_open)]),
    ])  # fmt: skip


def _chars(first: int, last: int) -> Rx:
    return Chars(((first, last),)) if first <= last else NOTHING


def _above(low: str, low_open: bool) -> Rx:
    """It leaves `low` for a greater character somewhere, or goes on behind it."""
    parts = [cat([text(low[:i]), _chars(ord(char) + 1, LAST), ANY_TEXT]) for i, char in enumerate(low)]
    return alt([*parts, cat([text(low), *([ONE_CHAR] if low_open else []), ANY_TEXT])])


def _below(high: str, high_open: bool, empty: bool = True) -> Rx:
    """It stops within `high` (`empty`: before its first character, too), or leaves it for a smaller character."""
    parts: list[Rx] = []
    for i, char in enumerate(high):
        if i or empty:
            parts.append(text(high[:i]))
        parts.append(cat([text(high[:i]), _chars(0, ord(char) - 1), ANY_TEXT]))
    if not high_open and (high or empty):
        parts.append(text(high))
    return alt(parts)
