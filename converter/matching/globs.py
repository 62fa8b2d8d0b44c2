"""A glob as a test of one value, whose work grows with the value's length and never runs away.

What stands between two stars is looked for from the left, the first place taken: no later one could help more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from converter.tree import ANY, Token

#: Where a part begins first in `value[start:end]`; -1: nowhere.
_Find = Callable[[str, int, int], int]


def glob_test(tokens: Iterable[Token]) -> Callable[[str], bool]:
    """Whether a value is matched by the whole pattern."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token is ANY:
            parts.append([])
        else:
            parts[-1].append(token)
    sizes = [sum(len(token) if isinstance(token, str) else 1 for token in part) for part in parts]
    finds = [_find(part) for part in parts]
    head, tail, least = sizes[0], sizes[-1], sum(sizes)
    first, last, inner = finds[0], finds[-1], list(zip(finds, sizes, strict=True))[1:-1]
    if len(parts) == 1:
        return lambda value: len(value) == least and first(value, 0, least) == 0

    def test(value: str) -> bool:
        end = len(value) - tail
        if len(value) < least or first(value, 0, head) != 0 or last(value, end, len(value)) != end:
            return False
        at = head
        for find, size in inner:
            found = find(value, at, end)
            if found < 0:
                return False
            at = found + size
        return True

    return test


def _find(part: list[Token]) -> _Find:
    if all(isinstance(token, str) for token in part):
        text = "".join(map(str, part))
        return lambda value, start, end: value.find(text, start, end)
    search = re.compile(
        "".join(re.escape(token) if isinstance(token, str) else "." for token in part), re.DOTALL
    ).search

    def find(value: str, start: int, end: int) -> int:
        found = search(value, start, end)
        return found.start() if found else -1

    return find
