"""Expressions written out again: in Lucene's syntax and in PCRE's.

Both write from the resolved syntax tree, so a text of one flavour comes out as an exact one of the other.
"""

from __future__ import annotations

from converter.diagnostics import UnsupportedError
from converter.tree.charset import (
    ANY_CHAR,
    DIGIT,
    LAST,
    LUCENE_SPACE,
    NEWLINE,
    PCRE_SPACE,
    WORD,
    CharSet,
    fold_ascii_set,
    intersect,
    invert,
    subtract,
)
from converter.tree.glob import Fold, Token
from converter.tree.nodes import Regex
from converter.tree.regex import (
    ANY_TEXT,
    Alt,
    Both,
    Cat,
    Chars,
    Compl,
    Edge,
    Repeat,
    Rx,
    cat,
    from_glob,
    parse_regex,
    whole_value,
)

_LUCENE_NAMED: tuple[tuple[CharSet, str], ...] = (
    (WORD, r"\w"), (DIGIT, r"\d"), (LUCENE_SPACE, r"\s"),
    (invert(WORD), r"\W"), (invert(DIGIT), r"\D"), (invert(LUCENE_SPACE), r"\S"),
)  # fmt: skip
_PCRE_NAMED: tuple[tuple[CharSet, str], ...] = (
    (WORD, r"\w"), (DIGIT, r"\d"), (PCRE_SPACE, r"\s"),
    (invert(WORD), r"\W"), (invert(DIGIT), r"\D"), (invert(PCRE_SPACE), r"\S"),
)  # fmt: skip
_LETTERS: CharSet = ((65, 90), (97, 122))


def to_lucene(
    pattern: str,
    fold: Fold = "none",
    search: bool = True,
    multiline: bool = False,
    dotall: bool = False,
    *,
    flavour: str = "pcre",
    expand_case: bool = True,
) -> str:
    """A Lucene pattern that takes exactly the values that the given pattern takes.

    `expand_case`: letters are written as classes (`[cC][mM][dD]`); without it the text is for an engine that folds
    ASCII letters itself as Lucene's flag does (ranges in it name both cases already). Raises `ParseError`, or
    `UnsupportedError` that names the construct.
    """
    return lucene_text(whole_value(pattern, flavour, fold, search, multiline, dotall), expand_case or fold != "ascii")


def node_to_lucene(node: Regex, *, expand_case: bool = True) -> str:
    """`to_lucene` of a node; a Lucene pattern that needs no class for its case stays as it is written."""
    if node.flavour == "lucene" and not node.search and (node.fold == "none" or not expand_case):
        return node.pattern
    return lucene_text(parse_regex(node), expand_case or node.fold != "ascii")


def glob_to_lucene(tokens: tuple[Token, ...], fold: Fold = "none", *, expand_case: bool = True) -> str:
    """A glob as a Lucene pattern, letters as classes where the fold asks for them."""
    return lucene_text(from_glob(tokens, fold if expand_case or fold == "lower" else "none"))


def to_pcre(pattern: str, fold: Fold = "none", *, flavour: str = "lucene", dotall: bool = False) -> str:
    r"""A whole-value pattern as one for a search with Sigma's `|re`: `^…$`, without what `.*` at an end makes idle.

    `dotall`: for the modifier `s`, so that any character is `.`, else `[\s\S]`. Raises `UnsupportedError` for
    Lucene's intersection and complement.
    """
    return pcre_text(whole_value(pattern, flavour, fold), dotall=dotall)


def lucene_text(rx: Rx, expand_case: bool = True) -> str:
    """An expression without anchors as Lucene 9 reads it. `expand_case` False: a letter stands for both cases."""
    return _Writer("lucene", expand_case=expand_case).write(rx)


def pcre_text(rx: Rx, *, dotall: bool = False) -> str:
    """An expression of whole values as a pattern to search with."""
    items: tuple[Rx, ...] = rx.items if isinstance(rx, Cat) else (rx,)
    head, tail = "^", "$"
    if items and items[0] == ANY_TEXT:
        head, items = "", items[1:]
        tail = "" if not items else tail
    if items and items[-1] == ANY_TEXT:
        tail, items = "", items[:-1]
    writer = _Writer("pcre", dotall=dotall)
    body = cat(items)
    shown = writer.write(body)
    if (head or tail) and isinstance(body, Alt):
        shown = f"(?:{shown})"
    return head + shown + tail


