"""How Lucene misreads a regular expression of Sigma's flavour, one trait at a time.

Each trait is written out as an expression of Sigma's flavour that means what Lucene takes the original for, so that any
set of them can be tried by proof. What no such expression says (complement, intersection) is read as Lucene reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from converter.diagnostics import ConverterError
from converter.matching.effort import too_complex
from converter.tree import NEVER, Node, Regex
from converter.tree.regex import parse_text

WHOLE = "regex: whole value must match"
GROUPS = "regex: (?…) is literal"
QUOTES = 'regex: " quotes a literal'
ANCHORS = "regex: ^ and $ are literal"
LAZY = "regex: lazy quantifier makes it optional"
DASH = "regex: a final - in a class is a range up to ]"
AT = "regex: @ is any string"
INTERVAL = "regex: < opens an interval"
BOUNDARY = "regex: \\b is an error, taken as no match"
ERROR = "regex: a syntax error is taken as no match"
COMPLEX = "regex too complex, taken as no match"
OPERATORS = "regex: # & ~ are operators"
DOT = "regex: . matches line breaks"

_PIECE = re.compile(
    r"""(?P<escape>\\.) | (?P<group>\(\?) | (?P<class>\[\^?\]?(?:\\.|[^\]\\])*\]?)
      | (?P<quantifier>[*+?]|\{[0-9]*(?:,[0-9]*)?\}) | (?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str


def _pieces(pattern: str) -> list[_Piece]:
    return [_Piece(match.lastgroup or "other", match[0]) for match in _PIECE.finditer(pattern)]


def emitted(node: Regex) -> str:
    """The expression as the back ends write it: flags of the rule in front."""
    flags = "i" * (node.fold == "ascii") + "m" * node.multiline + "s" * node.dotall
    return f"(?{flags}){node.pattern}" if flags else node.pattern


def traits(node: Regex) -> Iterator[str]:
    """What may be misread in this expression, the mistakes that are there for certain last."""
    text = emitted(node)
    pieces = _pieces(text)
    others = {piece.text for piece in pieces if piece.kind == "other"}
    failure = _failure(text)
    if failure is not None:
        yield failure
    if others & set("#&~"):
        yield OPERATORS
    if any(p.kind == "quantifier" and q.text in "?+" for p, q in pairwise(pieces)):
        yield LAZY
    if any(piece.kind == "class" and piece.text.endswith("-]") for piece in pieces):
        yield DASH
    yield from (name for mark, name in (("@", AT), ('"', QUOTES), (".", DOT)) if mark in others)
    if others & set("^$"):
        yield ANCHORS
    if any(piece.kind == "group" for piece in pieces):
        yield GROUPS
    if node.search:
        yield WHOLE


def _failure(text: str) -> str | None:
    """Why Lucene takes no such expression, if it does not: the trait without which it would."""
    if _readable(text):
        return COMPLEX if too_complex(parse_text(text, "lucene", "none", False, False)) else None
    for name, mended in _MENDED:
        if _readable(mended(text)):
            return name
    return BOUNDARY if any(piece.text in ("\\b", "\\B") for piece in _pieces(text)) else ERROR


def _readable(text: str) -> bool:
    try:
        parse_text(text, "lucene", "none", False, False)
    except ConverterError:
        return False
    return True


def misread(node: Regex, chosen: Iterable[str]) -> Node:
    """The expression with the chosen traits, in Sigma's flavour."""
    wanted = set(chosen)
    if _failure(emitted(node)) in wanted:
        return replace(NEVER, span=node.span)
    text = node.pattern
    if GROUPS in wanted:
        text = emitted(node)
        node = replace(node, fold="none", multiline=False, dotall=False)
    for name, rewrite in _REWRITES:
        if name in wanted:
            text = rewrite(text)
    node = replace(node, pattern=text)
    if DOT in wanted:
        node = replace(node, dotall=True)
    return replace(node, search=False) if WHOLE in wanted else node


def readable(node: Regex) -> Node:
    """The expression, or nothing at all where it cannot be read: an index takes a broken one as no match."""
    try:
        parse_text(node.pattern, node.flavour, "none", node.multiline, node.dotall)
    except ConverterError:
        return replace(NEVER, span=node.span)
    return node


def as_lucene(node: Regex) -> Regex:
    """The expression as Lucene reads it."""
    return replace(node, pattern=emitted(node), flavour="lucene", fold="none", search=False, multiline=False,
                   dotall=False)  # fmt: skip


def _each(change: Callable[[_Piece], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(piece) for piece in _pieces(text))


def _others(mapping: dict[str, str]) -> Callable[[str], str]:
    return _each(lambda piece: mapping.get(piece.text, piece.text) if piece.kind == "other" else piece.text)


def _quoted(text: str) -> str:
    """`"…"` as the literal text between the quotes, escapes and all."""
    out, at = [], 0
    pieces = _pieces(text)
    while at < len(pieces):
        piece = pieces[at]
        rest = text[sum(len(p.text) for p in pieces[: at + 1]) :]
        if piece.kind == "other" and piece.text == '"' and '"' in rest:
            inner = rest[: rest.index('"')]
            out.append(re.escape(inner))
            return "".join(out) + _quoted(rest[len(inner) + 1 :])
        out.append(piece.text)
        at += 1
    return "".join(out)


def _optional(text: str) -> str:
    """A second quantifier takes the first one's repetition as its item."""
    out: list[str] = []
    start = 0
    opened: list[int] = []
    pieces = _pieces(text)
    for at, piece in enumerate(pieces):
        stacked = piece.kind == "quantifier" and at > 0 and pieces[at - 1].kind == "quantifier"
        if piece.kind == "quantifier" and stacked:
            out[start:] = ["(?:", *out[start:], ")", piece.text]
            continue
        if piece.kind == "quantifier":
            out.append(piece.text)
            continue
        if piece.text == ")" and opened:
            start = opened.pop()
        else:
            start = len(out)
            if piece.text == "(" or piece.kind == "group":
                opened.append(start)
        out.append(piece.text)
    return "".join(out)


#: In this order: what a later one writes must not be read as the original's by an earlier one.
_REWRITES: tuple[tuple[str, Callable[[str], str]], ...] = (
    (DASH, lambda text: text.replace("-]", "-\\]")),
    (QUOTES, _quoted),
    (ANCHORS, _others({"^": "\\^", "$": "\\$"})),
    (AT, _others({"@": "[\\s\\S]*"})),
    (GROUPS, _each(lambda piece: "(\\?" if piece.kind == "group" else piece.text)),
    (LAZY, _optional),
)

#: What would make a broken expression one that can be read.
_MENDED: tuple[tuple[str, Callable[[str], str]], ...] = (
    (QUOTES, _others({'"': '\\"'})),
    (DASH, lambda text: text.replace("-]", "\\-]")),
    (INTERVAL, _others({"<": "\\<"})),
    (BOUNDARY, _each(lambda piece: "" if piece.text in ("\\b", "\\B") else piece.text)),
)
