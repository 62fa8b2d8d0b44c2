"""What a value means on a field, by the field's type.

Sources: Kibana's `is.ts` and `range.ts` (kibana@2adc277e), Elasticsearch's `KqlAstBuilder` and the answers that a real
node gave. A value that the type cannot take makes the request fail: `FieldTypeError`.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from converter.diagnostics import FieldTypeError, Span, UnsupportedError
from converter.languages.kuery.spelling import BLANK, Value
from converter.matching.dates import DateError, bounds
from converter.matching.text import analyse
from converter.matching.values import lowercase, parse_ip, parse_network
from converter.tree import (
    ANY,
    NEVER,
    Bound,
    Cidr,
    Exists,
    Field,
    Glob,
    Node,
    Phrase,
    Range,
    Term,
    Token,
    disj,
    literal,
    merge_tokens,
)

if TYPE_CHECKING:
    from converter.languages.kuery.meaning import Meaning

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BITS = {"long": 64, "integer": 32, "short": 16, "byte": 8}
_TRUTH = {"true": True, "false": False, "": False}
_KEYWORDS = ("keyword", "keyword_lowercase")


def equals(field: Field, value: Value, meaning: Meaning, span: Span) -> Node:
    """`field: value` on one field. Raises `FieldTypeError`, `UnsupportedError`."""
    if field.type in ("object", "nested") or (not field.searchable and not meaning.kibana):
        return NEVER
    if not field.searchable:
        raise FieldTypeError(
            f"`{field.name}` is neither indexed nor has doc values", span=span, help="such a field cannot be searched"
        )
    if value.wild:
        if field.type in _KEYWORDS:
            return pattern(field, value.glob, span)
        return by_words(field, value, meaning, span)
    match field.sort:
        case "string" | "version" | "unmapped":
            return Glob(field, literal(_lowered(field, value.text)), span=span)
        case "text":
            return _words(field, value.text, value.quoted, span)
        case "integer" | "float":
            number = _number(field, value)
            if (field.sort == "integer" and isinstance(number, float)) or not _held(field, number):
                return NEVER
            return Term(field, number, span=span)
        case "boolean":
            return Term(field, _truth(field, value), span=span)
        case "ip":
            return _address(field, value, span)
        case "date":
            low, high = _instants(field, value)
            if low == high and isinstance(low, int):
                return Term(field, low, span=span)
            return Range(field, low, high, span=span)
    raise _no_meaning(field, span)


def pattern(field: Field, tokens: tuple[Token, ...], span: Span) -> Node:
    """A string field's value fits the glob; a lone `*` is exists."""
    if tokens == (ANY,):
        return Exists(field, span=span)
    tokens = tuple(_lowered(field, token) if isinstance(token, str) else token for token in tokens)
    return Glob(field, tokens, span=span)


def _lowered(field: Field, text: str) -> str:
    return lowercase(text) if field.type == "keyword_lowercase" else text


def _words(field: Field, text: str, phrase: bool, span: Span) -> Node:
    """Analysed text: quoted the phrase, else any of the words; a text without words is never found."""
    tokens = tuple(analyse(text))
    if phrase or not tokens:
        return Phrase(field, tokens, span=span)
    return disj([Phrase(field, (token,), span=span) for token in dict.fromkeys(tokens)], span)


# Patterns off the keyword path: the value is a query_string, in which each word is a clause of an or.


def clauses(value: Value) -> list[tuple[Token, ...]]:
    """The clauses of the query_string: words with a star alone, words without one between them joined by a blank.

    Raises `UnsupportedError` for words that are operators there."""
    out: list[list[Token]] = []
    plain: list[str] = []
    for word in _split(value.words):
        if ANY in word:
            _flush(plain, out)
            out.append(word)
            continue
        text = "".join(map(str, word))
        if text in ("AND", "OR", "NOT") or text[0] in "<>":
            raise UnsupportedError(
                f"in `{value.text}` the word `{text}` becomes an operator of the query_string that is made of it",
                span=value.span,
                help="put the value into quotes, or split it into several conditions",
            )
        plain.append(text)
    _flush(plain, out)
    return [merge_tokens(tokens) for tokens in out]


def _flush(plain: list[str], out: list[list[Token]]) -> None:
    if plain:
        out.append([" ".join(plain)])
        plain.clear()


