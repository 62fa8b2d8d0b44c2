r"""Atoms of a tree as values of a query string, behind their field's name.

Traps that the forms avoid: a value that begins with `<` or `>` is a range unless it is quoted; a backslash before the
slash that ends an expression takes the slash in, so a last backslash is written `[\\]`; case is folded only by classes
of letters; a lone `*` is exists; on analysed text words are analysed unless they stand in an expression.
"""

from __future__ import annotations

import re

from converter.matching.dates import DateError, bounds
from converter.matching.dates import text_of as date_text
from converter.matching.saying import (
    Unsayable,
    address_text,
    check_regex,
    check_string,
    length_text,
    network_text,
    regex_text,
    stored,
)
from converter.matching.text import analyse
from converter.matching.values import lowercase
from converter.tree import (
    ANY,
    ONE,
    Cidr,
    DateMath,
    Exists,
    Field,
    Glob,
    Length,
    Node,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
    Token,
    Wild,
    text_of,
)
from converter.tree.nodes import Bound
from converter.tree.regex import parse_text
from converter.tree.regex_render import glob_to_lucene, lucene_text

_SPECIAL = frozenset('+-=&|!(){}[]^"~*?:\\/<> \t\n\r\u3000')
_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@$%,;-]*")
_PLAIN_END = re.compile(r"[A-Za-z0-9_.:-]+")
_OPERATORS = {"AND", "OR", "NOT", "TO"}


def value(node: Node) -> str | None:
    """What stands behind `field:`; None where nothing can match; `*` where the field must only exist. Raises
    `Unsayable`, `ConverterError`."""
    match node:
        case Glob():
            return _glob(node)
        case Regex(field=field):
            return _expression(field, regex_text(node))
        case Term(field=field, value=found):
            return _term(field, found)
        case Range():
            return _range(node)
        case Cidr(field=field, network=network):
            return _cidr(field, network)
        case Length(field=field, low=low, high=high):
            pattern = length_text(field, low, high)
            return "*" if pattern is None else _expression(field, pattern)
        case Phrase(field=field, tokens=tokens, prefix=prefix):
            return _phrase(field, tokens, prefix)
        case Exists():
            return "**"
        case Single(field=field):
            raise Unsayable(
                f"that `{field.name}` has a single value", "ES|QL can say it; or declare the field single-valued"
            )
        case Script():
            raise Unsayable("a function of several fields or values", "only EQL and ES|QL can say it")
    raise Unsayable(f"a node {type(node).__name__}")


def field_name(name: str) -> str:
    """A field's name as it stands before the colon."""
    if "*" in name:
        raise Unsayable(f"the field name `{name}`, which is read as a pattern")
    return escaped(name)


def escaped(text: str) -> str:
    return "".join("\\" + char if char in _SPECIAL else char for char in text)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain_word(text: str) -> str:
    """A literal value, in quotes unless it is a plain word."""
    return text if _PLAIN.fullmatch(text) and text not in _OPERATORS else quoted(text)


# Strings


def _glob(node: Glob) -> str | None:
    field = node.field
    check_string(field)
    found = stored(field, node.tokens, node.fold)
    if found is None:
        return None
    tokens, fold = found
    if fold != "none":
        return _expression(field, glob_to_lucene(tokens, fold))
    if field.sort == "text":
        return _word(field, tokens)
    text = text_of(tokens)
    if text is not None:
        return plain_word(text)
    if tokens == (ANY,) and field.sort != "any":
        return "*"
    if field.flattened is not None and not _is_prefix(tokens):
        raise Unsayable(f"a wildcard on `{field.name}`, a key of the flattened `{field.flattened}`")
    return _wildcard(tokens)


def _is_prefix(tokens: tuple[Token, ...]) -> bool:
    return len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is ANY


def _wildcard(tokens: tuple[Token, ...]) -> str:
    if tokens == (ANY,):
        return "**"
    return "".join(token.value if isinstance(token, Wild) else escaped(token) for token in tokens)


def _word(field: Field, tokens: tuple[Token, ...]) -> str | None:
    """A pattern for single words of analysed text."""
    if not tokens:
        return None
    text = text_of(tokens)
    if text is not None:
        return plain_word(text) if analyse(text) == [text] else _expression(field, glob_to_lucene(tokens))
    if _is_prefix(tokens) and analyse(str(tokens[0])) != [tokens[0]]:
        return _expression(field, glob_to_lucene(tokens))
    return _wildcard(tokens)


def _phrase(field: Field, tokens: tuple[str, ...], prefix: bool) -> str | None:
    if not tokens or field.sort not in ("text", "unmapped"):
        return None
    if len(tokens) == 1:
        return _word(field, (*tokens, ANY) if prefix else tokens)
    if prefix:
        raise Unsayable("a phrase whose last word is a beginning", "a quoted phrase takes whole words only")
    text = " ".join(tokens)
    if tuple(analyse(text)) != tokens:
        raise Unsayable(f"the words `{text}` one behind the other", "the analyser cuts them otherwise")
    return quoted(text)


