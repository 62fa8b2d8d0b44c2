"""What renderers for Elasticsearch's queries share: how a field's stored values change what must be written."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import replace

from converter.matching.effort import MAX_DEPTH, text_too_complex
from converter.matching.literals import INTEGER_RANGES
from converter.matching.values import fold_ascii, lowercase, parse_network
from converter.tree import (
    ALWAYS,
    NEVER,
    And,
    Cidr,
    DateMath,
    Field,
    Fold,
    Glob,
    Length,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Term,
    Token,
    conj,
    disj,
    negate,
    text_of,
    transform,
)
from converter.tree.regex import parse_regex
from converter.tree.regex_render import node_to_lucene

MAX_REGEX = 1000


class Unsayable(Exception):
    """An atom without a form; `help` is what to do instead."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


def tidy(node: Node) -> Node:
    """The same tree without groups inside groups of their kind, doubled negations, constants inside, and atoms that
    no value can pass; ranges over whole numbers with their ends in."""

    def flat(item: Node) -> Node:
        match item:
            case And(items=items, span=span):
                return conj([part for part in items if part != ALWAYS], span) if NEVER not in items else NEVER
            case Or(items=items, span=span):
                return disj([part for part in items if part != NEVER], span) if ALWAYS not in items else ALWAYS
            case Not(item=inner, span=span):
                return negate(inner, span)
        return settled(item)

    return transform(node, flat)


def settled(node: Node) -> Node:
    """An atom in its plainest form; NEVER where no value can pass."""
    match node:
        case Glob(field=field, tokens=tokens, fold=fold):
            found = stored(field, tokens, fold)
            if found is None or (field.sort == "text" and not tokens):
                return NEVER
            text = text_of(found[0])
            if field.sort == "text":
                return (
                    replace(node, tokens=found[0], fold="lower")
                    if text is None
                    else Phrase(field, (text,), span=node.span)
                )
            return replace(node, tokens=found[0], fold=found[1])
        case Phrase(field=field, tokens=tokens):
            dead = not tokens or any(lowercase(token) != token or not token for token in tokens)
            return NEVER if dead or field.sort not in ("text", "unmapped") else node
        case Length(low=low, high=high) if high is not None and high < (low or 0):
            return NEVER
        case Cidr(network=network) if parse_network(network) is None:
            return NEVER
        case Range(field=field) if field.sort in ("integer", "ip", "date"):
            return _whole(node)
    return node


def _whole(node: Range) -> Node:
    """A range over values that have neighbours."""
    low, high = node.low, node.high
    if isinstance(low, str | DateMath) or isinstance(high, str | DateMath):
        return node
    first = None if low is None else math.floor(low) + 1 if node.low_open else math.ceil(low)
    last = None if high is None else math.ceil(high) - 1 if node.high_open else math.floor(high)
    if node.field.sort == "integer":
        least, beyond = INTEGER_RANGES[node.field.type]
        if (first is not None and first >= beyond) or (last is not None and last < least):
            return NEVER
        first = None if first is not None and first < least else first
        last = None if last is not None and last >= beyond else last
    if first is not None and last is not None and first >= last:
        return Term(node.field, first, span=node.span) if first == last else NEVER
    if node.field.sort == "integer":
        return Range(node.field, first, last, span=node.span)
    return node


def stored(field: Field, tokens: tuple[Token, ...], fold: Fold) -> tuple[tuple[Token, ...], Fold] | None:
    """The pattern as it must be written for a field whose values are lowered on ingest, its fold resolved; None where
    no value can fit (a capital in a pattern that is not folded). Other fields: as it is."""
    if field.type != "keyword_lowercase" and field.sort != "text":
        letters = any(isinstance(t, str) and any(c.isascii() and c.isalpha() for c in t) for t in tokens)
        return tokens, fold if letters or fold == "lower" else "none"
    if fold == "ascii":
        tokens = tuple(fold_ascii(t) if isinstance(t, str) else t for t in tokens)
    if any(isinstance(t, str) and lowercase(t) != t for t in tokens):
        return None
    return tokens, "none"


def address_text(address: int) -> str:
    """A 128-bit address as text, IPv4 in dots."""
    if address >> 32 == 0xFFFF:
        return str(ipaddress.IPv4Address(address & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address(address))


def network_text(network: str) -> str | None:
    """A network as Elasticsearch takes it (IPv4 never as IPv6, host bits off); a single address alone; None where it
    is none."""
    ends = parse_network(network)
    if ends is None:
        return None
    first, last = ends
    if first == last:
        return address_text(first)
    bits = 128 - (last - first).bit_length()
    return f"{address_text(first)}/{bits - 96 if first >> 32 == 0xFFFF else bits}"


def check_string(field: Field) -> None:
    """Raises `Unsayable` where the field holds no strings."""
    if field.sort not in ("string", "text", "version", "unmapped", "any"):
        raise Unsayable(
            f"a test of the text of `{field.name}`, which is of type {field.type}", "compare it with values of its type"
        )


def regex_text(node: Regex, *, expand_case: bool = True) -> str:
    """The expression in Lucene's syntax as it must be written for the field. Raises `Unsayable`, `ConverterError`."""
    check_string(node.field)
    pattern = node_to_lucene(node, expand_case=expand_case)
    if node.field.type != "keyword_lowercase" or lowercase(pattern) == pattern:
        return pattern
    lowered = lowercase(pattern)
    if node.fold == "ascii" and parse_regex(Regex(node.field, lowered, fold="ascii")) == parse_regex(node):
        return lowered
    raise Unsayable(
        f"a regular expression with capitals on `{node.field.name}`, whose values and patterns are lowered",
        "write it in lower case, and classes such as \\D as [^0-9]",
    )


def check_regex(field: Field, pattern: str) -> None:
    """Raises `Unsayable` for an expression that an index refuses."""
    if field.flattened is not None:
        raise Unsayable(f"a regular expression on `{field.name}`, a key of the flattened `{field.flattened}`")
    if len(pattern) > MAX_REGEX:
        raise Unsayable(
            f"a regular expression of {len(pattern)} characters", f"an index takes {MAX_REGEX}; split the condition"
        )
    if text_too_complex(pattern):
        raise Unsayable("a regular expression that an index refuses as too complex", "split the condition")


def length_text(field: Field, low: int | None, high: int | None) -> str | None:
    """A length in characters as an expression; None where every value has it. Raises `Unsayable`."""
    check_string(field)
    if max(low or 0, high or 0) > MAX_DEPTH:
        raise Unsayable(f"a length of `{field.name}` beyond 1,000 characters", "an index refuses such an expression")
    if high is None:
        return None if not low and field.sort != "text" else f".{{{low or 0},}}"
    if high < (low or 0):
        return "#"
    return f".{{{low}}}" if low == high else f".{{{low or 0},{high}}}"
