"""Reading ES|QL text token by token, in the mode that the command at hand asks for.

Expressions, sources (`FROM`) and column patterns (`KEEP`) cut the same text differently, so the parser pulls tokens
instead of getting a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converter.diagnostics import ParseError, Span

#: Words that an expression cannot take as a name unless it stands in backquotes.
RESERVED = frozenset(
    (
        "and", "asc", "by", "desc", "false", "first", "in", "is", "last", "like", "not", "null", "nulls", "or",
        "rlike", "true", "where",
    )
)  # fmt: skip

_TOKEN = re.compile(
    r'''(?P<string>"""[^\r\n]*?"""(?:"(?!"")|""(?!"))?|"(?:\\[tnr"\\]|[^\r\n"\\])*")'''
    r"""|(?P<decimal>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)"""
    r"""|(?P<integer>\d+)"""
    r"""|(?P<name>[A-Za-z][A-Za-z0-9_]*|[_@][A-Za-z0-9_]+)"""
    r"""|(?P<quoted>`(?:[^`]|``)+`)"""
    r"""|(?P<param>\?\??[A-Za-z0-9_]*)"""
    r"""|(?P<op>::|==|!=|<=|>=|=~|[<>=:,.+\-*/%{}\[\]()|])"""
)
_SOURCE = re.compile(r'(?:[^:"=|,\[\]/() \t\r\n]|/(?![*/]))+')
_PATTERN = re.compile(r"`(?:[^`]|``)+`|[A-Za-z0-9_@*]+")
_SPACE = re.compile(r"[ \t\r\n]+|//[^\r\n]*")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`kind` is the token's group, or "end". For names `text` is as written and `word` lower case."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "name" else ""

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def shown(self) -> str:
        return "the end of the query" if self.kind == "end" else f"`{self.text}`"


class Lexer:
    """A place in a text. `peek` and `take` read expression tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.last_end = 0
        self._ahead: Lexeme | None = None

    def skip(self, at: int) -> int:
        """The next place that is neither white space nor in a comment (block comments nest)."""
        text = self.text
        while True:
            found = _SPACE.match(text, at)
            if found:
                at = found.end()
            elif text.startswith("/*", at):
                at = self._skip_block(at)
            else:
                return at

    def _skip_block(self, at: int) -> int:
        start, depth = at, 0
        for found in re.compile(r"/\*|\*/").finditer(self.text, at):
            depth += 1 if found.group() == "/*" else -1
            if not depth:
                return found.end()
        raise ParseError("the comment is not closed", span=Span(start, len(self.text)), help="end it with `*/`")

    def peek(self) -> Lexeme:
        """The next expression token, without taking it."""
        if self._ahead is None:
            self._ahead = self._scan(self.skip(self.at))
        return self._ahead

    def _scan(self, at: int) -> Lexeme:
        if at >= len(self.text):
            return Lexeme("end", "", len(self.text), len(self.text))
        found = _TOKEN.match(self.text, at)
        if not found:
            raise self._bad_character(at)
        assert found.lastgroup
        return Lexeme(found.lastgroup, found.group(), at, found.end())

    def _bad_character(self, at: int) -> ParseError:
        char = self.text[at]
        if char == '"':
            stop = re.compile(r"[\r\n]|$").search(self.text, at)
            span = Span(at, stop.start() if stop else len(self.text))
            if _unknown_escape(self.text[at : span.end]):
                return ParseError(
                    "the string holds an escape that ES|QL does not know",
                    span=span,
                    help='known are \\\\ \\" \\n \\r \\t; in a string of three quotes nothing escapes',
                )
            return ParseError("the string is not closed on its line", span=span)
        hint = "strings stand in double quotes" if char == "'" else None
        return ParseError(f"`{char}` has no meaning here", span=Span(at, at + 1), help=hint)

    def take(self) -> Lexeme:
        """The next expression token."""
        token = self.peek()
        self.move(token.end)
        return token

    def move(self, at: int) -> None:
        """Go on reading at an offset, which is also where the text read so far ends."""
        self.at = self.last_end = at
        self._ahead = None

    def source(self) -> Lexeme | None:
        """A part of an index pattern or a metadata name, or None."""
        start = self.skip(self.at)
        found = _SOURCE.match(self.text, start)
        if not found:
            return None
        self.move(found.end())
        return Lexeme("source", found.group(), start, found.end())

    def pattern(self) -> Lexeme | None:
        """A part of a column pattern (between dots): quoted, or a name with wildcards; or None."""
        start = self.skip(self.at)
        found = _PATTERN.match(self.text, start)
        if not found:
            return None
        self.move(found.end())
        return Lexeme("quoted" if found.group()[0] == "`" else "pattern", found.group(), start, found.end())


def _unknown_escape(text: str) -> bool:
    return any(found.group(1) not in _ESCAPES for found in _ESCAPE.finditer(text))


def string_value(text: str) -> str:
    """What a string token says."""
    if text.startswith('"""') and len(text) >= 6:
        return text[3:-3]
    body = text[1:-1]
    return _ESCAPE.sub(lambda found: _ESCAPES[found.group(1)], body) if "\\" in body else body


def name_value(text: str) -> str:
    """The name inside a token, backquotes removed."""
    return text[1:-1].replace("``", "`") if text.startswith("`") else text
