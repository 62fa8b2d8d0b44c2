"""What each atom is in KQL: values behind a colon, or an operator and a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from converter.languages.kuery import writing
from converter.matching.text import analyse
from converter.matching.values import lowercase, parse_network
from converter.tree import (
    ANY,
    Bound,
    Cidr,
    DateMath,
    Exists,
    Field,
    Glob,
    Node,
    Phrase,
    Range,
    Term,
    Token,
    text_of,
)

#: What KQL has no words for, and why.
LIMITS = {
    "case-insensitive comparison": "only through a field with a lowercase normaliser (`.caseless`), or without letters",
    "`?` as a wildcard": "`*` is KQL's only wildcard",
    "regular expression": "KQL has none; a short list of texts and wildcards is written as one",
    "length of a value": "KQL has no functions",
    "script, comparison of two fields": "KQL has no expressions",
    "number of values": "KQL cannot count values",
    "both ends of a range on one value": "two clauses may be met by two values; sayable for dates and networks",
    "address test on a string field": "KQL knows networks only on fields of type ip",
    "prefix of a phrase": "only a single word can be cut short",
    "wildcard value with a blank": "off keyword fields each word becomes a clause of its own",
    "sequence, sample, pipe, aggregation": "KQL tests single events",
}

#: A range over so few whole numbers is written as a list of them.
FEW = 10


class Unsayable(Exception):
    """An atom without a form; the message says why."""


@dataclass(frozen=True, slots=True)
class Is:
    """`field:value`, any of the values."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """`field > bound`."""

    operator: str
    bound: str


Form: TypeAlias = Is | Compared


def form(node: Node, elastic: bool) -> Form:
    """The atom's form; case is settled before (`folding`). Raises `Unsayable`."""
    match node:
        case Exists(field=field):
            if field.type == "nested" or (elastic and field.type == "object"):
                raise Unsayable(f"`{field.name}:*` never matches on an object")
            return Is(("*",))
        case Glob(field=field, tokens=tokens):
            return Is((_glob(field, tokens, elastic),))
        case Phrase(field=field, tokens=words, prefix=prefix):
            return Is((_phrase(field, words, prefix, elastic),))
        case Term(field=field, value=value):
            return Is((_term(field, value),))
        case Cidr(field=field, network=network):
            if field.sort != "ip":
                raise Unsayable(f"`{field.name}` is a string, on which KQL knows no networks")
            return Is((_given(writing.literal(network), field),))
        case Range():
            return _range(node, elastic)
    raise Unsayable(_REASONS.get(type(node).__name__, f"KQL cannot say {type(node).__name__}"))


_REASONS = {
    "Regex": "KQL has no regular expressions",
    "Length": "KQL cannot ask for the length of a value",
    "Script": "KQL has no functions, arithmetic or comparisons of fields",
    "Single": "KQL cannot ask for the number of values",
}


def _given(text: str | None, field: Field) -> str:
    if text is None:
        raise Unsayable(f"a value of `{field.name}` has no spelling in KQL")
    return text


def _glob(field: Field, tokens: tuple[Token, ...], elastic: bool) -> str:
    text = text_of(tokens)
    if field.sort == "text":
        return _word(field, tokens, text, elastic)
    if field.sort not in ("string", "version", "unmapped", "any"):
        raise Unsayable(f"`{field.name}` is of type {field.type}, on which KQL takes no string")
    if text is not None:
        return _given(writing.literal(text, elastic), field)
    if tokens == (ANY,):
        if field.sort == "any":
            raise Unsayable("a lone `*` is every event")
        return "*"
    if field.flattened is not None and (len(tokens) > 2 or not isinstance(tokens[0], str)):
        raise Unsayable(f"a pattern on the key `{field.name}` would be matched against every key of its field")
    keyword = field.type in ("keyword", "keyword_lowercase")
    if elastic:
        found = writing.elastic_glob(tokens, keyword)
    else:
        found = writing.kibana_glob(tokens, one_word=not keyword)
    if found is None:
        raise Unsayable(_unsayable_glob(field, tokens, elastic, keyword))
    return found


