"""What Elasticsearch's field types make of a query's values: the leaf queries, as nodes of the tree.

Every function takes the field and the value as the query gives it and raises `FieldTypeError` (with the span) where a
real index answers with an error. A field without a mapping, and an object, is never found and never complains.
Evidence: recorded answers of an Elasticsearch 8.19 node and its documentation of the field types.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from converter.diagnostics import FieldTypeError, Span
from converter.matching.literals import (
    INTEGER_RANGES,
    Scalar,
    boolean_of,
    date_formats,
    decimal_of,
    end_of,
    instants_of,
    ip_of,
    number_of,
    text_of,
)
from converter.matching.text import analyse
from converter.matching.values import fold_ascii, lowercase, parse_network
from converter.tree import (
    ANY,
    NEVER,
    ONE,
    Bound,
    Cidr,
    Exists,
    Field,
    Fold,
    Glob,
    Node,
    Phrase,
    Range,
    Regex,
    Term,
    Token,
    conj,
    disj,
    literal,
    merge_tokens,
)

_MAX_REGEX = 1000


def absent(field: Field) -> bool:
    """Whether nothing can ever be found by the name itself: unmapped, or an object around other fields."""
    return field.type in ("unmapped", "object", "nested")


def _ready(field: Field, span: Span | None, what: str) -> None:
    """Raises where no leaf query works on the field: not indexed at all, or of a type without values to test."""
    if not (field.indexed if field.sort == "text" else field.searchable):
        raise FieldTypeError(
            f"`{field.name}` cannot be searched: it has no index", span=span, help="the mapping turns `index` off"
        )
    if field.sort not in ("string", "text", "integer", "float", "boolean", "ip", "date", "version"):
        raise FieldTypeError(f"`{field.name}` of type {field.type} takes no {what}", span=span)


def _string_only(field: Field, span: Span | None, what: str) -> None:
    _ready(field, span, what)
    if field.sort not in ("string", "text", "version"):
        raise FieldTypeError(
            f"`{field.name}` of type {field.type} takes no {what}", span=span,
            help="only keyword, text and wildcard fields do",
        )  # fmt: skip


def _keyed(field: Field, span: Span | None, what: str) -> FieldTypeError:
    return FieldTypeError(f"`{field.name}`, a key of the flattened `{field.flattened}`, takes no {what}", span=span)


def fold_for(field: Field, text: Iterable[Token] | str, fold: Fold) -> Fold:
    """The fold that the pattern needs: none where it holds no ASCII letter or the field is lowered anyway."""
    letters = any(isinstance(t, str) and any(c.isascii() and c.isalpha() for c in t) for t in text)
    return fold if letters and field.type != "keyword_lowercase" else "none"


def exists(field: Field, span: Span | None = None) -> Node:
    """The field has a value; false for one that is not indexed in any way."""
    if field.type in ("unmapped", "binary") or not (field.indexed if field.sort == "text" else field.searchable):
        return NEVER
    return Exists(field, span=span)


def equals(
    field: Field,
    value: Scalar,
    fold: Fold = "none",
    span: Span | None = None,
    zone: str | None = None,
    *,
    listed: bool = False,
) -> Node:
    """A `term` query: the whole value, one word of a text field, a network for an ip, the span of a date.
    `listed`: one of a `terms` query."""
    text = text_of(value)
    if absent(field):
        return Glob(field, literal(text), span=span) if field.type == "unmapped" else NEVER
    _ready(field, span, "search for a value")
    if fold != "none" and field.sort not in ("string", "text", "version", "boolean"):
        raise FieldTypeError(
            f"`{field.name}` of type {field.type} cannot be searched case-insensitively", span=span,
            help="leave `case_insensitive` out",
        )  # fmt: skip
    match field.sort:
        case "text":
            return word(field, literal(text), fold, span)
        case "integer" | "float":
            number = number_of(field, value, span, listed=listed)
            return NEVER if number is None else Term(field, number, span=span)
        case "boolean":
            return Term(field, boolean_of(field, value, span), span=span)
        case "ip":
            return _address(field, text, span)
        case "date":
            low, high = instants_of(field, value, span, zone)
            if low == high and isinstance(low, int):
                return Term(field, low, span=span)
            return Range(field, low, high, span=span)
    text = lowercase(text) if field.type == "keyword_lowercase" else text
    return Glob(field, literal(text), fold_for(field, (text,), fold), span=span)


def word(field: Field, tokens: tuple[Token, ...], fold: Fold = "none", span: Span | None = None) -> Node:
    """One word of a text field fits the pattern, which is not analysed; words of the index are in lower case."""
    if fold == "ascii":
        tokens = tuple(fold_ascii(t) if isinstance(t, str) else t for t in tokens)
    if any(isinstance(t, str) and lowercase(t) != t for t in tokens) or not tokens:
        return NEVER
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return Phrase(field, (tokens[0],), span=span)
    return Glob(field, tokens, "lower", span=span)


def prefix(field: Field, text: str, fold: Fold = "none", span: Span | None = None) -> Node:
    """A `prefix` query; "" takes every value."""
    return pattern(field, merge_tokens([text, ANY]), fold, span, what="search for a prefix")


def pattern(
    field: Field,
    tokens: tuple[Token, ...],
    fold: Fold = "none",
    span: Span | None = None,
    *,
    what: str = "wildcard",
) -> Node:
    """A `wildcard` query with its tokens read (`wildcard_tokens`); the empty pattern takes nothing."""
    if absent(field):
        return Glob(field, tokens, span=span) if field.type == "unmapped" else NEVER
    _string_only(field, span, what)
    if field.flattened is not None and what == "wildcard":
        raise _keyed(field, span, "wildcard")
    if not tokens:
        return NEVER
    if field.sort == "text":
        return word(field, tokens, fold, span)
    if tokens == (ANY,):
        return exists(field, span)
    if field.type == "keyword_lowercase":
        tokens = tuple(lowercase(t) if isinstance(t, str) else t for t in tokens)
    return Glob(field, tokens, fold_for(field, tokens, fold), span=span)


def tells_values(tokens: tuple[Token, ...]) -> bool:
    """Whether a pattern over `key` + NUL + value is one over the value alone: `*x`, and `*`."""
    head, *rest = tokens
    return head is ANY and len(rest) < 2 and all(isinstance(part, str) and "\0" not in part for part in rest)


def keyed(root: Field) -> Field:
    """The pairs of a flattened field, over which a pattern on one of its keys is matched."""
    return replace(root, type="keyed", flattened=root.name)


def wildcard_tokens(text: str, lower: Literal["no", "plain", "all"] = "no") -> tuple[Token, ...]:
    """The tokens of a wildcard query's pattern: `*`, `?`, a backslash before any character, a last one itself.

    `lower`: "all" of it, or only what is "plain", as query_string does for fields that lower their values."""
    out: list[Token] = []
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "*":
            out.append(ANY)
        elif char == "?":
            out.append(ONE)
        elif char == "\\" and at < len(text):
            out.append(lowercase(text[at]) if lower == "all" else text[at])
            at += 1
        else:
            out.append(char if lower == "no" else lowercase(char))
    return merge_tokens(out)


def regexp(
    field: Field,
    text: str,
    fold: Fold = "none",
    span: Span | None = None,
    flags: frozenset[str] | None = None,
) -> Node:
    """A `regexp` query, Lucene's syntax with the operators of `flags` (None: all). Raises `ParseError` too."""
    from converter.matching.effort import text_too_complex
    from converter.tree.regex import parse_text
    from converter.tree.regex_lucene import OPERATORS, parse_lucene
    from converter.tree.regex_render import lucene_text

    if not absent(field):
        _string_only(field, span, "regular expression")
        if field.flattened is not None:
            raise _keyed(field, span, "regular expression")
    if fold != "none" and field.mapped and not field.indexed:
        raise FieldTypeError(
            f"`{field.name}` has no index, and its doc values take no case-insensitive regular expression", span=span
        )
    if field.type == "keyword_lowercase":
        text = lowercase(text)
    if len(text) > _MAX_REGEX:
        raise FieldTypeError(
            f"the regular expression has {len(text)} characters", span=span, help=f"an index takes {_MAX_REGEX} at most"
        )
    if flags is not None and flags != OPERATORS:
        rx = parse_lucene(text, flags=flags)
        text = text if rx == _quietly(text) else lucene_text(rx)
    rx = parse_text(text)
    if text_too_complex(text):
        raise FieldTypeError("the regular expression is too complex for an index", span=span, help="split it")
    if absent(field) and field.type != "unmapped":
        return NEVER
    voids = fold != "none" and (not text or "()" in text or '""' in text)  # which take nothing where case is folded
    return Regex(field, text, "lucene", fold if voids else fold_for(field, (text,), fold), span=span)