def pcre_part(rx: Rx) -> str:
    """An expression as a part of a longer pattern: without anchors, alternatives in a group."""
    return _Writer("pcre").write(rx, 2)


class _Writer:
    def __init__(self, flavour: str, *, expand_case: bool = True, dotall: bool = False) -> None:
        self.lucene, self.expand_case, self.dotall = flavour == "lucene", expand_case, dotall
        self.named = _LUCENE_NAMED if self.lucene else _PCRE_NAMED
        self.group = "(" if self.lucene else "(?:"

    def write(self, rx: Rx, level: int = 0) -> str:
        """`level`: 0 alternatives may stand bare, 1 intersections, 2 sequences, 3 only one repeatable item."""
        match rx:
            case Chars(chars=chars):
                return self.chars(chars)
            case Cat(items=()):
                return "()" if self.lucene else "(?:)" if level else ""
            case Cat(items=items):
                return self.grouped("".join(self.write(item, 2) for item in items), level > 2)
            case Alt(items=items):
                return self.grouped("|".join(self.write(item, 1) for item in items), level > 0)
            case Both(items=items) if self.lucene:
                return self.grouped("&".join(self.write(item, 2) for item in items), level > 1)
            case Compl(item=item) if self.lucene:
                return f"~{self.group}{self.write(item)})"
            case Repeat(item=item, low=low, high=high):
                return self.grouped(self.write(item, 3) + _count(low, high), level > 2)
            case Edge():
                raise TypeError("an anchor in an expression of whole values")
        name = "intersection `&`" if isinstance(rx, Both) else "complement `~`"
        raise UnsupportedError(f"{name} in a regular expression", help="Sigma's `re` has no such operator")

    def grouped(self, shown: str, needed: bool) -> str:
        return f"{self.group}{shown})" if needed else shown

    def chars(self, chars: CharSet) -> str:
        if chars == ANY_CHAR:
            return "." if self.lucene or self.dotall else r"[\s\S]"
        if not chars:
            return "#" if self.lucene else r"[^\s\S]"
        if not self.lucene and not self.dotall and chars == invert(NEWLINE):
            return "."
        for named, name in self.named:
            if chars == named:
                return name
        if len(chars) == 1 and chars[0][0] == chars[0][1]:
            return self.point(chars[0][0])
        pair = self.case_pair(chars)
        if pair is not None:
            return pair.lower() if not self.expand_case else f"[{pair.lower()}{pair}]"
        if chars[0][0] == 0 and chars[-1][1] == LAST:
            return f"[^{self.ranges(invert(chars))}]"
        return f"[{self.ranges(chars)}]"

    def case_pair(self, chars: CharSet) -> str | None:
        """The capital of a letter whose two cases are the whole set."""
        points = [low for low, high in chars if low == high]
        if len(points) == 2 == len(chars) and points[0] + 32 == points[1] and 65 <= points[0] <= 90:
            return chr(points[0])
        return None

    def ranges(self, chars: CharSet) -> str:
        out = ""
        for named, name in self.named[:3]:
            if len(named) <= len(chars) and intersect(chars, named) == named:
                out += name
                chars = subtract(chars, named)
        if not self.expand_case and intersect(chars, _LETTERS) and fold_ascii_set(chars) == chars and _short(chars):
            chars = subtract(chars, ((65, 90),))  # Lucene folds the letters of a class one by one, not its ranges
            return out + "".join(self.point(p, True) for low, high in chars for p in range(low, high + 1))
        for low, high in chars:
            if self.lucene and low == 92 and high > low:  # an escaped backslash cannot begin a range there
                out += self.point(low, True)
                low += 1
            if high - low < 2:
                out += "".join(self.point(p, True) for p in range(low, high + 1))
            else:
                out += f"{self.point(low, True)}-{self.point(high, True)}"
        return out

    def point(self, point: int, inside: bool = False) -> str:
        char = chr(point)
        if self.lucene:
            mark = char.isascii() and char.isprintable() and not char.isalnum() and char != " "
            return "\\" + char if mark else char
        if char in "\t\n\r\f\v":
            return {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\f": r"\f", "\v": r"\v"}[char]
        if not char.isprintable():
            return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
        return "\\" + char if char in (r"\]^-[" if inside else r"\.^$*+?{}[]()|") else char


def _short(chars: CharSet) -> bool:
    return sum(high - low + 1 for low, high in chars) <= 32


def _count(low: int, high: int | None) -> str:
    match low, high:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{low},}}"
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"
