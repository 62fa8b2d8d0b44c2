"""Clauses laid out as text: minimal parentheses, value lists, and line breaks as the public rules have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 110


@dataclass(frozen=True, slots=True)
class Plain:
    """Text that stands as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """`name:value`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Listed:
    """`name:(…)`; `item` is made of `Plain` values."""

    name: str
    item: Doc


@dataclass(frozen=True, slots=True)
class Negated:
    item: Doc


@dataclass(frozen=True, slots=True)
class Joined:
    """`op` is `and` or `or`."""

    op: str
    items: tuple[Doc, ...]


@dataclass(frozen=True, slots=True)
class Braced:
    """`name:{ … }`."""

    name: str
    item: Doc


Doc: TypeAlias = Plain | Clause | Listed | Negated | Joined | Braced


def join(op: str, items: list[Doc], lists: bool) -> Doc:
    """Items under one operator; with `lists` neighbours on one field become a value list."""
    grouped = _grouped(op, items) if lists else items
    return grouped[0] if len(grouped) == 1 else Joined(op, tuple(grouped))


def _grouped(op: str, items: list[Doc]) -> list[Doc]:
    out: list[Doc] = []
    at = 0
    while at < len(items):
        name, end = _name(items[at]), at + 1
        while name is not None and end < len(items) and _name(items[end]) == name:
            end += 1
        run = items[at:end]
        # a list that begins with `not` is a text for Elasticsearch 8.19
        if name is None or len(run) < 2 or isinstance(run[0], Negated):
            out += run
        else:
            out.append(Listed(name, Joined(op, tuple(map(_value, run)))))
        at = end
    return out


def _name(doc: Doc) -> str | None:
    match doc:
        case Clause(name=name) | Listed(name=name):
            return name
        case Negated(item=item):
            return _name(item)
    return None


def _value(doc: Doc) -> Doc:
    match doc:
        case Clause(value=value):
            return Plain(value)
        case Listed(item=item):
            return item
        case Negated(item=item):
            return Negated(_value(item))
    raise TypeError(f"{type(doc).__name__} is no value")


def layout(doc: Doc, width: int = WIDTH) -> str:
    """The text, broken into lines where it is longer than `width`."""
    return _block(doc, 0, width)


def _flat(doc: Doc, bare: bool = True) -> str:
    match doc:
        case Plain(text=text):
            return text
        case Clause(name=name, value=value):
            return f"{name}:{value}"
        case Listed(name=name, item=item):
            return f"{name}:({_flat(item)})"
        case Braced(name=name, item=item):
            return f"{name}:{{ {_flat(item)} }}"
        case Negated(item=item):
            return "not " + _flat(item, bare=False)
        case Joined(op=op, items=items):
            text = f" {op} ".join(_flat(item, bare=False) for item in items)
            return text if bare else f"({text})"


def _block(doc: Doc, indent: int, width: int, bare: bool = True, lead: int = 0) -> str:
    """The text whose first line begins behind `lead` characters of a line that is indented by `indent`."""
    flat = _flat(doc, bare)
    if indent + lead + len(flat) <= width and "\n" not in flat:
        return flat
    margin = "\n" + " " * indent
    deeper = "\n" + " " * (indent + 2)
    match doc:
        case Negated(item=item):
            return "not " + _block(item, indent, width, bare=False, lead=lead + 4)
        case Listed(name=name, item=item):
            return f"{name}:({deeper}{_filled(item, indent + 2, width)}{margin})"
        case Braced(name=name, item=item):
            return f"{name}:{{{deeper}{_block(item, indent + 2, width)}{margin}}}"
        case Joined(op=op, items=items) if bare:
            # room for the operator that stands behind each line
            return f" {op}{margin}".join(_block(item, indent, width - 4, bare=False) for item in items)
        case Joined():
            return f"({deeper}{_block(doc, indent + 2, width)}{margin})"
    return flat


def _filled(doc: Doc, indent: int, width: int) -> str:
    """The values of a list: as many short ones on a line as go."""
    if not isinstance(doc, Joined) or any(isinstance(item, Joined) for item in doc.items):
        return _block(doc, indent, width)
    lines: list[str] = []
    line = ""
    for i, item in enumerate(doc.items):
        text = _block(item, indent, width - 4, bare=False) + (f" {doc.op}" if i < len(doc.items) - 1 else "")
        if line and indent + len(line) + 1 + len(text) > width:
            lines.append(line)
            line = text
        else:
            line = f"{line} {text}" if line else text
    return ("\n" + " " * indent).join([*lines, line])
