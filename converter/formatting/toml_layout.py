"""A TOML rule file in canonical layout: space, short lists, and the query. Order, quotes and comments stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from converter.documents.toml_write import literal, multiline

_WIDTH = 120
_STRING = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.S)


@dataclass
class Statement:
    """`kind` is blank, comment, header or pair (then `text` is the key); `comment` stands behind it on its line."""

    kind: str
    text: str = ""
    value: str = ""
    comment: str = ""


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text that a TOML parser has taken."""
    at = 0
    while at < len(text):
        found = re.compile(r"[ \t]*").match(text, at)
        at = found.end() if found else at
        if text.startswith("\n", at):
            yield Statement("blank")
            at += 1
            continue
        if at >= len(text):
            return
        stop = _end(text, at, "\n#" if text[at] in "#[" else "=")
        if text[at] == "#":
            stop = _line(text, at)
            yield Statement("comment", text[at:stop].rstrip())
        elif text[at] == "[":
            head = text[at:stop].strip()
            comment_end = _line(text, stop)
            yield Statement("header", head, comment=text[stop:comment_end].strip())
            stop = comment_end
        else:
            end = _end(text, stop + 1, "\n#")
            comment_end = _line(text, end)
            yield Statement("pair", text[at:stop].strip(), text[stop + 1 : end].strip(), text[end:comment_end].strip())
            stop = comment_end
        at = stop + 1


def _line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _end(text: str, at: int, stops: str) -> int:
    """Where one of the characters stands outside of strings, brackets and comments in them."""
    depth = 0
    while at < len(text):
        char = text[at]
        if char in "\"'":
            found = _STRING.match(text, at)
            at = found.end() if found else at + 1
            continue
        if depth == 0 and char in stops:
            return at
        if char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        elif char == "#":
            at = _line(text, at)
            continue
        at += 1
    return at


def lay_out_toml(text: str, query: Callable[[str], str | None]) -> str:
    """The file's text; `query(key)` is the canonical text of a query that stands under a key of `[rule]`, if any."""
    out: list[str] = []
    table = ""
    for item in statements(text):
        behind = f" {item.comment}" if item.comment else ""
        match item.kind:
            case "blank":
                if out and out[-1]:
                    out.append("")
            case "comment":
                out.append(item.text)
            case "header":
                table = _header(item.text)
                if out and out[-1] and not table.startswith("[[") and "." not in table and not out[-1].startswith("#"):
                    out.append("")
                out.append(table + behind)
            case _:
                laid = query(item.text) if table == "[rule]" else None
                value = _list(item.value, len(item.text) + 3) if laid is None else _query(laid)
                out.append(f"{item.text} = {value}{behind}")
    return "\n".join(out).strip("\n") + "\n"


def _header(text: str) -> str:
    marks = 2 if text.startswith("[[") else 1
    return "[" * marks + text[marks:-marks].strip() + "]" * marks


def _query(text: str) -> str:
    text += "\n"
    return literal(text) or multiline(text)


def _list(value: str, before: int) -> str:
    """A list of plain values on one line if it is short, else a value a line; any other value as it stands."""
    if not value.startswith("[") or not value.endswith("]"):
        return value
    items = _items(value)
    if items is None:
        return value
    line = "[" + ", ".join(items) + "]"
    if len(items) < 2 or before + len(line) <= _WIDTH:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _items(value: str) -> list[str] | None:
    """The texts of a list's values; None where one is a table, a list or of several lines, or a comment is there."""
    items, at = [], 1
    while True:
        stop = _end(value, at, ",]#")
        item = value[at:stop].strip()
        if item[:1] in ("[", "{") or "\n" in item or value[stop : stop + 1] == "#":
            return None
        if item:
            items.append(item)
        if value[stop : stop + 1] != ",":
            return items
        at = stop + 1
