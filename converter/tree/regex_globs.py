"""Regular expressions that are no more than a list of texts and wildcards, as that list."""

from __future__ import annotations

from converter.tree.charset import ANY_CHAR, CharSet
from converter.tree.glob import ANY, ONE, Fold, Token, merge_tokens
from converter.tree.regex import Alt, Cat, Chars, Repeat, Rx

#: No longer lists than this, where nobody asks for longer ones.
MAX_GLOBS = 12
WIDEST = 9


class _Char(str):
    """One character of a text: `pair` if its other case is meant as well."""

    pair: bool


def globs_of(rx: Rx, most: int = MAX_GLOBS, widest: int = WIDEST) -> tuple[list[tuple[Token, ...]], Fold] | None:
    """The globs, and their fold, that together take exactly the values of an expression of whole values; None where
    it is more than a list of at most `most`, or has a range of more than `widest` characters."""
    found = _Expansion(most, widest).of(rx)
    if found is None:
        return None
    letters = [t.pair for tokens in found for t in tokens if isinstance(t, _Char) and t.isascii() and t.isalpha()]
    if any(letters) and not all(letters):
        return None
    plain = (merge_tokens(str(t) if isinstance(t, str) else t for t in tokens) for tokens in found)
    return list(dict.fromkeys(plain)), "ascii" if any(letters) else "none"


class _Expansion:
    def __init__(self, most: int, widest: int) -> None:
        self.most, self.widest = most, widest

    def of(self, rx: Rx) -> list[tuple[Token, ...]] | None:
        match rx:
            case Chars(chars=chars):
                return [(ONE,)] if chars == ANY_CHAR else self.of_class(chars)
            case Cat(items=items):
                out: list[tuple[Token, ...]] = [()]
                for item in items:
                    parts = self.of(item)
                    if parts is None or len(out) * len(parts) > self.most:
                        return None
                    out = [head + part for head in out for part in parts]
                return out
            case Alt(items=items):
                listed = [self.of(item) for item in items]
                flat = [tokens for part in listed if part is not None for tokens in part]
                return None if None in listed or len(flat) > self.most else flat
            case Repeat(item=item, low=low, high=high):
                return self.of_repeated(item, low, high)
        return None

    def of_class(self, chars: CharSet) -> list[tuple[Token, ...]] | None:
        if not chars or any(high - low >= self.widest for low, high in chars):
            return None
        points = [point for low, high in chars for point in range(low, high + 1)]
        out: list[tuple[Token, ...]] = []
        for point in points:
            char = _Char(chr(point))
            char.pair = char.isascii() and char.isalpha() and ord(char.swapcase()) in points
            if not (char.pair and char.isupper()):  # the small letter stands for both
                out.append((char,))
        return out if len(points) < 2 * self.widest and len(out) <= self.most else None

    def of_repeated(self, item: Rx, low: int, high: int | None) -> list[tuple[Token, ...]] | None:
        if item == Chars(ANY_CHAR) and (high is None or high == low) and low <= MAX_GLOBS:
            return [(ONE,) * low + ((ANY,) if high is None else ())]
        if high is None or high > 4:
            return None
        out: list[tuple[Token, ...]] = []
        for count in range(low, high + 1):
            parts = self.of(Cat((item,) * count))
            if parts is None or len(out) + len(parts) > self.most:
                return None
            out += parts
        return out
