"""Globs: a string pattern of literal text, `*` (any run of characters) and `?` (one code point)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Literal, TypeAlias


class Wild(enum.Enum):
    """`ANY` is any run of characters, line breaks included; `ONE` exactly one code point."""

    ANY = "*"
    ONE = "?"

    def __repr__(self) -> str:
        return self.name


ANY, ONE = Wild.ANY, Wild.ONE

Token: TypeAlias = str | Wild

#: How letters are compared. "none": as they are; "ascii": A-Z equal a-z; "lower": the value is lowered
#: character by character as a lowercase normaliser does, and the pattern has been.
Fold: TypeAlias = Literal["none", "ascii", "lower"]


def merge_tokens(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """The canonical form: literals joined, no empty literal, in each run of wildcards the `?` first and one `*`."""
    out: list[Token] = []
    ones, any_ = 0, False

    def flush() -> None:
        nonlocal ones, any_
        out.extend([ONE] * ones)
        if any_:
            out.append(ANY)
        ones, any_ = 0, False

    for token in tokens:
        if token is ANY:
            any_ = True
        elif token is ONE:
            ones += 1
        elif token:
            assert isinstance(token, str)
            flush()
            if out and isinstance(out[-1], str):
                out[-1] += token
            else:
                out.append(token)
    flush()
    return tuple(out)


def glob(pattern: str) -> tuple[Token, ...]:
    """Tokens of a pattern in which every `*` and `?` is wild and nothing escapes (EQL's `:` and `like`)."""
    out: list[Token] = []
    start = 0
    for i, char in enumerate(pattern):
        if char in "*?":
            out.append(pattern[start:i])
            out.append(Wild(char))
            start = i + 1
    out.append(pattern[start:])
    return merge_tokens(out)


def literal(text: str) -> tuple[Token, ...]:
    """Tokens of a text without wildcards; () is the empty string."""
    return (text,) if text else ()


def text_of(tokens: tuple[Token, ...]) -> str | None:
    """The literal text, or None where a wildcard is in it."""
    if not tokens:
        return ""
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return tokens[0]
    return None
