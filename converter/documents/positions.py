"""Where the values of a file stand: scanners for TOML, JSON and YAML, run only when a position is asked for.

They are given texts that the real parser has taken, so they need not judge, only find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from converter.diagnostics import Span

Pointer: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A value's place; `key` is its key's (a table header counts as key), None in a list or at the top."""

    value: Span
    key: Span | None = None


Spots: TypeAlias = Mapping[Pointer, Spot]


def nearest(spots: Spots, pointer: Pointer) -> tuple[Pointer, Spot] | None:
    """The spot of the pointer, or of the closest value around it."""
    for stop in range(len(pointer), -1, -1):
        if pointer[:stop] in spots:
            return pointer[:stop], spots[pointer[:stop]]
    return None


# JSON ---------------------------------------------------------------------------------------------------------------

_JSON_SPACE = re.compile(r"[ \t\r\n]*")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_JSON_SCALAR = re.compile(r"[^\s,\]}]+")


def json_spots(text: str, offset: int = 0) -> tuple[dict[Pointer, Spot], list[tuple[Pointer, Span]]]:
    """Spots of one JSON value that begins in `text` at `offset`, and the keys that come a second time."""
    import json

    spots: dict[Pointer, Spot] = {}
    doubled: list[tuple[Pointer, Span]] = []

    def skip(at: int) -> int:
        found = _JSON_SPACE.match(text, at)
        return found.end() if found else at

    def string(at: int) -> int:
        found = _JSON_STRING.match(text, at)
        return found.end() if found else len(text)

    def value(at: int, pointer: Pointer, key: Span | None) -> int:
        start = at = skip(at)
        opened = text[at : at + 1]
        if opened == "{":
            at = members(at + 1, pointer)
        elif opened == "[":
            at = items(at + 1, pointer)
        elif opened == '"':
            at = string(at)
        else:
            found = _JSON_SCALAR.match(text, at)
            at = found.end() if found else len(text)
        spots[pointer] = Spot(Span(start, at), key)
        return skip(at)

    def members(at: int, pointer: Pointer) -> int:
        at, seen = skip(at), set()
        while text[at : at + 1] == '"':
            stop = string(at)
            span, name = Span(at, stop), json.loads(text[at:stop], strict=False)
            if name in seen:
                doubled.append(((*pointer, name), span))
            seen.add(name)
            at = value(skip(stop) + 1, (*pointer, name), span)
            if text[at : at + 1] == ",":
                at = skip(at + 1)
        return at + 1

    def items(at: int, pointer: Pointer) -> int:
        at, index = skip(at), 0
        while at < len(text) and text[at] != "]":
            at, index = value(at, (*pointer, index), None), index + 1
            if text[at : at + 1] == ",":
                at = skip(at + 1)
        return at + 1

    value(offset, (), None)
    return spots, doubled


# TOML ---------------------------------------------------------------------------------------------------------------

_TOML_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_TOML_SPACE = re.compile(r"[ \t]*")
_TOML_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TOML_STRING = re.compile(
    r"'''.*?'''+|\"\"\"(?:[^\\]|\\.)*?\"\"\"+|'[^'\n]*'|\"(?:[^\"\\\n]|\\.)*\"",
    re.S,
)
_TOML_SCALAR = re.compile(r"[^,\]}#\n]+")


