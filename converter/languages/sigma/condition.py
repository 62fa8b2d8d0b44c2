"""The condition of a rule: `selection and not 1 of filter_*`, with the place of every word.

Precedence from loose to tight: or, and, not, `x of`. Words are taken in lower case, as the specification writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from converter.diagnostics import ParseError, Span, UnsupportedError


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Of:
    """`count` of the detections whose names match `pattern` (`them`: all); None is `all of`."""

    count: int | None
    pattern: str
    span: Span


@dataclass(frozen=True, slots=True)
class Negated:
    item: Condition
    span: Span


@dataclass(frozen=True, slots=True)
class Joined:
    op: str
    items: tuple[Condition, ...]
    span: Span


Condition: TypeAlias = Name | Of | Negated | Joined

_WORD = re.compile(r"\s*(?:(?P<word>[^\s()|]+)|(?P<mark>[()|]))")
_RESERVED = frozenset(("and", "or", "not", "of"))


def selects(pattern: str, name: str) -> bool:
    """Whether a pattern of `x of` means this detection: `*` is any text; names with `_` in front are left out unless
    the pattern begins so too."""
    if name.startswith("_") and not pattern.startswith("_"):
        return False
    if pattern == "them":
        return True
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def parse_condition(text: str, start: int = 0, whole: Span | None = None) -> Condition:
    """Read a condition. `start` is the offset of its first character in the source; where the text does not stand
    there letter by letter, `whole` is the place that every part is given. Raises `ParseError`, `UnsupportedError`."""
    return _Parser(text, start, whole).parse()


class _Parser:
    def __init__(self, text: str, start: int, whole: Span | None) -> None:
        self.text, self.start, self.whole = text, start, whole
        self.tokens: list[tuple[str, int]] = []
        for match in _WORD.finditer(text):
            group = "word" if match["word"] is not None else "mark"
            self.tokens.append((match[group], match.start(group)))
        self.at = 0

    def span(self, first: int, last: int) -> Span:
        if self.whole is not None:
            return self.whole
        if not self.tokens or first >= len(self.tokens):
            return Span(self.start + len(self.text), self.start + len(self.text) + 1)
        word, end = self.tokens[min(last, len(self.tokens) - 1)]
        return Span(self.start + self.tokens[first][1], self.start + end + len(word))

    def peek(self) -> str | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def fail(self, message: str, help: str | None = None) -> ParseError:
        return ParseError(message, span=self.span(self.at, self.at), help=help)

    def parse(self) -> Condition:
        for at, (word, _) in enumerate(self.tokens):
            if word == "|":
                raise UnsupportedError(
                    "an aggregation in the condition (`|`) is no longer part of Sigma", span=self.span(at, at),
                    help="write it as a correlation rule",
                )  # fmt: skip
        found = self.chain("or", lambda: self.chain("and", self.negation))
        if (word_left := self.peek()) is not None:
            lower = word_left.lower()
            hint = f"write `{lower}` in lower case" if lower in _RESERVED and lower != word_left else None
            raise self.fail(f"expected `and` or `or`, found `{word_left}`", hint)
        return found

    def chain(self, op: str, part) -> Condition:  # type: ignore[no-untyped-def]
        first = self.at
        items = [part()]
        while self.peek() == op:
            self.at += 1
            items.append(part())
        return items[0] if len(items) == 1 else Joined(op, tuple(items), self.span(first, self.at - 1))

    def negation(self) -> Condition:
        first = self.at
        if self.peek() == "not":
            self.at += 1
            return Negated(self.negation(), self.span(first, self.at - 1))
        return self.operand()

    def operand(self) -> Condition:
        word, first = self.peek(), self.at
        if word is None:
            raise self.fail("the condition ends too early", "a selection's name is expected here")
        if word == "(":
            self.at += 1
            found = self.chain("or", lambda: self.chain("and", self.negation))
            if self.peek() != ")":
                raise self.fail("expected `)`" + (f", found `{self.peek()}`" if self.peek() else ""))
            self.at += 1
            return found
        if word == ")" or word in _RESERVED:
            raise self.fail(f"expected the name of a selection, found `{word}`")
        self.at += 1
        if self.peek() == "of" and (word in ("all", "any") or word.isdecimal()):
            self.at += 1
            pattern = self.peek()
            if pattern is None or pattern in "()" or pattern in _RESERVED:
                raise self.fail("expected `them` or a pattern of names after `of`")
            self.at += 1
            count = None if word == "all" else 1 if word == "any" else int(word)
            if count == 0:
                raise ParseError("`0 of` has no meaning", span=self.span(first, self.at - 1))
            return Of(count, pattern, self.span(first, self.at - 1))
        if "*" in word:
            raise ParseError(
                f"the pattern `{word}` stands without `of`", span=self.span(first, first), help=f"write `1 of {word}`"
            )
        return Name(word, self.span(first, first))
