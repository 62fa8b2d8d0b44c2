"""`minimum_should_match`: how many of the optional clauses must hold."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations

from converter.diagnostics import ParseError, Span, UnsupportedError
from converter.tree import ALWAYS, NEVER, Node, conj, disj

_MAX_CLAUSES = 1000


def least_of(spec: str | int, count: int, span: Span | None = None) -> int:
    """The number that `2`, `-1`, `75%`, `-25%` or `2<75% 9<-3` asks for, of `count` clauses. Raises `ParseError`."""
    text = re.sub(r"\s*<\s*", "<", str(spec).strip())
    if "<" in text:
        result = count
        for part in text.split():
            bound, _, rest = part.partition("<")
            if count <= _whole(bound, spec, span):
                return result
            result = least_of(rest, count, span)
        return result
    if "%" in text:
        share = math.trunc(count * _whole(text[:-1], spec, span) / 100)
        return max(0, count + share if share < 0 or text.startswith("-") else share)
    wanted = _whole(text, spec, span)
    return max(0, count + wanted if wanted < 0 else wanted)


def _whole(text: str, spec: str | int, span: Span | None) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII):
        raise ParseError(
            f"`{spec}` is no minimum_should_match", span=span, help="write a number, a percentage or `2<75%`"
        )
    return int(text)


def at_least(wanted: int, items: Sequence[Node], span: Span | None = None) -> Node:
    """At least so many of the items hold, written out. Raises `UnsupportedError` where that has too many clauses."""
    if wanted <= 0:
        return ALWAYS
    if wanted > len(items):
        return NEVER
    if wanted == 1:
        return disj(items, span)
    if math.comb(len(items), wanted) > _MAX_CLAUSES:
        raise UnsupportedError(f"{wanted} of {len(items)} clauses have too many combinations to write out", span=span)
    return disj([conj(some, span) for some in combinations(items, wanted)], span)
