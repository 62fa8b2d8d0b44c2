"""How KQL writes values and names: escapes, quotes and wildcards, in both dialects.

Sources: Kibana's `grammar.peggy` (kbn-es-query), Elasticsearch's `KqlBase.g4` and `ParserUtils` (8.19), read for their
rules; recorded answers check each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converter.diagnostics import ParseError, Span
from converter.tree import ANY, ONE, Token, merge_tokens

#: White space between words, for Kibana's grammar; what JavaScript's `trim` takes off the ends of an unquoted value.
SPACE = " \t\r\n\u00a0"
TRIMMED = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"

#: White space in Elasticsearch's grammar and between the words of a query_string.
BLANK = " \t\n\r\u3000"

SPECIAL = r'\\():<>"*{}'
_ESCAPE = r"\\(?:[trn]|[" + SPECIAL + r"]|u[0-9a-fA-F]{4}|(?i:or|and|not))"
_WORD_AHEAD = f"[{SPACE}](?i:or|and)[{SPACE}]|(?i:not)[{SPACE}]"

#: An unquoted literal: it ends before a keyword that stands alone (and, as in Kibana, before any `not` and a blank).
UNQUOTED = re.compile(rf"(?:{_ESCAPE}|\*|(?!{_WORD_AHEAD})[^{SPECIAL}])+")
#: A quoted literal; possessive, since Kibana never takes an escaped quote for the end.
QUOTED = re.compile(r'"(?:\\[trn]|\\u[0-9a-fA-F]{4}|\\[\\"]|[^"])*+"')

_PIECE = re.compile(
    rf"\\(?P<space>[trn])|\\(?P<char>[{SPECIAL}])|\\u(?P<hex>[0-9a-fA-F]{{4}})|\\(?P<word>(?i:or|and|not))"
)
_QUOTED_PIECE = re.compile(r'\\(?P<space>[trn])|\\u(?P<hex>[0-9a-fA-F]{4})|\\(?P<char>[\\"])')
_SPACES = {"t": "\t", "r": "\r", "n": "\n"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value as the query writes it, escapes undone.

    `wild` says that it is a pattern: `glob` then holds its tokens where a `wildcard` query is made of it (keyword
    fields), `words` (not merged) where a `query_string` is (all others). `lone`: it is a single `*`. `null`: Kibana's
    bare `null`.
    """

    text: str
    span: Span
    quoted: bool = False
    wild: bool = False
    lone: bool = False
    null: bool = False
    glob: tuple[Token, ...] = ()
    words: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A field's name, or with `pattern` a glob of names."""

    text: str
    span: Span
    pattern: tuple[Token, ...] | None = None


def kibana_value(lexeme: str, span: Span) -> Value:
    """A literal of Kibana's dialect; raises `ParseError` for half of a surrogate pair."""
    if lexeme.startswith('"'):
        return Value(_decoded(lexeme[1:-1], _QUOTED_PIECE, span), span, quoted=True)
    pieces: list[Token] = []
    at = 0
    for star in re.finditer(rf"{_ESCAPE}|(\*)", lexeme):
        if star.group(1):
            pieces += [_decoded(lexeme[at : star.start()], _PIECE, span), ANY]
            at = star.end()
    pieces.append(_decoded(lexeme[at:], _PIECE, span))
    if len(pieces) == 1:
        text = str(pieces[0]).strip(TRIMMED)
        return Value(text, span, null=text == "null")
    first, last = str(pieces[0]).lstrip(TRIMMED), str(pieces[-1]).rstrip(TRIMMED)
    pieces[0], pieces[-1] = first, last
    text = "".join("*" if piece is ANY else str(piece) for piece in pieces)
    lone = text == "*" and len(pieces) == 3
    return Value(text, span, wild=True, lone=lone, glob=merge_tokens(pieces), words=tuple(pieces))


def kibana_name(value: Value) -> Name:
    return Name(value.text, value.span, value.glob if value.wild else None)


