"""Regular expressions that are no more than a list of texts and wildcards, as that list."""

from __future__ import annotations

from converter.tree import ANY, ONE, Fold, Token, merge_tokens
from converter.tree.charset import ANY_CHAR, CharSet
from converter.tree.regex import Alt, Cat, Chars, Repeat, Rx

#: No longer lists than this.
MAX_GLOBS = 12
#: No larger classes than this are written out.
_MAX_CLASS = 8


class _Char(str):
    """One character of a text: `pair` if its other case is meant as well."""

    pair: bool


def globs_of(rx: Rx) -> tuple[list[tuple[Token, ...]], Fold] | None:
    """The globs, and their fold, that together take exactly the values of an expression of whole values; None where
    it is more than a short list of them."""
    found = _expand(rx)
    if found is None:
        return None
    letters = [t.pair for tokens in found for t in tokens if isinstance(t, _Char) and t.isascii() and t.isalpha()]
    if any(letters) and not all(letters):
        return None
    plain = (merge_tokens(str(t) if isinstance(t, str) else t for t in tokens) for tokens in found)
    return list(dict.fromkeys(plain)), "ascii" if any(letters) else "none"


def _expand(rx: Rx) -> list[tuple[Token, ...]] | None:
    match rx:
        case Chars(chars=chars):
            return [(ONE,)] if chars == ANY_CHAR else _class(chars)
        case Cat(items=items):
            out: list[tuple[Token, ...]] = [()]
            for item in items:
                parts = _expand(item)
                if parts is None or len(out) * len(parts) > MAX_GLOBS:
                    return None
                out = [head + part for head in out for part in parts]
            return out
        case Alt(items=items):
            listed = [_expand(item) for item in items]
            flat = [tokens for part in listed if part is not None for tokens in part]
            return None if None in listed or len(flat) > MAX_GLOBS else flat
        case Repeat(item=item, low=low, high=high):
            return _repeated(item, low, high)
    return None


def _class(chars: CharSet) -> list[tuple[Token, ...]] | None:
    points = [point for low, high in chars for point in range(low, min(high, low + _MAX_CLASS) + 1)]
    if not points or len(points) > 2 * _MAX_CLASS or sum(high - low + 1 for low, high in chars) != len(points):
        return None
    out: list[tuple[Token, ...]] = []
    for point in points:
        char = _Char(chr(point))
        char.pair = char.isascii() and char.isalpha() and ord(char.swapcase()) in points
        if not (char.pair and char.islower()):  # the capital stands for both
            out.append((char,))
    return out


def _repeated(item: Rx, low: int, high: int | None) -> list[tuple[Token, ...]] | None:
    if item == Chars(ANY_CHAR) and (high is None or high == low) and low <= MAX_GLOBS:
        return [(ONE,) * low + ((ANY,) if high is None else ())]
    if high is None or high > 4:
        return None
    out: list[tuple[Token, ...]] = []
    for count in range(low, high + 1):
        parts = _expand(Cat((item,) * count))
        if parts is None or len(out) + len(parts) > MAX_GLOBS:
            return None
        out += parts
    return out
