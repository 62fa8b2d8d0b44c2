"""Helpers that take the JSON of a query apart, with an error at the place for whatever is not of the form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from converter.diagnostics import ParseError, Span
from converter.languages.dsl.json_scan import Items, Json, Members, Plain

#: Members of nearly every query that change the score or the answer's form, but no hits.
IDLE = frozenset(("boost", "_name"))


def members(body: Json, what: str) -> Members:
    """The object that it must be."""
    if isinstance(body, Members):
        return body
    raise ParseError(f"`{what}` holds {kind(body)}, not an object", span=body.span)


def kind(body: Json) -> str:
    match body:
        case Items():
            return "an array"
        case Members():
            return "an object"
        case Plain(value=None):
            return "null"
    return f"`{body.value}`"


def options(body: Json, what: str, allowed: Collection[str]) -> dict[str, Json]:
    """The members of an object by name; raises for a name that is not allowed, null ones left out."""
    out: dict[str, Json] = {}
    for name, span, value in members(body, what):
        if name not in allowed and name not in IDLE:
            raise ParseError(
                f"`{what}` has no option `{name}`", span=span, help="it takes " + ", ".join(sorted(allowed))
            )
        if not (isinstance(value, Plain) and value.value is None):
            out[name] = value
    return out


def one_field(body: Json, what: str) -> tuple[str, Span, Json]:
    """`{"field": …}`: the name, where it stands, and what it holds. `boost` and `_name` beside it are idle."""
    found = [(name, span, value) for name, span, value in members(body, what) if name not in IDLE or _is_object(value)]
    if not found:
        raise ParseError(f"`{what}` names no field", span=body.span, help=f'write {{"{what}": {{"field": …}}}}')
    if len(found) > 1:
        raise ParseError(
            f"`{what}` takes one field, here are `{found[0][0]}` and `{found[1][0]}`", span=found[1][1],
            help="write a query for each, in a bool",
        )  # fmt: skip
    return found[0]


def _is_object(body: Json) -> bool:
    return isinstance(body, Members)


def spread(value: Json, what: str, key: str, allowed: Collection[str]) -> dict[str, Json]:
    """The options of `{"field": {key: …, …}}`, of which `{"field": value}` is the short form."""
    if isinstance(value, Members):
        return options(value, what, {key, *allowed})
    return {key: value}


def scalar(body: Json | None, what: str, span: Span) -> str | int | float | bool:
    """A value that a field is compared with."""
    if body is None or (isinstance(body, Plain) and body.value is None):
        raise ParseError(f"`{what}` has no value", span=body.span if body else span, help="null is not searched for")
    if isinstance(body, Plain) and body.value is not None:
        return body.value
    raise ParseError(f"`{what}` takes a single value, not {kind(body)}", span=body.span)


def text(body: Json | None, what: str, span: Span) -> str:
    """A string; a number or boolean as it is written."""
    from converter.matching.literals import text_of

    return text_of(scalar(body, what, span))


def truth(body: Json | None, what: str, default: bool = False) -> bool:
    if body is None:
        return default
    value = body.value if isinstance(body, Plain) else None
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise ParseError(f"`{what}` is true or false, not {kind(body)}", span=body.span)


def each(body: Json | None) -> tuple[Json, ...]:
    """The elements of an array; one alone is one, null and nothing are none."""
    if body is None or (isinstance(body, Plain) and body.value is None):
        return ()
    return body.items if isinstance(body, Items) else (body,)


def python(body: Json) -> Any:
    """The value without its positions."""
    match body:
        case Members():
            return {name: python(value) for name, _, value in body}
        case Items(items=items):
            return [python(item) for item in items]
    return body.value


def minimum(found: Mapping[str, Json]) -> str | int | None:
    """`minimum_should_match`, as it is written."""
    body = found.get("minimum_should_match")
    if body is None:
        return None
    value = body.value if isinstance(body, Plain) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ParseError(f"`minimum_should_match` is a number or a text, not {kind(body)}", span=body.span)
    return value
