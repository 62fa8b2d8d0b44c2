"""A query's tokens for laying it out: finer than words, coarser than the language's own.

Nothing here decides what a text means: whatever comes of it is read again by the language's parser and must mean the
same before it is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias


class CannotLayOut(Exception):
    """The text has something that this layout has no place for; it stays as it is."""


@dataclass
class Token:
    """`kind` is word, operator, equal, open, close, comma, or, and, pipe, comment; the rest is the space before it."""

    kind: str
    text: str
    space: bool = False
    newline: bool = False
    blank: bool = False


@dataclass
class Group:
    """What stands between brackets."""

    open: Token
    body: list[Item] = field(default_factory=list)
    close: Token = field(default_factory=lambda: Token("close", ")"))


Item: TypeAlias = Token | Group

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_COMMENT = r"(?P<line>//[^\n]*)|(?P<block>/\*.*?\*/)"
_PATTERNS = {
    "eql": rf"""{_COMMENT}|(?P<string>"{{3}}[^\n]*?"{{3,5}}(?!")|{_STRING}|`(?:[^`]|``)*`)|(?P<open>!?\[|\()
        |(?P<close>[\])])|(?P<comma>,)|(?P<pipe>\|)|(?P<operator>==|!=|<=|>=|<|>|:)|(?P<equal>=)|(?P<word>[^\s()\[\],|"`<>=!:/]+|[/!])""",
    "esql": rf"""{_COMMENT}|(?P<string>"{{3}}.*?"{{3,5}}(?!")|{_STRING}|`(?:[^`]|``)*`)|(?P<open>[(\[])|(?P<close>[)\]])
        |(?P<comma>,)|(?P<pipe>\|)|(?P<operator>==|!=|<=|>=|<|>)|(?P<word>(?:[^\s()\[\],|"`<>=!/]|=(?!=)|!(?!=))+|/)""",
    "kuery": rf"""(?P<string>{_STRING})|(?P<open>[({{])|(?P<close>[)}}])|(?P<word>(?:\\.|[^\s(){{}}"\\])+)""",
    "lucene": rf"""(?P<string>{_STRING}|/(?:\\.|[^/\\])*/)|(?P<open>[({{\[])|(?P<close>[)}}\]])
        |(?P<word>(?:\\.|[^\s(){{}}\[\]"\\/])+)""",
}  # fmt: skip
_LANGUAGES = {name: re.compile(pattern, re.S | re.X) for name, pattern in _PATTERNS.items()}
_WORDS = {"eql": ("and", "or"), "lucene": ("AND", "OR", "&&", "||")}


def languages() -> tuple[str, ...]:
    """The languages whose texts can be laid out."""
    return tuple(_LANGUAGES)


def scan(text: str, language: str) -> list[Token]:
    """All tokens with the space before each; raises `CannotLayOut` for a character that begins none."""
    out: list[Token] = []
    at = 0
    while True:
        gap = re.compile(r"\s*").match(text, at)
        assert gap is not None
        at, white = gap.end(), gap.group()
        if at >= len(text):
            return out
        found = _LANGUAGES[language].match(text, at)
        if found is None:
            raise CannotLayOut(f"an unknown character at {at}")
        kind, part = found.lastgroup or "", found.group()
        if kind == "word":
            kind = _word(part, language)
        elif kind in ("line", "block"):
            kind, part = "comment", "\n".join(line.rstrip() for line in part.split("\n"))
        elif kind == "string":
            kind = "word"
        if "\n" in part and kind != "comment":
            raise CannotLayOut("a token of several lines")
        lines = white.count("\n")
        out.append(Token(kind, part, bool(white), bool(lines) and bool(out), lines > 1 and bool(out)))
        at = found.end()


def _word(text: str, language: str) -> str:
    """The joining words are operators; in most languages whatever their case."""
    if language in _WORDS:
        known = _WORDS[language]
        return (
            {"and": "and", "or": "or", "AND": "and", "OR": "or", "&&": "and", "||": "or"}[text]
            if text in known
            else "word"
        )
    low = text.lower()
    return low if low in ("and", "or") else "word"


def nested(tokens: list[Token]) -> list[Item]:
    """Tokens with the bracketed ones in groups; raises `CannotLayOut` where brackets do not pair."""
    stack: list[list[Item]] = [[]]
    groups: list[Group] = []
    for token in tokens:
        if token.kind == "open":
            group = Group(token)
            stack[-1].append(group)
            groups.append(group)
            stack.append(group.body)
        elif token.kind == "close":
            if not groups:
                raise CannotLayOut("a bracket closes nothing")
            groups.pop().close = token
            stack.pop()
        else:
            stack[-1].append(token)
    if groups:
        raise CannotLayOut("a bracket is not closed")
    return stack[0]