def _quietly(text: str) -> object:
    from converter.diagnostics import ParseError
    from converter.tree.regex_lucene import parse_lucene

    try:
        return parse_lucene(text)
    except ParseError:
        return None


def between(
    field: Field,
    low: Scalar | None,
    high: Scalar | None,
    low_open: bool = False,
    high_open: bool = False,
    span: Span | None = None,
    *,
    zone: str | None = None,
    formats: str | None = None,
    lower: bool = False,
) -> Node:
    """A `range` query. Without ends it is exists. `lower`: query_string lowers the ends on a text field."""
    if field.type in ("object", "nested"):
        return NEVER
    if field.type != "unmapped":
        if low is None and high is None:
            return exists(field, span)
        _ready(field, span, "range")
        if field.flattened is not None and (low is None or high is None):
            raise FieldTypeError(
                f"a range on `{field.name}`, a key of the flattened `{field.flattened}`, needs both ends", span=span
            )
    if formats is None and any(date_formats(field, end) != field.format for end in (low, high) if end is not None):
        formats = "epoch_millis"  # a number at one end, and both are read so
    match field.sort:
        case "integer":
            return _integers(field, low, high, low_open, high_open, span)
        case "float":
            return _reals(field, low, high, low_open, high_open, span)
        case "boolean":
            return _booleans(field, low, high, low_open, high_open, span)
    return Range(
        field,
        None if low is None else _end(field, low, low_open, span, zone, formats, lower),
        None if high is None else _end(field, high, not high_open, span, zone, formats, lower),
        low_open and low is not None,
        high_open and high is not None,
        span=span,
    )


