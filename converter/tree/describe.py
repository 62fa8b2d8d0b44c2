"""A node of the tree in words, for reports that a person reads; no query language, so nothing parses it again."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime, timedelta

from converter.tree.expr import Arithmetic, Call, Expr, FieldValue, Literal, Logical, Negation
from converter.tree.field import Field
from converter.tree.glob import Token, Wild, text_of
from converter.tree.nodes import (
    And,
    Bound,
    Category,
    Cidr,
    Const,
    DateMath,
    Exists,
    Glob,
    Length,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
)

FOLDS = {"none": "", "ascii": " (any case)", "lower": " (any case)"}


def describe(node: Node) -> str:
    """One line; `And`, `Or`, `Not` and `Nested` name only themselves, since their children stand below them."""
    match node:
        case Const(value=value):
            return "always" if value else "never"
        case And():
            return "all of"
        case Or():
            return "any of"
        case Not():
            return "not"
        case Nested(path=path):
            return f"in one object of {path}"
        case Category(value=value):
            return f"event category is {quoted(value)}"
        case Script(expr=expr):
            return expression(expr)
    return f"{_name(node.field)} {test(node)}"


def test(node: Node) -> str:
    """What an atom asks of its field's values, without the field's name."""
    match node:
        case Glob(tokens=tokens, fold=fold):
            verb = "matches" if text_of(tokens) is None else "is"
            return f"{verb} {pattern(tokens)}{FOLDS[fold]}"
        case Exists():
            return "exists"
        case Single():
            return "has exactly one value"
        case Regex(pattern=text, search=search, fold=fold):
            return f"{'contains a match of' if search else 'matches'} /{text}/{FOLDS[fold]}"
        case Term(field=field, value=value):
            return f"is {literal(field, value)}"
        case Range():
            return _range(node)
        case Cidr(network=network):
            return f"lies in {network}"
        case Length(low=low, high=high):
            return f"has {_between(low, high)} characters"
        case Phrase(tokens=tokens, prefix=prefix):
            return f"holds the words {quoted(' '.join(tokens) + ('…' if prefix else ''))}"
    return type(node).__name__


def _range(node: Range) -> str:
    ends = []
    if node.low is not None:
        ends.append(f"{'>' if node.low_open else '>='} {literal(node.field, node.low)}")
    if node.high is not None:
        ends.append(f"{'<' if node.high_open else '<='} {literal(node.field, node.high)}")
    return " and ".join(ends) or "has a value"


def _between(low: int | None, high: int | None) -> str:
    if low == high and low is not None:
        return str(low)
    if high is None:
        return f"at least {low or 0}"
    return f"at most {high}" if low is None else f"{low} to {high}"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def pattern(tokens: tuple[Token, ...]) -> str:
    """A glob in quotes; a literal star or question mark has a backslash before it where the pattern is one."""
    text = text_of(tokens)
    if text is not None:
        return quoted(text)
    parts = (
        token.value if isinstance(token, Wild) else token.replace("*", "\\*").replace("?", "\\?") for token in tokens
    )
    return '"' + "".join(parts).replace("\n", "\\n") + '"'


def literal(field: Field, value: Bound | bool) -> str:
    """A value as the field's type is written: addresses and dates in their usual spelling."""
    if isinstance(value, DateMath):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and field.sort == "ip":
        address = ipaddress.IPv6Address(value)
        return str(address.ipv4_mapped or address)
    if isinstance(value, int) and field.sort == "date":
        return _date(value // 1_000_000 if field.type == "date_nanos" else value)
    return quoted(value) if isinstance(value, str) else str(value)


def _date(milliseconds: int) -> str:
    try:
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return f"{milliseconds} ms"
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def expression(expr: Expr) -> str:
    """A scalar expression; operators with parentheses wherever they hold another operator."""
    match expr:
        case Literal(value=value):
            return "null" if value is None else json.dumps(value, ensure_ascii=False)
        case FieldValue(field=field):
            return _name(field)
        case Call(name=name, args=args, fold=fold):
            return f"{name}{'~' if fold != 'none' else ''}({', '.join(map(expression, args))})"
        case Arithmetic(op=op, left=left, right=right):
            return f"{_inner(left)} {op} {_inner(right)}"
        case Negation(item=item):
            return f"not {_inner(item)}"
        case Logical(op=op, items=items):
            return f" {op} ".join(map(_inner, items))
    raise TypeError(f"no words for {type(expr).__name__}")


def _inner(expr: Expr) -> str:
    text = expression(expr)
    return f"({text})" if isinstance(expr, Arithmetic | Logical) else text


def _name(field: Field) -> str:
    return "any field" if field.sort == "any" else field.name
