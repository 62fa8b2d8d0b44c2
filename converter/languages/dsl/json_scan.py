"""JSON with positions: every value and key knows where it stands in the text.

Strict as Elasticsearch's reader: no duplicate keys, no comments, no trailing comma.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from converter.diagnostics import ParseError, Span

_BLANK = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MAX_DEPTH = 1000


@dataclass(frozen=True, slots=True)
class Plain:
    """A string, number, boolean or null. `verbatim`: a string without escapes, whose characters stand in the text."""

    value: str | int | float | bool | None
    span: Span
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """An array."""

    items: tuple[Json, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Members:
    """An object, in the order of the text; a key with where it stands."""

    members: tuple[tuple[Plain, Json], ...]
    span: Span

    def __iter__(self) -> Any:
        return iter((str(key.value), key.span, value) for key, value in self.members)

    def __len__(self) -> int:
        return len(self.members)


Json: TypeAlias = Plain | Items | Members


def scan(text: str) -> Json:
    """The value that the whole text is. Raises `ParseError`."""
    scanner = _Scanner(text)
    found = scanner.value(0)
    scanner.skip()
    if scanner.at < len(text):
        raise scanner.fail("expected the end of the text", "one query is one JSON object")
    return found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def skip(self) -> None:
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def fail(self, message: str, help: str | None = None) -> ParseError:
        shown = f"`{self.text[self.at]}`" if self.at < len(self.text) else "the end"
        return ParseError(f"{message}, found {shown}", span=Span(self.at, self.at + 1), help=help)

    def take(self, mark: str) -> bool:
        self.skip()
        if self.text.startswith(mark, self.at):
            self.at += 1
            return True
        return False

    def value(self, depth: int) -> Json:
        self.skip()
        start = self.at
        if depth > _MAX_DEPTH:
            raise ParseError("the query is nested too deeply", span=Span(start, start + 1))
        if self.take("{"):
            return self.members(start, depth)
        if self.take("["):
            return self.items(start, depth)
        if self.text.startswith('"', self.at):
            return self.string()
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, start):
                self.at += len(word)
                return Plain(meaning, Span(start, self.at))
        number = _NUMBER.match(self.text, start)
        if number is None:
            raise self.fail("expected a JSON value", "strings stand in double quotation marks")
        self.at = number.end()
        span = Span(start, self.at)
        value = float(number.group()) if number.group(1) or number.group(2) else int(number.group())
        if value in (float("inf"), float("-inf")):
            raise ParseError(f"`{number.group()}` is too large for a number", span=span)
        return Plain(value, span)

    def string(self) -> Plain:
        start = self.at
        found = _STRING.match(self.text, start)
        if found is None:
            raise ParseError(
                "the string is never closed, or holds a character that must be escaped",
                span=Span(start, min(start + 1, len(self.text))),
                help='write `\\"`, `\\\\` and `\\n` for a quotation mark, a backslash and a line break',
            )
        self.at = found.end()
        inner = found.group(1)
        return Plain(_unescape(inner), Span(start, self.at), "\\" not in inner)

    def members(self, start: int, depth: int) -> Members:
        out: list[tuple[Plain, Json]] = []
        seen: set[object] = set()
        if self.take("}"):
            return Members((), Span(start, self.at))
        while True:
            self.skip()
            if not self.text.startswith('"', self.at):
                raise self.fail("expected a key in quotation marks")
            key = self.string()
            if key.value in seen:
                raise ParseError(f"the key `{key.value}` stands twice in one object", span=key.span)
            seen.add(key.value)
            if not self.take(":"):
                raise self.fail("expected `:` after the key")
            out.append((key, self.value(depth + 1)))
            if self.take("}"):
                return Members(tuple(out), Span(start, self.at))
            if not self.take(","):
                raise self.fail("expected `,` or `}` in the object")

    def items(self, start: int, depth: int) -> Items:
        out: list[Json] = []
        if self.take("]"):
            return Items((), Span(start, self.at))
        while True:
            out.append(self.value(depth + 1))
            if self.take("]"):
                return Items(tuple(out), Span(start, self.at))
            if not self.take(","):
                raise self.fail("expected `,` or `]` in the array")


def _unescape(inner: str) -> str:
    if "\\" not in inner:
        return inner

    def one(found: re.Match[str]) -> str:
        mark = found.group(1)
        return chr(int(mark[1:], 16)) if mark[0] == "u" else _ESCAPES.get(mark, mark)

    text = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", one, inner)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
