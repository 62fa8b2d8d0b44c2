"""Regular expressions that are no more than a list of texts and wildcards, as that list."""

from __future__ import annotations

from converter.tree.charset import ANY_CHAR, CharSet
from converter.tree.glob import ANY, ONE, Fold, Token, merge_tokens
from converter.tree.regex import ANY_TEXT, Alt, Cat, Chars, Repeat, Rx, alt, cat, has_edge, nullable, repeat

#: No longer lists than this, where nobody asks for longer ones.
MAX_GLOBS = 12
WIDEST = 9
#: A list may be so many times longer before those are taken out that lie within others.
_SLACK = 4


class _Char(str):
    """One character of a text: `pair` if its other case is meant as well."""

    pair: bool


def globs_of(rx: Rx, most: int = MAX_GLOBS, widest: int = WIDEST) -> tuple[list[tuple[Token, ...]], Fold] | None:
    """The globs, and their fold, that together take exactly the values of an expression of whole values; None where
    it is more than a list of at most `most`, or has a range of more than `widest` characters."""
    found = None if has_edge(rx) else _Expansion(most * _SLACK, widest).of(_without_idle(rx))
    if found is None:
        return None
    letters = [t.pair for tokens in found for t in tokens if isinstance(t, _Char) and t.isascii() and t.isalpha()]
    if any(letters) and not all(letters):
        return None
    plain = [merge_tokens(str(t) if isinstance(t, str) else t for t in tokens) for tokens in found]
    kept = _outermost(list(dict.fromkeys(plain)), most)
    return None if kept is None else (kept, "ascii" if any(letters) else "none")


def _outermost(globs: list[tuple[Token, ...]], most: int) -> list[tuple[Token, ...]] | None:
    """Those that do not lie within another, as `*ab*` does in `*a*`; None if there are more than `most`."""
    inner = [_searched(tokens) for tokens in globs]
    least: list[str] = []
    for text in sorted({text for text in inner if text is not None}, key=len):
        if not any(other in text for other in least):
            least.append(text)
            if len(least) > most:
                return None
    kept = set(least)
    out = [tokens for tokens, text in zip(globs, inner, strict=True) if text is None or text in kept]
    return out if len(out) <= most else None


def _searched(tokens: tuple[Token, ...]) -> str | None:
    """The text of `*text*`."""
    match tokens:
        case (first, str(text), last) if first is ANY and last is ANY:
            return text
    return None


def _without_idle(rx: Rx) -> Rx:
    """The same without what any text beside it makes idle: `.*a{2,}b?.*` is `.*aa.*`."""
    match rx:
        case Alt(items=items):
            return alt([_without_idle(item) for item in items])
        case Cat(items=items) if ANY_TEXT in items:
            behind = _trimmed(list(items), first=True)
            return cat(_trimmed(behind[::-1], first=False)[::-1])
    return rx


def _trimmed(items: list[Rx], first: bool) -> list[Rx]:
    """Each item that follows any text shortened to what must be there; `first`: they are in their order, else turned
    around."""
    out: list[Rx] = []
    for item in items:
        for part in _least(item, first) if out and out[-1] == ANY_TEXT else [item]:
            if not (part == ANY_TEXT and out and out[-1] == ANY_TEXT):
                out.append(part)
    return out


def _least(item: Rx, first: bool) -> list[Rx]:
    """What is needed of an item next to any text, in the direction of the walk."""
    if item == ANY_TEXT or nullable(item):
        return [ANY_TEXT] if item == ANY_TEXT else []
    match item:
        case Alt(items=items):
            return [alt([_joined(_least(part, first), first) for part in items])]
        case Cat(items=items):
            walk = list(items if first else items[::-1])
            return _trimmed([ANY_TEXT, *walk], first)[1:]
        case Repeat(item=part, low=low):
            return [*_least(part, first), *([repeat(part, low - 1, low - 1)] if low > 1 else [])]
    return [item]


def _joined(parts: list[Rx], first: bool) -> Rx:
    return cat(parts if first else parts[::-1])


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
