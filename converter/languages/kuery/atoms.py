"""What a value means on a field, by the field's type.

Sources: Kibana's `is.ts` and `range.ts` (kibana@2adc277e), Elasticsearch's `KqlAstBuilder` and the answers that a real
node gave. A value that the type cannot take makes the request fail: `FieldTypeError`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from converter.diagnostics import FieldTypeError, Span, UnsupportedError
from converter.languages.kuery.spelling import BLANK, Value
from converter.matching import typed
from converter.matching.values import lowercase
from converter.tree import ANY, NEVER, Exists, Field, Glob, Node, Phrase, Range, Token, disj, merge_tokens

if TYPE_CHECKING:
    from converter.languages.kuery.meaning import Meaning

_KEYWORDS = ("keyword", "keyword_lowercase")


def findable(field: Field) -> bool:
    """Whether Elasticsearch can search the field at all."""
    return field.indexed if field.sort == "text" else field.searchable


def equals(field: Field, value: Value, meaning: Meaning, span: Span) -> Node:
    """`field: value` on one field. Raises `FieldTypeError`, `UnsupportedError`."""
    if field.type in ("object", "nested") or not (findable(field) or meaning.kibana):
        return NEVER
    if value.wild:
        if field.type in _KEYWORDS:
            return pattern(field, value.glob, span)
        return by_words(field, value, meaning, span)
    if field.sort == "text":
        return typed.match_words(field, value.text, span, phrase=value.quoted) or Phrase(field, (), span=span)
    return typed.equals(field, value.text, span=span, zone=meaning.zone)


def pattern(field: Field, tokens: tuple[Token, ...], span: Span) -> Node:
    """A string field's value fits the glob; a lone `*` is exists."""
    if tokens == (ANY,):
        return Exists(field, span=span)
    if field.type == "keyword_lowercase":
        tokens = tuple(lowercase(token) if isinstance(token, str) else token for token in tokens)
    return Glob(field, tokens, span=span)


# Patterns off the keyword path: the value is a query_string, in which each word is a clause of an or.


def clauses(value: Value) -> list[tuple[Token, ...]]:
    """The clauses of the query_string: words with a star alone, words without one between them joined by a blank.
    Stars are not merged: only a single `*` is exists. Raises `UnsupportedError` for words that are operators there."""
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
    return list(map(tuple, out))


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
    return disj(dict.fromkeys(clause(field, tokens, value, meaning, span) for tokens in clauses(value)), span)


def clause(field: Field, tokens: tuple[Token, ...], value: Value, meaning: Meaning, span: Span) -> Node:
    if ANY not in tokens:
        return equals(field, Value("".join(map(str, tokens)), value.span), meaning, span)
    if tokens == (ANY,):
        return Exists(field, span=span)
    tokens = merge_tokens(tokens)
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
    every key, so `*x` finds the value under any key, and `*x*` or `x*y` a key too (probes objects/flattened)."""
    if len(tokens) == 2 and isinstance(tokens[0], str):
        return pattern(field, tokens, span)
    meaning.note_flattened(field, span)
    root = meaning.root_of(field)
    return pattern(root, tokens, span) if typed.tells_values(tokens) else Glob(typed.keyed(root), tokens, span=span)


def _without_wildcard(field: Field, text: str) -> str:
    match field.sort:
        case "ip":
            return "write a network, for example `10.0.0.0/8`"
        case "date":
            return "write the date at its granularity, for example `2024-01-02`, or a range"
        case "integer" | "float":
            return f"write a range, for example `{field.name} >= 10`"
    return f"write one of its values in full, not `{text}`"


# Ranges


def compare(field: Field, operator: str, value: Value, meaning: Meaning, span: Span) -> Node:
    """`field < value` and its kin on one field. Raises `FieldTypeError`."""
    if field.type in ("object", "nested") or not (findable(field) or meaning.kibana):
        return NEVER
    if field.type == "constant_keyword":
        raise FieldTypeError(f"`{field.name}` is of type constant_keyword, which takes no `{operator}`", span=span)
    strict = len(operator) == 1
    low, high = (None, value.text) if operator[0] == "<" else (value.text, None)
    if field.sort == "version":
        return Range(field, low, high, strict and low is not None, strict and high is not None, span=span)
    return typed.between(field, low, high, strict, strict, span, zone=meaning.zone)