def _expression(field: Field, pattern: str) -> str:
    r"""`/pattern/`. A slash stays inside behind a backslash; a last backslash is `[\\]`."""
    if '"' in pattern and ("/" in pattern or pattern.endswith("\\")):
        pattern = lucene_text(parse_text(pattern))
    pattern = re.sub(r"(?<!\\)/", r"\\/", pattern)
    if pattern.endswith("\\\\"):
        pattern = pattern[:-2] + "[\\\\]"
    check_regex(field, pattern)
    return f"/{pattern}/"


# Values of other types


def _term(field: Field, found: int | float | bool) -> str:
    match field.sort:
        case "boolean":
            return "true" if found else "false"
        case "ip":
            return plain_word(address_text(int(found)))
        case "date":
            text = _date(field, int(found))
            if _instants(field, text) != (found, found):
                raise Unsayable(f"an instant of `{field.name}`, whose format is `{field.format}`")
            return quoted(text)
    return plain_word(str(found))


def _cidr(field: Field, network: str) -> str | None:
    if field.sort not in ("ip", "unmapped"):
        raise Unsayable(
            f"a network on `{field.name}`, which is of type {field.type}", "only fields of type ip know networks"
        )
    shown = network_text(network)
    return None if shown is None else quoted(shown)


def _range(node: Range) -> str | None:
    field, low, high = node.field, node.low, node.high
    if field.sort == "any":
        raise Unsayable(f"an order of the values of `{field.name}`")
    if low == "" and not node.low_open:
        low = None
    if high == "":
        if node.high_open or low is not None:
            return None
        return None if field.sort == "text" else '""'
    if low is None and high is None:
        return "*" if field.sort != "text" or node.low is None else "**"
    if field.flattened is not None and (low is None or high is None):
        raise Unsayable(f"a range with one end on `{field.name}`, a key of the flattened `{field.flattened}`")
    if low == "" and high is None:
        return _wildcard((ONE, ANY))
    one_sided = isinstance(low if high is None else high, int | float) and (low is None or high is None)
    if one_sided and field.is_number:
        return f">{'' if node.low_open else '='}{low}" if high is None else f"<{'' if node.high_open else '='}{high}"
    first = "*" if low is None else _end(field, low, node.low_open)
    last = "*" if high is None else _end(field, high, not node.high_open)
    return f"{'{' if node.low_open else '['}{first} TO {last}{'}' if node.high_open else ']'}"


def _end(field: Field, end: Bound, last: bool) -> str:
    """An end of a range in brackets; `last`: where the end of a date's span is meant."""
    if isinstance(end, DateMath):
        if "/" in end.text and end.round_up != last:
            raise Unsayable(f"`{end.text}` rounded {'up' if end.round_up else 'down'} at this end of a range")
        if end.zone != "UTC":
            raise Unsayable(f"`{end.text}` in the time zone {end.zone}", "a rule's query counts in UTC")
        return end.text
    if isinstance(end, str):
        return _text_end(field, end)
    match field.sort:
        case "ip":
            return quoted(address_text(int(end)))
        case "date":
            text = _date(field, int(end))
            if _instants(field, text)[last] != end:
                raise Unsayable(f"an instant of `{field.name}`, whose format is `{field.format}`")
            return quoted(text)
    return str(end)


def _text_end(field: Field, text: str) -> str:
    if (field.type == "keyword_lowercase" or field.sort == "text") and lowercase(text) != text:
        raise Unsayable(f"a range with capitals on `{field.name}`, whose values are lowered")
    if text in ("", "*"):
        raise Unsayable(f"`{text}` as an end of a range", "no escape makes it one")
    if _PLAIN_END.fullmatch(text) and text != "TO":
        return text
    if not text.endswith("\\"):
        return quoted(text)
    if any(char in text for char in ' ]}"\t\r\n\u3000'):
        raise Unsayable(f"`{text}` as an end of a range", "blanks, brackets and a last backslash do not go together")
    return text.replace("\\", "\\\\")


def _date(field: Field, instant: int) -> str:
    """The instant as the field's format reads it: as ISO, else as a count of milliseconds or seconds."""
    nanos = field.type == "date_nanos"
    millis = instant // 10**6 if nanos else instant
    for text in (date_text(instant, nanos), str(millis), str(millis // 1000)):
        found = _instants(field, text)
        if found[0] == instant:
            return text
    raise Unsayable(f"an instant of `{field.name}`, whose format is `{field.format}`")


def _instants(field: Field, text: str) -> tuple[Bound | None, Bound | None]:
    try:
        return bounds(text, field.type == "date_nanos", field.format)
    except DateError:
        return None, None