def _decoded(raw: str, piece: re.Pattern[str], span: Span) -> str:
    if "\\" not in raw:
        return raw
    text = piece.sub(_character, raw)
    if any("\ud800" <= char <= "\udfff" for char in text):
        try:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise ParseError(
                f"`{raw}` holds half of a surrogate pair", span=span, help=r"write both halves, `\ud83d\ude00`"
            ) from None
    return text


def _character(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if groups["space"]:
        return _SPACES[groups["space"]]
    if groups["hex"]:
        return chr(int(groups["hex"], 16))
    return groups["char"] or groups.get("word") or ""


# Elasticsearch's dialect

#: A word: stars and characters, with the escapes that its grammar takes (letters in either case).
ELASTIC_WORD = re.compile(
    r"(?:\\(?:[rtn" + BLANK[0] + SPECIAL + r"]|u[0-9a-f]{4}|and|or|not)|\*|[^" + BLANK + SPECIAL + r"])+", re.IGNORECASE
)
#: Greedy and not possessive: a backslash before the last quote is then a backslash.
ELASTIC_QUOTED = re.compile(r'"(?:\\"|[^"])*"')
#: 8.19 takes a word for a pattern only if no backslash stands before one of its stars.
_STAR_FIRST = re.compile(r"[^\\]*\*[^\n\r\u0085\u2028\u2029]*")
_ELASTIC_PIECE = re.compile(
    r"\\(?:(?P<word>(?i:and|or|not))|(?P<space>[trn])|u(?P<hex>[0-9a-fA-F]{4})|(?P<char>[" + SPECIAL + "]))"
)
_ELASTIC_QUOTED_PIECE = re.compile(r'\\(?:(?P<space>[trn])|u(?P<hex>.{0,4})|(?P<char>[\\"]))', re.DOTALL)


def elastic_word(lexeme: str, span: Span) -> str:
    """An unquoted word, escapes undone; a backslash before a blank stays."""
    return _elastic_decoded(lexeme, _ELASTIC_PIECE, span)


def elastic_quoted(lexeme: str, span: Span) -> str:
    """The text of a quoted string; a backslash before anything but an escape stands for itself."""
    return _elastic_decoded(lexeme[1:-1], _ELASTIC_QUOTED_PIECE, span)


def _elastic_decoded(raw: str, piece: re.Pattern[str], span: Span) -> str:
    def character(found: re.Match[str]) -> str:
        code = found.groupdict()["hex"]
        if code is not None and (not re.fullmatch("[0-9a-fA-F]{4}", code) or 0xD800 <= int(code, 16) <= 0xDFFF):
            raise ParseError(f"`\\u{code}` is no character", span=span, help=r"write four hex digits, as in `\u0041`")
        return _character(found)

    return piece.sub(character, raw) if "\\" in raw else raw


def starred(lexeme: str) -> bool:
    """Whether 8.19 takes the word for a pattern."""
    return _STAR_FIRST.fullmatch(lexeme) is not None


def elastic_value(text: str, span: Span, *, quoted: bool, wild: bool) -> Value:
    """A value of Elasticsearch's dialect. Its pattern is read a second time from the unescaped text: by a `wildcard`
    query on a keyword field (backslash escapes, `?` is wild), by a query_string elsewhere (every `*` is wild)."""
    if not wild:
        return Value(text, span, quoted=quoted)
    pieces: list[Token] = []
    for part in text.split("*"):
        pieces += [part, ANY]
    return Value(text, span, wild=True, lone=text == "*", glob=wildcard_tokens(text), words=tuple(pieces[:-1]))


def wildcard_tokens(pattern: str) -> tuple[Token, ...]:
    """A pattern of Lucene's wildcard query: `*`, `?`, a backslash before any character makes it literal."""
    out: list[Token] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            out.append(pattern[at])
        else:
            out.append(ANY if char == "*" else ONE if char == "?" else char)
        at += 1
    return merge_tokens(out)