def _end(
    field: Field, value: Scalar, last: bool, span: Span | None, zone: str | None, formats: str | None, lower: bool
) -> Bound:
    """An end of a range over strings, addresses or dates; `last`: the end of a date's span."""
    text = text_of(value)
    match field.sort:
        case "ip":
            return ip_of(field, text, span)
        case "date":
            return instants_of(field, value, span, zone, formats)[last]
    lowers = field.type == "keyword_lowercase" or (lower and field.sort == "text")
    return lowercase(text) if lowers else text


def match_words(
    field: Field,
    value: Scalar,
    span: Span | None = None,
    *,
    every: bool = False,
    phrase: bool = False,
    least: str | None = None,
    zone: str | None = None,
) -> Node | None:
    """A `match` or `match_phrase` query; None where an analysed text has no words. `every`: all words, not any;
    `least`: a minimum_should_match."""
    if field.type in ("object", "nested"):
        return NEVER
    if field.sort != "text":
        return equals(field, value, span=span, zone=zone)
    tokens = tuple(analyse(text_of(value)))
    if not tokens:
        return None
    _ready(field, span, "match")
    if phrase or len(tokens) == 1:
        return Phrase(field, tokens, span=span)
    single: list[Node] = [Phrase(field, (token,), span=span) for token in tokens]
    if every:
        return conj(dict.fromkeys(single), span)
    if least is not None:
        from converter.matching.counting import at_least, least_of

        return at_least(max(1, least_of(least, len(single))), single, span)
    return disj(dict.fromkeys(single), span)


def _integers(
    field: Field, low: Scalar | None, high: Scalar | None, low_open: bool, high_open: bool, span: Span | None
) -> Node:
    """A range over whole numbers, ends written as whole numbers that are in."""
    least, beyond = INTEGER_RANGES["integer" if field.type in ("short", "byte") else field.type]
    ends: list[int | None] = []
    for end, open_, up in ((low, low_open, True), (high, high_open, False)):
        if end is None:
            ends.append(None)
            continue
        exact = decimal_of(field, end, span)
        if field.type != "unsigned_long" and not least <= int(exact) < beyond:
            raise FieldTypeError(f"`{text_of(end)}` is out of the range of type {field.type}", span=span)
        whole = exact == exact.to_integral_value()
        number = math.ceil(exact) if up else math.floor(exact)
        ends.append(number + (1 if up else -1) if whole and open_ else number)
    first, last = ends
    top = max(beyond, 2**63)  # a byte field's range is read as an integer's, its values are not
    if (first is not None and first >= top) or (last is not None and last < min(least, 0) and last < least):
        return NEVER
    if first is not None and last is not None and first > last:
        return NEVER
    if first is not None and first == last:
        return Term(field, first, span=span)
    return Range(field, first, last, span=span)


def _reals(
    field: Field, low: Scalar | None, high: Scalar | None, low_open: bool, high_open: bool, span: Span | None
) -> Node:
    """A range over fractions; an infinite end is none, or beyond every value."""
    first = None if low is None else end_of(field, low, span, True, low_open)
    last = None if high is None else end_of(field, high, span, False, high_open)
    if field.scaling is not None:
        low_open = high_open = False
    if first == math.inf or last == -math.inf:
        return NEVER
    first, last = (None if end is None or math.isinf(end) else end for end in (first, last))
    return Range(field, first, last, low_open and first is not None, high_open and last is not None, span=span)


def _booleans(
    field: Field, low: Scalar | None, high: Scalar | None, low_open: bool, high_open: bool, span: Span | None
) -> Node:
    """False is less than true."""
    first = None if low is None else boolean_of(field, low, span)
    last = None if high is None else boolean_of(field, high, span)
    kept: list[Node] = []
    for truth in (False, True):
        above = first is None or (truth > first if low_open else truth >= first)
        below = last is None or (truth < last if high_open else truth <= last)
        if above and below:
            kept.append(Term(field, truth, span=span))
    return Exists(field, span=span) if len(kept) == 2 else disj(kept, span)


def _address(field: Field, text: str, span: Span | None) -> Node:
    if "/" not in text:
        return Term(field, ip_of(field, text, span), span=span)
    ends = None if "%" in text else parse_network(text)
    if ends is None:
        raise FieldTypeError(
            f"`{text}` is no network, and `{field.name}` is of type ip", span=span, help="write it like `10.0.0.0/8`"
        )
    if ":" in text and ends[0] >> 32 == 0xFFFF:
        raise FieldTypeError(
            f"`{text}` writes an IPv4 network as IPv6, which Elasticsearch refuses", span=span,
            help="write it like `10.0.0.0/8`",
        )  # fmt: skip
    if ends[0] == ends[1]:
        return Term(field, ends[0], span=span)
    return Cidr(field, text, span=span)
