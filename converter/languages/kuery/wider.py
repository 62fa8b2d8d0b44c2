"""Patterns that take all that a test takes which KQL has no words for, and more: a broader form says them instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from converter.languages.kuery.spelling import BLANK, TRIMMED
from converter.tree import ANY, ONE, Fold, Glob, Node, Regex, Token, disj, merge_tokens
from converter.tree.charset import CharSet
from converter.tree.regex import ANY_TEXT, Alt, Both, Cat, Chars, Repeat, Rx

#: An expression stands as so many patterns at most.
_MOST = 32
_BLANKS = re.compile(f"[{BLANK}]+")


def wider_glob(node: Glob) -> Glob | None:
    """Without what has no spelling: `?`, white space at the ends, off the keyword path any blank. None where nothing
    is left to look for."""
    keyword = node.field.type in ("keyword", "keyword_lowercase")
    out: list[Token] = []
    for token in node.tokens:
        if token is ONE:
            out.append(ANY)
        elif isinstance(token, str) and not keyword:
            out += _parted(token, _BLANKS.split)
        else:
            out.append(token)
    tokens = _without_ends(out)
    return None if tokens == node.tokens or not _says(tokens) else replace(node, tokens=tokens)


def wider_regex(node: Regex, rx: Rx) -> Node | None:
    """The fixed texts of an expression in their order; `rx` is its meaning. None where it has none."""
    covers = _covers(rx)
    letters = [part.pair for cover in covers for part in cover if isinstance(part, _Text)]
    globs = dict.fromkeys(_without_ends([str(t) if isinstance(t, str) else t for t in cover]) for cover in covers)
    if node.field.sort == "text" or not all(map(_says, globs)):
        return None
    fold: Fold = "ascii" if any(letters) else "none"
    return disj([Glob(node.field, tokens, fold, span=node.span) for tokens in globs], node.span)


class _Text(str):
    """A character; `pair` if its other case is meant as well."""

    pair: bool


def _covers(rx: Rx) -> list[tuple[Token, ...]]:
    """Globs that together take at least what the expression takes."""
    match rx:
        case Chars(chars=chars):
            return [(_character(chars) or ANY,)]
        case Cat(items=items):
            out: list[tuple[Token, ...]] = [()]
            for item in items:
                parts = _covers(item)
                if len(out) * len(parts) > _MOST:
                    parts = [(ANY,)]
                out = [head + part for head in out for part in parts]
            return out
        case Alt(items=items):
            flat = list(dict.fromkeys(part for item in items for part in _covers(item)))
            return flat if len(flat) <= _MOST else [(ANY,)]
        case Repeat(item=item, low=low, high=high) if rx != ANY_TEXT:
            if (low, high) == (0, 1):
                return [(), *_covers(item)]
            if low and high == low and low <= _MOST:
                return _covers(Cat((item,) * low))
            return [(*cover, ANY) for cover in _covers(item)] if low else [(ANY,)]
        case Both(items=items):
            return _covers(items[0])
    return [(ANY,)]


def _character(chars: CharSet) -> _Text | None:
    """The one character of a set, or the small letter of a pair of cases."""
    points = [point for low, high in chars[:3] for point in range(low, min(high, low + 2) + 1)]
    pair = len(points) == 2 and chr(points[0]).isascii() and chr(points[0]).lower() == chr(points[1])
    if len(points) != 1 and not pair:
        return None
    found = _Text(chr(points[-1]))
    found.pair = pair
    return found


def _parted(text: str, split: Callable[[str], list[str]]) -> list[Token]:
    """The words of a text, with any text between them."""
    out: list[Token] = []
    for i, word in enumerate(split(text)):
        out += [ANY, word] if i else [word]
    return out


def _without_ends(tokens: list[Token]) -> tuple[Token, ...]:
    """White space at the ends, which is cut off, stands for any text."""
    first, *_ = merged = list(merge_tokens(tokens)) or [""]
    if isinstance(first, str) and first[:1] and first[0] in TRIMMED and len(merged) > 1:
        merged[0:1] = [ANY, first.lstrip(TRIMMED)]
    last = merged[-1]
    if isinstance(last, str) and last[-1:] and last[-1] in TRIMMED and len(merged) > 1:
        merged[-1:] = [last.rstrip(TRIMMED), ANY]
    return merge_tokens(merged)


def _says(tokens: tuple[Token, ...]) -> bool:
    return any(isinstance(token, str) for token in tokens)