def _split(tokens: tuple[Token, ...]) -> list[list[Token]]:
    words: list[list[Token]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            words[-1].append(token)
            continue
        for i, part in enumerate(re.split(f"[{BLANK}]", token)):
            if i:
                words.append([])
            if part:
                words[-1].append(part)
    return [word for word in words if word]


def by_words(field: Field, value: Value, meaning: Meaning, span: Span) -> Node:
    """A value with a star on a field that is no plain keyword: any clause of the query_string."""
    return disj(dict.fromkeys(_clause(field, tokens, value, meaning, span) for tokens in clauses(value)), span)


def _clause(field: Field, tokens: tuple[Token, ...], value: Value, meaning: Meaning, span: Span) -> Node:
    if ANY not in tokens:
        return equals(field, Value("".join(map(str, tokens)), value.span), meaning, span)
    if value.lone or (tokens == (ANY,) and value.words != (ANY,)):
        return Exists(field, span=span)
    if field.sort == "text":
        return Glob(field, tuple(lowercase(t) if isinstance(t, str) else t for t in tokens), "lower", span=span)
    if field.flattened is not None:
        return _keyed(field, tokens, meaning, span)
    if field.sort in ("string", "version", "unmapped"):
        return pattern(field, tokens, span)
    raise FieldTypeError(
        f"`{field.name}` is of type {field.type}, which takes no wildcard: `{value.text}`",
        span=value.span,
        help=_without_wildcard(field, value.text),
    )


def _keyed(field: Field, tokens: tuple[Token, ...], meaning: Meaning, span: Span) -> Node:
    """A key of a flattened field: `x*` is a prefix of the key's values; else the pattern runs over `key` + value of
    every key, so `*x` finds the value under any key, and `x*y` a key that begins with x (probes objects/flattened)."""
    if len(tokens) == 2 and isinstance(tokens[0], str):
        return pattern(field, tokens, span)
    meaning.note_flattened(field, span)
    return pattern(meaning.root_of(field), tokens, span) if tokens[0] is ANY else NEVER


def _without_wildcard(field: Field, text: str) -> str:
    match field.sort:
        case "ip":
            return "write a network, for example `10.0.0.0/8`"
        case "date":
            return "write the date at its granularity, for example `2024-01-02`, or a range"
        case "integer" | "float":
            return f"write a range, for example `{field.name} >= 10`"
    return f"write one of its values in full, not `{text}`"


# Literals


def _number(field: Field, value: Value) -> int | float:
    text = value.text
    if field.sort == "float":
        text = re.sub("[dDfF]$", "", text.strip())
    if not _NUMBER.fullmatch(text):
        raise FieldTypeError(
            f"`{value.text}` is no number, and `{field.name}` is of type {field.type}",
            span=value.span,
            help="write a decimal number without wildcards",
        )
    number = float(text)
    if field.sort == "float":
        if not math.isfinite(number):
            raise FieldTypeError(f"`{value.text}` is not finite", span=value.span)
        return number
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return int(text)
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _held(field: Field, number: int | float) -> bool:
    """Whether the field's type can hold the number at all."""
    if field.type == "unsigned_long":
        return 0 <= number < 2**64
    half = 2 ** (_BITS[field.type] - 1) if field.type in _BITS else None
    return half is None or -half <= number < half


def _truth(field: Field, value: Value) -> bool:
    if value.text not in _TRUTH:
        raise FieldTypeError(
            f"`{value.text}` is no boolean, and `{field.name}` is one", span=value.span, help="write `true` or `false`"
        )
    return _TRUTH[value.text]


def _address(field: Field, value: Value, span: Span) -> Node:
    if "/" in value.text and "%" not in value.text and parse_network(value.text) is not None:
        return Cidr(field, value.text, span=span)
    return Term(field, _ip(field, value), span=span)


def _ip(field: Field, value: Value) -> int:
    address = None if "%" in value.text else parse_ip(value.text)
    if address is None:
        raise FieldTypeError(
            f"`{value.text}` is no address, and `{field.name}` is of type ip",
            span=value.span,
            help="write an address or, behind a colon, a network such as `10.0.0.0/8`",
        )
    return address


def _instants(field: Field, value: Value) -> tuple[Bound, Bound]:
    try:
        return bounds(value.text, field.type == "date_nanos", field.format)
    except DateError as error:
        raise FieldTypeError(
            f"`{value.text}` is no date, and `{field.name}` is of type {field.type}: {error}",
            span=value.span,
            help="write it like `2024-01-02`, `2024-01-02T03:04:05Z` or `now-1d/d`",
        ) from None


# Ranges


def compare(field: Field, operator: str, value: Value, span: Span) -> Node:
    """`field < value` and its kin on one field. Raises `FieldTypeError`, `UnsupportedError`."""
    if field.type in ("object", "nested") or not field.searchable:
        return NEVER
    upper, strict = operator[0] == "<", len(operator) == 1
    match field.sort:
        case "string" if field.type == "constant_keyword" or field.flattened is not None:
            raise FieldTypeError(f"`{field.name}` is of type {field.type}, which takes no `{operator}`", span=span)
        case "string" | "text" | "unmapped":
            lowers = field.type == "keyword_lowercase" or field.sort == "text"
            bound: Bound = lowercase(value.text) if lowers else value.text
        case "integer" | "float":
            bound = _number(field, value)
            if not _held(field, bound) and field.type != "unsigned_long":
                raise FieldTypeError(f"`{value.text}` is out of the range of type {field.type}", span=value.span)
        case "boolean":
            return _booleans(field, operator, _truth(field, value), span)
        case "ip":
            bound = _ip(field, value)
        case "date":
            low, high = _instants(field, value)
            bound = high if upper != strict else low
        case "version":
            raise UnsupportedError(
                f"`{field.name}` is of type version, whose order is not modelled", span=span, help="list the versions"
            )
        case _:
            raise _no_meaning(field, span)
    if upper:
        return Range(field, None, bound, high_open=strict, span=span)
    return Range(field, bound, None, low_open=strict, span=span)


def _booleans(field: Field, operator: str, bound: bool, span: Span) -> Node:
    """False is less than true."""
    tests = {"<": bool.__lt__, "<=": bool.__le__, ">": bool.__gt__, ">=": bool.__ge__}
    kept = [Term(field, truth, span=span) for truth in (False, True) if tests[operator](truth, bound)]
    return Exists(field, span=span) if len(kept) == 2 else disj(kept, span)


def _no_meaning(field: Field, span: Span) -> UnsupportedError:
    return UnsupportedError(
        f"`{field.name}` is of type {field.type}, whose values are not modelled",
        span=span,
        help="only `field: *` is known for it",
    )
