"""EQL's tokens, as Elasticsearch's grammar has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from converter.diagnostics import ParseError, Span

KEYWORDS = frozenset((
    "and", "any", "by", "false", "in", "in~", "join", "like", "like~", "maxspan", "not", "null", "of", "or", "regex",
    "regex~", "sample", "sequence", "true", "until", "where", "with",
))  # fmt: skip


@dataclass(slots=True)
class Token:
    """`kind` is `keyword`, `name` (text without backquotes), `function` (a name that ends in `~`), `string` (text
    decoded), `integer`, `decimal`, `end`, or the operator itself."""

    kind: str
    text: str
    start: int
    stop: int
    quoted: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, self.stop)


_TOKEN = re.compile(
    r"""(?P<skip>(?:[ \r\n\t]+|//[^\r\n]*|/\*.*?\*/)+)
    |(?P<raw>\"{3}[^\r\n]*?\"{3})
    |(?P<string>"(?:[^\r\n"\\]|\\(?:[btnfr"'\\]|u\{[0-9a-fA-F]+\}))*")
    |(?P<word>[A-Za-z][A-Za-z0-9_]*~|[A-Za-z_@][A-Za-z0-9_]*)
    |(?P<decimal>(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?|[0-9]+[Ee][+-]?[0-9]+)
    |(?P<integer>[0-9]+)
    |(?P<quoted>`(?:[^`]|``)*`)
    |(?P<wrong>\?["'])
    |(?P<op>!\[|==|!=|<=|>=|[<>=:+\-*/%.,\[\]()|?])
    """,
    re.VERBOSE | re.DOTALL,
)

#: Tokens that begin like a longer one are that one without its end.
_UNENDED = {"string": '"""', "op": "/*"}

_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|(.))", re.DOTALL)
_CHARS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


def tokenize(text: str) -> list[Token]:
    """All tokens and an `end`; raises `ParseError` at what Elasticsearch's lexer refuses."""
    out: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind == "wrong" or text.startswith(_UNENDED.get(kind or "", "\0"), at):
            raise _unreadable(text, at)
        start, at = at, found.end()
        if kind == "skip":
            continue
        part = found.group()
        match kind:
            case "word":
                name = "keyword" if part in KEYWORDS else "function" if part.endswith("~") else "name"
                out.append(Token(name, part, start, at))
            case "string":
                out.append(Token("string", _decode(part, start), start, at))
            case "raw":
                at = start + _raw_length(text, start)
                out.append(Token("string", text[start + 3 : at - 3], start, at))
            case "quoted":
                out.append(Token("name", part[1:-1].replace("``", "`"), start, at, quoted=True))
            case "op":
                out.append(Token(part, part, start, at))
            case _:
                out.append(Token(kind or "", part, start, at))
    out.append(Token("end", "", len(text), len(text)))
    return out


def _raw_length(text: str, start: int) -> int:
    """A raw string ends at the first three quotes, and takes up to two more that follow at once."""
    end = text.index('"""', start + 3) + 3
    for _ in range(2):
        if text[end : end + 1] == '"':
            end += 1
    return end - start


def _decode(part: str, start: int) -> str:
    body = part[1:-1]
    if "\\" not in body:
        return body

    def char(found: re.Match[str]) -> str:
        digits, letter = found.groups()
        if digits is None:
            return _CHARS[letter]
        code = int(digits, 16)
        place = Span(start + 1 + found.start(), start + 1 + found.end())
        if not 2 <= len(digits) <= 8:
            raise ParseError(f"`{found.group()}` needs two to eight hexadecimal digits", span=place)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise ParseError(f"`{found.group()}` is no character of Unicode", span=place)
        return chr(code)

    return _ESCAPE.sub(char, body)


def _unreadable(text: str, at: int) -> ParseError:
    """The error for a place where no token begins."""
    char = text[at]
    if char == "?":
        return ParseError(
            f"strings in `{text[at : at + 2]}` are of an older EQL",
            span=Span(at, at + 2),
            help='write a raw string in three double quotes: """…"""',
        )
    if char == "'":
        stop = text.find("'", at + 1)
        return ParseError(
            "a string in single quotes", span=Span(at, stop + 1 if stop > 0 else at + 1), help="use double quotes"
        )
    if char == '"':
        return _bad_string(text, at)
    if text.startswith("/*", at):
        return ParseError("a comment that does not end", span=Span(at, at + 2), help="close it with `*/`")
    if char == "`":
        return ParseError("a quoted name that does not end", span=Span(at, at + 1), help="close it with a backquote")
    if char == "!":
        return ParseError("`!` alone means nothing here", span=Span(at, at + 1), help="write `not` or `!=`")
    if char == "&":
        return ParseError("`&` is no operator of EQL", span=Span(at, at + 1), help="write `and`")
    return ParseError(f"the character `{char}` means nothing here", span=Span(at, at + 1))


def _bad_string(text: str, at: int) -> ParseError:
    if text.startswith('"""', at):
        return ParseError(
            "a raw string that does not end on its line",
            span=Span(at, at + 3),
            help="raw strings hold no line break; use a string in double quotes with `\\n`",
        )
    place = at + 1
    while place < len(text) and text[place] not in '"\r\n':
        if text[place] == "\\":
            if not re.compile(r"\\(?:[btnfr\"'\\]|u\{[0-9a-fA-F]+\})").match(text, place):
                return ParseError(
                    f"`{text[place : place + 2]}` is no escape of EQL",
                    span=Span(place, min(place + 2, len(text))),
                    help='a backslash is written `\\\\`; in a raw string ("""…""") it stands for itself',
                )
            place += 1
        place += 1
    return ParseError(
        "a string that does not end on its line",
        span=Span(at, place),
        help="close it with a double quote; a line break within is written `\\n`",
    )
