"""Conditions laid out as text: parentheses and line breaks as Elastic's public rules have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 110


@dataclass(frozen=True, slots=True)
class Text:
    """Stands as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """`head(item, …)`; `head` ends with a blank for `x in (…)`."""

    head: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    item: Doc


@dataclass(frozen=True, slots=True)
class Joined:
    """`op` is `and` or `or`."""

    op: str
    items: tuple[Doc, ...]


Doc: TypeAlias = Text | Listed | Negated | Joined


def join(op: str, items: list[Doc]) -> Doc:
    """Items under one operator; nested ones of the same operator need no parentheses."""
    flat: list[Doc] = []
    for item in items:
        flat += item.items if isinstance(item, Joined) and item.op == op else (item,)
    return flat[0] if len(flat) == 1 else Joined(op, tuple(flat))


def flat(doc: Doc) -> str:
    """On one line."""
    match doc:
        case Text(text=text):
            return text
        case Listed(head=head, items=items):
            return f"{head}({', '.join(items)})"
        case Negated(item=item):
            return f"not {_inner(item, flat(item))}"
        case Joined(op=op, items=items):
            return f" {op} ".join(_side(item, flat(item)) for item in items)


def _inner(item: Doc, text: str) -> str:
    return f"({text})" if isinstance(item, Joined) else text


def _side(item: Doc, text: str) -> str:
    """`(a and b) or c`: nobody has to know what binds tighter."""
    return f"({text})" if isinstance(item, Joined) else text


def condition(head: str, doc: Doc, indent: int = 0) -> str:
    """`head` and the condition: on one line if it fits, else one line a conjunct; beside the head the first, or all
    those at the front that say which data is meant."""
    line = f"{head} {flat(doc)}"
    if indent + len(line) <= WIDTH:
        return line
    if isinstance(doc, Joined) and doc.op == "and":
        first, *rest = doc.items
        lines = [f"{head} {_broken(first, indent + 2)}"]
        while rest and _scopes(first) and _scopes(rest[0]) and len(lines[0]) + len(flat(rest[0])) + 9 + indent <= WIDTH:
            lines[0] += f" and {flat(rest.pop(0))}"
        lines += [" " * (indent + 2) + _broken(item, indent + 2) for item in rest]
        return " and\n".join(lines)
    return f"{head}\n{' ' * (indent + 2)}{_lines(doc, indent + 2)}"


def _scopes(doc: Doc) -> bool:
    """A comparison that says which data is meant, as public rules write it beside the head."""
    return isinstance(doc, Text) and doc.text.startswith(
        ("host.os.type ", "event.type ", "event.action ", "event.code ")
    )


def _broken(item: Doc, indent: int) -> str:
    """One side of an operator, itself broken if it is too long."""
    line = _side(item, flat(item))
    if indent + len(line) <= WIDTH:
        return line
    if isinstance(item, Joined):
        return _bracketed(item, indent)
    return _lines(item, indent)


def _bracketed(item: Doc, indent: int) -> str:
    inner = " " * (indent + 2)
    return f"(\n{inner}{_lines(item, indent + 2)}\n{' ' * indent})"


def _lines(doc: Doc, indent: int) -> str:
    """Over several lines where it must; the caller has written the first line's indent."""
    line = flat(doc)
    if indent + len(line) <= WIDTH:
        return line
    match doc:
        case Text(text=text):
            return text
        case Listed(head=head, items=items):
            return f"{head}(\n{_filled(items, indent + 2)}\n{' ' * indent})"
        case Negated(item=item):
            return "not " + (_bracketed(item, indent) if isinstance(item, Joined) else _lines(item, indent))
        case Joined(op=op, items=items):
            pause = f" {op}\n{' ' * indent}"
            return pause.join(_broken(item, indent) for item in items)


def _filled(items: tuple[str, ...], indent: int) -> str:
    """Values on lines that are as full as they may be."""
    pad = " " * indent
    lines, line = [], ""
    for index, item in enumerate(items):
        piece = item + ("," if index < len(items) - 1 else "")
        if line and indent + len(line) + 1 + len(piece) > WIDTH:
            lines.append(pad + line)
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    return "\n".join([*lines, pad + line])
