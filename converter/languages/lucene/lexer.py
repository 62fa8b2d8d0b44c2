"""Tokens of Lucene's classic query syntax.

As JavaCC's lexer of the real parser: at each place the longest token wins, of equally long ones the first of the list.
Source: the published grammar `QueryParser.jj` of Lucene 9; answers of an Elasticsearch 8.19 node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converter.diagnostics import ParseError, Span

BLANK = " \t\n\r\u3000"
_ESCAPED = r"\\."
_START = rf"(?:[^{BLANK}+\-!():^\[\]\"{{}}~*?\\/]|{_ESCAPED})"
_CHAR = rf"(?:{_START}|[-+])"

#: Kinds of tokens outside of ranges, in the grammar's order.
_DEFAULT: list[tuple[str, re.Pattern[str]]] = [
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("AND", r"AND|&&"),
        ("OR", r"OR|\|\|"),
        ("NOT", r"NOT|!"),
        ("PLUS", r"\+"),
        ("MINUS", r"-"),
        ("BAREOPER", rf"[-+!][{BLANK}]"),
        ("LPAREN", r"\("),
        ("RPAREN", r"\)"),
        ("COLON", r":"),
        ("STAR", r"\*"),
        ("CARAT", r"\^"),
        ("QUOTED", rf'"(?:[^"\\]|{_ESCAPED})*"'),
        ("TERM", rf"{_START}{_CHAR}*"),
        ("FUZZY_SLOP", rf"~{_CHAR}*"),
        ("PREFIXTERM", rf"\*|{_START}{_CHAR}*\*"),
        ("WILDTERM", rf"(?:{_START}|[*?])(?:{_CHAR}|[*?])*"),
        # a backslash before the slash keeps it inside, even if another stands before it
        ("REGEXPTERM", r"/(?:\\/|[^/])*/"),
        ("RANGEIN_START", r"\["),
        ("RANGEEX_START", r"\{"),
    )
]
_RANGE: list[tuple[str, re.Pattern[str]]] = [
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("RANGE_TO", r"TO"),
        ("RANGEIN_END", r"\]"),
        ("RANGEEX_END", r"\}"),
        ("RANGE_QUOTED", r'"(?:\\"|[^"])+"'),
        ("RANGE_GOOP", r"[^ \]}]+"),
    )
]
_NUMBER: list[tuple[str, re.Pattern[str]]] = [("NUMBER", re.compile(r"[0-9]+(?:\.[0-9]+)?"))]
_MODES = {"default": _DEFAULT, "range": _RANGE, "boost": _NUMBER}
_SWITCH = {
    "CARAT": "boost", "NUMBER": "default", "RANGEIN_START": "range", "RANGEEX_START": "range",
    "RANGEIN_END": "default", "RANGEEX_END": "default",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lexeme:
    """`text` as it is written; kind `EOF` ends every list."""

    kind: str
    text: str
    span: Span


def lex(text: str) -> list[Lexeme]:
    """All tokens of the text. Raises `ParseError` where no token begins."""
    out: list[Lexeme] = []
    mode, at = "default", 0
    while True:
        while mode != "boost" and at < len(text) and text[at] in BLANK:
            at += 1
        if at >= len(text):
            out.append(Lexeme("EOF", "", Span(at, at)))
            return out
        kind, end = _longest(text, at, _MODES[mode])
        if not kind:
            raise _lost(text, at)
        out.append(Lexeme(kind, text[at:end], Span(at, end)))
        mode, at = _SWITCH.get(kind, mode), end


def _longest(text: str, at: int, kinds: list[tuple[str, re.Pattern[str]]]) -> tuple[str, int]:
    best, end = "", at
    for kind, pattern in kinds:
        found = pattern.match(text, at)
        if found and found.end() > end:
            best, end = kind, found.end()
    return best, end


def _lost(text: str, at: int) -> ParseError:
    char = text[at]
    match char:
        case '"':
            message, help_ = "the quotation mark is never closed", 'close it, or write `\\"` for the character'
        case "/":
            message, help_ = "the regular expression is never closed", "write `\\/` for the character"
        case "\\":
            message, help_ = "nothing stands behind the backslash", "write `\\\\` for the character"
        case "^":
            message, help_ = "expected a number after `^`", "write `\\^` for the character"
        case _:
            message, help_ = f"unexpected `{char}`", f"write `\\{char}` for the character"
    return ParseError(message, span=Span(at, at + 1), help=help_)


def unescape(text: str, span: Span) -> str:
    r"""Without the backslashes: the character behind one is meant, `\u0041` is `A`. Raises `ParseError`."""
    if "\\" not in text:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out.append(text[at])
            at += 1
        elif at + 1 >= len(text):
            raise ParseError("nothing stands behind the backslash", span=span, help="write `\\\\` for the character")
        elif text[at + 1] == "u":
            digits = text[at + 2 : at + 6]
            if not re.fullmatch("[0-9a-fA-F]{4}", digits):
                raise ParseError(f"`\\u{digits}` is no character", span=span, help="write four hexadecimal digits")
            out.append(chr(int(digits, 16)))
            at += 6
        else:
            out.append(text[at + 1])
            at += 2
    joined = "".join(out)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
