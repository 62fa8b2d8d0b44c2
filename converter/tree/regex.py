"""Regular expressions over code points: the syntax tree, and one entry for both flavours.

Parsing resolves everything that is not structure: flags, case folding and named classes become sets of code points.
What a `Regex` node means is `parse_regex(node)`: an expression without anchors that must match the whole value.

Flavour "lucene": Lucene 9 (`converter.tree.regex_lucene`). Flavour "pcre": Sigma's `|re`
(`converter.tree.regex_pcre`), read as Python's `re` with ASCII classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from converter.diagnostics import ParseError
from converter.tree.charset import ANY_CHAR, NO_CHAR, CharSet, folded, lower_preimage, single, union
from converter.tree.glob import ANY, Fold, Token, Wild

if TYPE_CHECKING:
    from converter.tree.nodes import Regex

#: start, end: of the text. line_start, line_end: also at line breaks. word, not_word: between a word character and
#: none, or not.
Place: TypeAlias = Literal["start", "end", "line_start", "line_end", "word", "not_word"]


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of the set; of the empty set: nothing matches."""

    chars: CharSet


@dataclass(frozen=True, slots=True)
class Cat:
    """One after another; no items: the empty string."""

    items: tuple[Rx, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    items: tuple[Rx, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` times (None: no end)."""

    item: Rx
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Both:
    """Every item matches the same text."""

    items: tuple[Rx, ...]


@dataclass(frozen=True, slots=True)
class Compl:
    """Every text that the item does not match."""

    item: Rx


@dataclass(frozen=True, slots=True)
class Units:
    """A text of `low` to `high` (None: no end) UTF-16 units: code points beyond the first 65,536 are two."""

    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between two characters; matches no text."""

    place: Place


Rx: TypeAlias = Chars | Cat | Alt | Repeat | Both | Compl | Units | Edge

EMPTY, NOTHING, ONE_CHAR = Cat(()), Chars(NO_CHAR), Chars(ANY_CHAR)
ANY_TEXT = Repeat(ONE_CHAR, 0, None)


def cat(items: list[Rx] | tuple[Rx, ...]) -> Rx:
    """`Cat`, flat, without empty parts; nothing if a part can match nothing."""
    out: list[Rx] = []
    for item in items:
        if isinstance(item, Chars):  # far more often than all else
            if not item.chars:
                return NOTHING
            out.append(item)
            continue
        parts = item.items if isinstance(item, Cat) else (item,)
        for part in parts:
            if not (isinstance(part, Repeat) and out and part == ANY_TEXT and out[-1] == ANY_TEXT):
                out.append(part)
    return out[0] if len(out) == 1 else Cat(tuple(out))


def alt(items: list[Rx] | tuple[Rx, ...]) -> Rx:
    """`Alt`, flat, each branch once, an empty branch written as an optional rest; single characters joined."""
    flat: dict[Rx, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item.items if isinstance(item, Alt) else (item,)))
    flat.pop(NOTHING, None)
    optional = flat.pop(EMPTY, 0) is None
    sets = [item.chars for item in flat if isinstance(item, Chars)]
    if len(sets) > 1:
        joined = Chars(union(*sets))
        rest = [item for item in flat if not isinstance(item, Chars)]
        flat = dict.fromkeys([joined, *rest])
    if not flat:
        return EMPTY if optional else NOTHING
    whole = next(iter(flat)) if len(flat) == 1 else Alt(tuple(flat))
    return repeat(whole, 0, 1) if optional else whole


def repeat(item: Rx, low: int, high: int | None) -> Rx:
    """`Repeat`, the trivial ones resolved."""
    if high == 0 or item == EMPTY:
        return EMPTY
    if item == NOTHING:
        return EMPTY if low == 0 else NOTHING
    if (low, high) == (1, 1):
        return item
    if isinstance(item, Repeat) and item.low == 0 and low <= 1 and (item.high, high) in ((None, None), (None, 1)):
        return item
    return Repeat(item, low, high)


def text(literal: str) -> Rx:
    """The literal text."""
    return cat([one_of(char) for char in literal])


@lru_cache(maxsize=4096)
def one_of(char: str, fold: Fold = "none") -> Chars:
    """The character, or what it folds to."""
    return Chars(folded(single(char), fold))


def from_glob(tokens: tuple[Token, ...], fold: Fold = "none") -> Rx:
    """A glob as an expression; the fold resolved into sets of characters."""
    out: list[Rx] = []
    for token in tokens:
        if isinstance(token, Wild):
            out.append(ANY_TEXT if token is ANY else ONE_CHAR)
        else:
            shown = token.lower() if fold == "ascii" and token.isascii() else token
            out.extend(one_of(char, fold) for char in shown)
    return cat(out)


def nullable(rx: Rx) -> bool:
    """Whether the empty text matches; an anchor counts as if it held."""
    match rx:
        case Chars():
            return False
        case Cat(items=items) | Both(items=items):
            return all(nullable(item) for item in items)
        case Alt(items=items):
            return any(nullable(item) for item in items)
        case Repeat(item=item, low=low):
            return low == 0 or nullable(item)
        case Compl(item=item):
            return not nullable(item)
        case Units(low=low):
            return low <= 0
    return True


def has_edge(rx: Rx) -> bool:
    """Whether an anchor stands anywhere in it."""
    match rx:
        case Cat(items=items) | Alt(items=items) | Both(items=items):
            return any(has_edge(item) for item in items)
        case Repeat(item=item) | Compl(item=item):
            return has_edge(item)
    return isinstance(rx, Edge)


def parse_text(
    pattern: str, flavour: str = "lucene", fold: Fold = "none", multiline: bool = False, dotall: bool = False
) -> Rx:
    """The pattern as written, anchors kept; fold "lower" is not yet resolved. Raises `ParseError` (span into the
    pattern) or, for constructs of PCRE that have no place here, `UnsupportedError`."""
    return _parsed(pattern, flavour, fold, multiline, dotall)  # one key however it was called


@lru_cache(maxsize=8192)
def _parsed(pattern: str, flavour: str, fold: Fold, multiline: bool, dotall: bool) -> Rx:
    from converter.tree.regex_lucene import parse_lucene
    from converter.tree.regex_pcre import parse_pcre

    try:
        if flavour == "pcre":
            return parse_pcre(pattern, fold=fold, multiline=multiline, dotall=dotall)
        return parse_lucene(pattern, fold=fold)
    except RecursionError:
        raise ParseError("the regular expression is nested too deeply") from None


def parse_regex(node: Regex) -> Rx:
    """What the node says about a whole value, without anchors. Raises `ParseError` or `UnsupportedError`."""
    return whole_value(node.pattern, node.flavour, node.fold, node.search, node.multiline, node.dotall)


@lru_cache(maxsize=4096)
def whole_value(
    pattern: str, flavour: str, fold: Fold, search: bool = False, multiline: bool = False, dotall: bool = False
) -> Rx:
    """`parse_text` as an expression without anchors that the whole value must match."""
    from converter.tree.regex_anchors import resolve_anchors

    rx = parse_text(pattern, flavour, fold, multiline, dotall)
    try:
        rx = resolve_anchors(cat([ANY_TEXT, rx, ANY_TEXT]) if search else rx)
        return map_chars(rx, lower_preimage) if fold == "lower" else rx
    except RecursionError:
        raise ParseError("the regular expression is nested too deeply") from None


def map_chars(rx: Rx, change: Callable[[CharSet], CharSet]) -> Rx:
    """The expression with every set of characters changed."""
    match rx:
        case Chars(chars=chars):
            return Chars(change(chars))
        case Cat(items=items):
            return cat([map_chars(item, change) for item in items])
        case Alt(items=items):
            return alt([map_chars(item, change) for item in items])
        case Both(items=items):
            return Both(tuple(map_chars(item, change) for item in items))
        case Repeat(item=item, low=low, high=high):
            return repeat(map_chars(item, change), low, high)
        case Compl(item=item):
            return Compl(map_chars(item, change))
    return rx