def _unsayable_glob(field: Field, tokens: tuple[Token, ...], elastic: bool, keyword: bool) -> str:
    shown = "".join(token if isinstance(token, str) else token.value for token in tokens)
    if elastic:
        return f"the 8.19 `kql` query takes no `*` for a wildcard behind a backslash, as `{shown}` would need"
    if any(not isinstance(token, str) and token is not ANY for token in tokens):
        return f"`*` is KQL's only wildcard, and `{shown}` has a `?`"
    if not keyword:
        return f"on `{field.name}` (type {field.type}) each word of the pattern `{shown}` would stand for itself"
    return f"the pattern `{shown}` begins or ends with white space, which KQL cuts off"


def _word(field: Field, tokens: tuple[Token, ...], text: str | None, elastic: bool) -> str:
    """A pattern of one word of analysed text."""
    if text is not None:
        if analyse(text) != [text]:
            raise Unsayable(f"`{text}` is no single word of `{field.name}`")
        return _given(writing.literal(text), field)
    if tokens == (ANY,):
        return "**"
    found = writing.elastic_glob(tokens, False) if elastic else writing.kibana_glob(tokens, one_word=True)
    if found is None:
        raise Unsayable(_unsayable_glob(field, tokens, elastic, keyword=False))
    return found


def _phrase(field: Field, words: tuple[str, ...], prefix: bool, elastic: bool) -> str:
    if prefix and len(words) == 1:
        return _word(field, (words[0], ANY), None, elastic)
    text = " ".join(words)
    if prefix or tuple(analyse(text)) != words:
        raise Unsayable(
            f"the last word of the phrase `{text}` may be cut short" if prefix else f"`{text}` is no phrase"
        )
    return _given(writing.literal(text) if len(words) == 1 else writing.quoted(text), field)


def _term(field: Field, value: int | float | bool) -> str:
    match field.sort:
        case "boolean":
            return "true" if value else "false"
        case "integer" | "float":
            return repr(value)
        case "ip":
            return writing.address(int(value))
        case "date":
            return _given(writing.date_span(field, int(value), int(value)), field)
    raise Unsayable(f"`{field.name}` is of type {field.type}, which holds no such value")


def _range(node: Range, elastic: bool) -> Form:
    low, high = node.low, node.high
    if low is None and high is None:
        return Is(("*",))
    if low is not None and high is not None:
        return Is(_between(node, low, high))
    operator = (">" if low is not None else "<") + ("" if node.low_open or node.high_open else "=")
    bound = low if low is not None else high
    assert bound is not None
    return Compared(operator, _bound(node.field, operator, bound, elastic))


def _bound(field: Field, operator: str, bound: Bound, elastic: bool) -> str:
    match field.sort, bound:
        case (("string" | "text" | "version" | "unmapped"), str()):
            if field.type == "keyword_lowercase" and lowercase(bound) != bound:
                raise Unsayable(f"KQL lowers `{bound}`, as the values of `{field.name}` are lower case")
            if field.type == "constant_keyword" or field.flattened is not None:
                raise Unsayable(f"`{field.name}` is of type {field.type}, which takes no `{operator}`")
            return _given(writing.literal(bound, elastic), field)
        case (("integer" | "float"), int() | float()):
            return repr(bound)
        case "ip", int():
            return writing.address(bound)
        case "date", int() | DateMath():
            return _given(writing.date_bound(field, bound, operator in (">", "<=")), field)
    raise Unsayable(f"`{field.name}` is of type {field.type}, which takes no `{operator}` in KQL")


def _between(node: Range, low: Bound, high: Bound) -> tuple[str, ...]:
    """Both ends on one value: the span of a date, a network, a few whole numbers."""
    field = node.field
    match field.sort, low, high:
        case "date", (int() | DateMath()), (int() | DateMath()) if not node.low_open and not node.high_open:
            found = writing.date_span(field, low, high)
            if found is not None:
                return (found,)
        case "integer", int(), int() if high - low <= FEW:
            numbers = range(low + node.low_open, high + (not node.high_open))
            if numbers:
                return tuple(map(str, numbers))
        case "ip", int(), int():
            network = _network(low + node.low_open, high - node.high_open)
            if network is not None:
                return (_given(writing.literal(network), field),)
    raise Unsayable(f"KQL cannot ask that both ends of a range of `{field.name}` hold for one value")


def _network(low: int, high: int) -> str | None:
    bits = (high - low + 1).bit_length() - 1
    if low < 0 or high < low or high - low + 1 != 1 << bits or low & (high - low):
        return None
    address = writing.address(low).strip('"')
    width = (32 if "." in address else 128) - bits
    text = f"{address}/{width}"
    return text if width >= 0 and parse_network(text) == (low, high) else None
