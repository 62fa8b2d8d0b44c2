"""Regular expressions that say no more than a wildcard pattern or a length does."""

from __future__ import annotations

import re

from converter.tree import ANY, ONE, Token, merge_tokens

_LENGTH = re.compile(r"\.\{(\d{1,9})(?:(,)(\d{0,9}))?\}")
_PIECE = re.compile(
    r"""(?: \.\* | \. | \\([^A-Za-z0-9]) | [^\\.\[\](){}*+?|~&@#<>"] ) (?![*+?{])""", re.DOTALL | re.VERBOSE
)


def as_length(pattern: str) -> tuple[int | None, int | None] | None:
    """Lowest and highest length of `.{m,n}`, else None."""
    counted = _LENGTH.fullmatch(pattern)
    if counted is None:
        return None
    low, comma, high = counted.groups()
    return int(low), int(low) if comma is None else int(high) if high else None


def as_glob(pattern: str) -> tuple[Token, ...] | None:
    """Tokens of a wildcard pattern, or None where the expression says more.

    Only literal characters (bare or escaped), `.` and `.*`: the same in Lucene whichever operators are on."""
    out: list[Token] = []
    at = 0
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None:
            return None
        piece = found.group()
        out.append(ANY if piece == ".*" else ONE if piece == "." else found.group(1) or piece)
        at = found.end()
    return merge_tokens(out)