class TomlScanner:
    """Walks a TOML text (line ends `\\n`) and collects the spot of each key and value by its path."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.spots: dict[Pointer, Spot] = {(): Spot(Span(0, len(text)))}
        self.counts: dict[Pointer, int] = {}

    def scan(self) -> dict[Pointer, Spot]:
        table: Pointer = ()
        while self.skip(_TOML_BLANK) < len(self.text):
            start = self.at
            if self.text[self.at] == "[":
                table = self.header(start)
            else:
                self.pair(table)
        return self.spots

    def skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def header(self, start: int) -> Pointer:
        many = self.text.startswith("[[", start)
        self.at += 2 if many else 1
        names = self.key()[0]
        if many:
            path = (*self.resolve(names[:-1]), names[-1])
            self.counts[path] = self.counts.get(path, -1) + 1
            path = (*path, self.counts[path])
        else:
            path = self.resolve(names)
        self.skip(_TOML_SPACE)
        self.at += 2 if many else 1
        span = Span(start, self.at)
        self.spots[path] = Spot(span, span)
        for stop in range(1, len(path)):
            self.spots.setdefault(path[:stop], Spot(span, span))
        return path

    def resolve(self, names: Pointer) -> Pointer:
        """A dotted name with the index of the last element wherever a part is an array of tables."""
        path: Pointer = ()
        for name in names:
            path = (*path, name)
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def key(self) -> tuple[Pointer, Span]:
        names: list[str] = []
        self.skip(_TOML_SPACE)
        start = self.at
        while True:
            self.skip(_TOML_SPACE)
            names.append(self.name())
            end = self.at
            self.skip(_TOML_SPACE)
            if self.text[self.at : self.at + 1] != ".":
                return tuple(names), Span(start, end)
            self.at += 1

    def name(self) -> str:
        found = _TOML_STRING.match(self.text, self.at) or _TOML_BARE.match(self.text, self.at)
        if found is None:
            self.at = len(self.text)
            return ""
        self.at, word = found.end(), found[0]
        if word[0] == "'":
            return word[1:-1]
        if word[0] == '"':
            import tomllib

            return str(tomllib.loads(f"x = {word}")["x"])
        return word

    def pair(self, table: Pointer) -> None:
        names, span = self.key()
        path = (*table, *names)
        for stop in range(len(table) + 1, len(path)):
            self.spots.setdefault(path[:stop], Spot(span, span))
        self.skip(_TOML_SPACE)
        self.at += 1
        self.value(path, span)

    def value(self, path: Pointer, key: Span | None) -> None:
        self.skip(_TOML_SPACE)
        start = self.at
        opened = self.text[start : start + 1]
        if opened == "[":
            self.array(path)
        elif opened == "{":
            self.inline(path)
        elif found := _TOML_STRING.match(self.text, start):
            self.at = found.end()
        else:
            found = _TOML_SCALAR.match(self.text, start)
            self.at = start + len(found[0].rstrip()) if found else len(self.text)
        self.spots[path] = Spot(Span(start, self.at), key)

    def array(self, path: Pointer) -> None:
        self.at += 1
        index = 0
        while self.skip(_TOML_BLANK) < len(self.text) and self.text[self.at] != "]":
            self.value((*path, index), None)
            index += 1
            self.skip(_TOML_BLANK)
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
        self.at += 1

    def inline(self, path: Pointer) -> None:
        self.at += 1
        while self.skip(_TOML_BLANK) < len(self.text) and self.text[self.at] != "}":
            self.pair(path)
            self.skip(_TOML_BLANK)
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
        self.at += 1


def toml_spots(text: str) -> dict[Pointer, Spot]:
    """Spots of a valid TOML text; its tables are found by their headers."""
    return TomlScanner(text).scan()


# YAML ---------------------------------------------------------------------------------------------------------------


def yaml_spots(node: Any, shift: int = 0) -> dict[Pointer, Spot]:
    """Spots of a composed YAML node; `shift` is added to its marks."""
    spots: dict[Pointer, Spot] = {}

    def span(node: Any) -> Span:
        return Span(shift + node.start_mark.index, shift + node.end_mark.index)

    def walk(node: Any, pointer: Pointer, key: Span | None, above: tuple[int, ...]) -> None:
        if pointer in spots or id(node) in above or len(above) > 100:
            return
        spots[pointer] = Spot(span(node), key)
        inner = (*above, id(node))
        if node.id == "mapping":
            for name, value in node.value:
                if name.id == "scalar":
                    walk(value, (*pointer, name.value), span(name), inner)
        elif node.id == "sequence":
            for index, value in enumerate(node.value):
                walk(value, (*pointer, index), None, inner)

    walk(node, (), None, ())
    return spots
