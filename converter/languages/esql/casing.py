"""Globs on TO_LOWER(field): it lowers all of Unicode, a character to two where Java does."""

from __future__ import annotations

from typing import Any

from converter.diagnostics import UnsupportedError
from converter.tree import ANY, NEVER, ONE, Field, Glob, Node, Regex, Token, Wild
from converter.tree.pipeline import Expression

#: Characters that become two when lowered, or one that depends on its neighbours.
_DOT, _SIGMAS = "\u0307", "σς"


def lower_glob(field: Field, tokens: tuple[Token, ...], name: str, item: Expression) -> Node:
    """The glob on the lowered value. Raises `UnsupportedError` where no node says the same.

    Without `i`, `k` and letters outside ASCII only A-Z can have been lowered to the pattern's letters. `K` (the Kelvin
    sign) is lowered to k, İ to i with a dot, of which a `*` behind the i takes the dot."""
    text = "".join(token for token in tokens if isinstance(token, str))
    span: Any = getattr(item, "span", None)
    if name == "to_upper":
        if any(char.isalpha() for char in text):
            raise UnsupportedError("TO_UPPER makes SS of ß, S of ſ, I of ı: no pattern says the same", span=span)
        if ONE in tokens:
            raise UnsupportedError("TO_UPPER can lengthen a value, so `?` counts otherwise", span=span)
        return Glob(field, tokens, span=span)
    if text.lower() != text:
        return NEVER
    if ONE in tokens or _DOT in text or any(char in _SIGMAS for char in text):
        raise UnsupportedError("TO_LOWER can lengthen a value or depend on neighbours here", span=span)
    if text.isascii() and "k" not in text and "i" not in text:
        fold: Any = "ascii" if any(char.isalpha() for char in text) else "none"
        return Glob(field, tokens, fold, span=span)
    if "i" not in text:
        return Glob(field, tokens, "lower", span=span)
    return Regex(field, "".join(_pieces(tokens)), span=span)


def _pieces(tokens: tuple[Token, ...]) -> list[str]:
    out: list[str] = []
    for i, token in enumerate(tokens):
        if isinstance(token, Wild):
            out.append(".*")
            continue
        before_any = i + 1 < len(tokens) and tokens[i + 1] is ANY
        for place, char in enumerate(token):
            last = place == len(token) - 1
            out.append(_one(char, before_any and last))
    return out


def _one(char: str, dotted: bool) -> str:
    """The characters that are lowered to this one."""
    found = [char, *_raised(char)]
    if char == "i" and dotted:
        found.append("İ")
    if len(found) == 1:
        return char if char.isalnum() or not char.isascii() else "\\" + char
    return "[" + "".join(found) + "]"


def _raised(char: str) -> list[str]:
    upper = char.upper()
    out = [upper] if len(upper) == 1 and upper != char and upper.lower() == char else []
    return [*out, "\u212a"] if char == "k" else [*out, "\u212b"] if char == "å" else out
