"""Atoms of a tree as leaf queries of the Query DSL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.fields import Fields
from converter.matching.dates import text_of as date_text
from converter.matching.literals import Scalar
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
    ANY_FIELD,
    Cidr,
    DateMath,
    Exists,
    Field,
    Fold,
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
from converter.tree.regex_render import glob_to_lucene

ISO = "strict_date_optional_time"
NOTHING: Mapping[str, Any] = {"match_none": {}}


def atom(node: Node, fields: Fields) -> dict[str, Any]:
    """The leaf query for a node that tests one field. Raises `Unsayable`."""
    if getattr(node, "field", None) == ANY_FIELD:
        return _anywhere(node, fields)
    match node:
        case Exists(field=field):
            return {"exists": {"field": field.name}}
        case Glob():
            return _glob(node)
        case Regex():
            return _regex(node)
        case Term(field=field, value=value):
            return _term(field, value)
        case Range():
            return _range(node)
        case Cidr(field=field, network=network):
            return _cidr(field, network)
        case Length(field=field, low=low, high=high):
            return _length(field, low, high)
        case Phrase(field=field, tokens=tokens, prefix=prefix):
            return _phrase(field, tokens, prefix)
        case Single(field=field):
            raise Unsayable(
                f"that `{field.name}` has a single value", "ES|QL can say it; or declare the field single-valued"
            )
        case Script():
            raise Unsayable("a function of several fields or values", "only EQL and ES|QL can say it")
    raise Unsayable(f"a node {type(node).__name__}")


def listable(node: Node) -> tuple[Any, Any] | None:
    """The key of the `terms` query that the atom can join, and its value there; None where it stands alone."""
    match node:
        case Glob(field=field, tokens=tokens, fold=fold) if field != ANY_FIELD and field.sort in ("string", "unmapped"):
            found = stored(field, tokens, fold)
            text = text_of(tokens) if found is None else text_of(found[0])
            if found is not None and found[1] == "none" and text is not None:
                return (field, "terms"), text
        case Phrase(field=field, tokens=(token,), prefix=False) if token:
            return (field, "terms"), token
        case Term(field=field, value=value) if not (field.sort == "date" and field.format):
            return (field, "terms"), _written(field, value)
        case Cidr(field=field, network=network) if field.sort == "ip":
            shown = network_text(network)
            return ((field, "terms"), shown) if shown is not None else None
    return None


# Strings


def _glob(node: Glob) -> dict[str, Any]:
    field = node.field
    check_string(field)
    found = stored(field, node.tokens, node.fold)
    if found is None:
        return dict(NOTHING)
    tokens, fold = found
    text = text_of(tokens)
    if fold == "lower":
        return _regexp(field, glob_to_lucene(tokens, "lower"), "none")
    if text is not None:
        return {"term": {field.name: _with_case(text, fold)}}
    if tokens == (ANY,) and field.sort != "text":
        return {"exists": {"field": field.name}}
    if len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is ANY:
        return {"prefix": {field.name: _with_case(tokens[0], fold)}}
    if field.flattened is not None:
        raise Unsayable(f"a wildcard on `{field.name}`, a key of the flattened `{field.flattened}`")
    return {"wildcard": {field.name: _with_case(_wildcard(tokens), fold)}}


def _with_case(text: str, fold: Fold) -> Any:
    return {"value": text, "case_insensitive": True} if fold == "ascii" else text


def _wildcard(tokens: tuple[Token, ...]) -> str:
    return "".join(
        token.value if isinstance(token, Wild) else "".join("\\" + c if c in "\\*?" else c for c in token)
        for token in tokens
    )


def _regex(node: Regex) -> dict[str, Any]:
    pattern = regex_text(node, expand_case=node.fold != "ascii")
    return _regexp(node.field, pattern, "ascii" if node.fold == "ascii" else "none")


def _regexp(field: Field, pattern: str, fold: Fold) -> dict[str, Any]:
    check_regex(field, pattern)
    letters = any(c.isascii() and c.isalpha() for c in pattern)
    return {"regexp": {field.name: _with_case(pattern, fold if letters else "none")}}


def _length(field: Field, low: int | None, high: int | None) -> dict[str, Any]:
    pattern = length_text(field, low, high)
    return {"exists": {"field": field.name}} if pattern is None else _regexp(field, pattern, "none")


def _phrase(field: Field, tokens: tuple[str, ...], prefix: bool) -> dict[str, Any]:
    if not tokens or field.sort not in ("text", "unmapped"):
        return dict(NOTHING)
    if prefix:
        if len(tokens) == 1:
            return {"prefix": {field.name: tokens[0]}}
        raise Unsayable(
            "a phrase whose last word is a beginning", "match_phrase_prefix looks up only some of those words"
        )
    if len(tokens) == 1:
        return {"term": {field.name: tokens[0]}}
    text = " ".join(tokens)
    if tuple(analyse(text)) != tokens:
        raise Unsayable(f"the words `{text}` one behind the other", "the analyser cuts them otherwise")
    return {"match_phrase": {field.name: text}}


def _anywhere(node: Node, fields: Fields) -> dict[str, Any]:
    from converter import languages

    return {"query_string": {"query": languages.get("lucene").render(node, fields, {})}}


# Values of other types


def _written(field: Field, value: Scalar) -> Scalar:
    match field.sort:
        case "ip":
            return address_text(int(value)) if not isinstance(value, str) else value
        case "date":
            return date_text(int(value), field.type == "date_nanos")
    return value


def _term(field: Field, value: Scalar) -> dict[str, Any]:
    shown = _written(field, value)
    if field.sort == "date" and field.format:
        return {"range": {field.name: {"gte": shown, "lte": shown, "format": ISO}}}
    return {"term": {field.name: shown}}


def _cidr(field: Field, network: str) -> dict[str, Any]:
    if field.sort not in ("ip", "unmapped"):
        raise Unsayable(
            f"a network on `{field.name}`, which is of type {field.type}", "only fields of type ip know networks"
        )
    shown = network_text(network)
    return dict(NOTHING) if shown is None else {"term": {field.name: shown}}


def _range(node: Range) -> dict[str, Any]:
    field = node.field
    if node.low is None and node.high is None:
        return {"exists": {"field": field.name}}
    if field.flattened is not None and (node.low is None or node.high is None):
        raise Unsayable(f"a range with one end on `{field.name}`, a key of the flattened `{field.flattened}`")
    ends: dict[str, Any] = {}
    if node.low is not None:
        ends["gt" if node.low_open else "gte"] = _end(field, node.low, node.low_open)
    if node.high is not None:
        ends["lt" if node.high_open else "lte"] = _end(field, node.high, not node.high_open)
    zones = {end.zone for end in (node.low, node.high) if isinstance(end, DateMath)}
    if len(zones) > 1:
        raise Unsayable("a range whose ends are in two time zones")
    if zones and zones != {"UTC"}:
        ends["time_zone"] = zones.pop()
    if field.sort == "date" and field.format:
        ends["format"] = ISO
    return {"range": {field.name: ends}}


def _end(field: Field, end: Bound, last: bool) -> Scalar:
    if isinstance(end, DateMath):
        if "/" in end.text and end.round_up != last:
            raise Unsayable(f"`{end.text}` rounded {'up' if end.round_up else 'down'} at this end of a range")
        return end.text
    if isinstance(end, str) and field.type == "keyword_lowercase" and lowercase(end) != end:
        raise Unsayable(f"a range with capitals on `{field.name}`, whose values are lowered")
    return _written(field, end)
