"""Kibana's KQL: the grammar that a rule in `kuery` is read with. `not` binds before `and`, `and` before `or`."""

from __future__ import annotations

import re
from collections.abc import Callable

from converter.diagnostics import ParseError, Source, Span
from converter.languages.kuery.meaning import Meaning
from converter.languages.kuery.spelling import QUOTED, SPACE, UNQUOTED, Name, Value, kibana_name, kibana_value
from converter.tree import Node, conj, disj, negate

_SPACES = re.compile(f"[{SPACE}]*")
_AND = re.compile(f"[{SPACE}]+and[{SPACE}]+", re.IGNORECASE)
_OR = re.compile(f"[{SPACE}]+or[{SPACE}]+", re.IGNORECASE)
_NOT = re.compile(f"not[{SPACE}]+", re.IGNORECASE)
_RANGE = re.compile("<=|>=|<|>")


def parse_kibana(source: Source, meaning: Meaning) -> Node:
    """The tree of a text; raises `ParseError`, and what `meaning` raises for a field's type."""
    return _Parser(source.text, meaning).query()


class _Parser:
    def __init__(self, text: str, meaning: Meaning) -> None:
        self.text = text
        self.meaning = meaning
        self.at = 0

    def query(self) -> Node:
        self.spaces()
        if self.at == len(self.text):
            return self.meaning.everything(Span(0, len(self.text)))
        node = self.chain(self.condition)
        self.spaces()
        if self.at < len(self.text):
            raise self.unexpected("expected `and`, `or` or the end of the query")
        return node

    def chain(self, operand: Callable[[], Node]) -> Node:
        start = self.at
        choices: list[Node] = []
        while True:
            parts = [operand()]
            while self.take(_AND):
                parts.append(operand())
            choices.append(conj(parts, Span(start, self.at)))
            if not self.take(_OR):
                return disj(choices, Span(start, self.at))

    def condition(self) -> Node:
        start = self.at
        if self.take(_NOT):
            return negate(self.clause(), Span(start, self.at))
        return self.clause()

    def clause(self) -> Node:
        if self.peek("("):
            return self.group(lambda: self.chain(self.condition))
        start = self.at
        value = self.literal("expected a field, a value or `(`")
        end = self.at
        self.spaces()
        if self.peek(":"):
            self.at += 1
            self.spaces()
            return self.predicate(kibana_name(value), start)
        operator = _RANGE.match(self.text, self.at)
        if operator:
            self.at = operator.end()
            self.spaces()
            bound = self.literal(f"expected a value after `{operator.group()}`")
            return self.meaning.compare(kibana_name(value), operator.group(), bound, Span(start, self.at))
        self.at = end
        return self.meaning.unscoped(value, Span(start, end))

    def predicate(self, name: Name, start: int) -> Node:
        """What follows `field:`."""
        if self.peek("{"):
            self.at += 1
            self.spaces()
            with self.meaning.inside(name):
                inner = self.chain(self.condition)
            self.close("}")
            return self.meaning.nested(name, inner, Span(start, self.at))
        return self.values(name, start)

    def values(self, name: Name, start: int) -> Node:
        if self.peek("("):
            return self.group(lambda: self.chain(lambda: self.item(name)))
        value = self.literal(f"expected a value after `{name.text}:`")
        return self.meaning.equals(name, value, Span(start, self.at))

    def item(self, name: Name) -> Node:
        start = self.at
        if self.take(_NOT):
            return negate(self.values(name, self.at), Span(start, self.at))
        return self.values(name, start)

    def group(self, inner: Callable[[], Node]) -> Node:
        self.at += 1
        self.spaces()
        node = inner()
        self.close(")")
        return node

    def close(self, bracket: str) -> None:
        self.spaces()
        if not self.peek(bracket):
            raise self.unexpected(f"expected `and`, `or` or `{bracket}`")
        self.at += 1

    def literal(self, otherwise: str) -> Value:
        quoted = self.peek('"')
        found = (QUOTED if quoted else UNQUOTED).match(self.text, self.at)
        if found is None:
            raise self.unexpected("the quote is never closed" if quoted else otherwise)
        self.at = found.end()
        return kibana_value(found.group(), Span(found.start(), found.start() + len(found.group().rstrip(SPACE))))

    def spaces(self) -> None:
        found = _SPACES.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found is not None

    def peek(self, char: str) -> bool:
        return self.text.startswith(char, self.at)

    def unexpected(self, message: str) -> ParseError:
        rest = self.text[self.at :]
        span = Span(self.at, self.at + (1 if rest else 0))
        if not rest:
            return ParseError(f"{message}, but the query ends", span=span)
        return ParseError(f"{message}, but found `{rest.split()[0][:20]}`", span=span, help=_advice(self.text, self.at))


def _advice(text: str, at: int) -> str | None:
    """What mostly lies behind an unexpected character."""
    rest = text[at:]
    word = re.search(r"\b(and|or|not)$", text[:at], re.IGNORECASE)
    if word and rest[0] == "(":
        return f"put a blank behind `{word.group()}`"
    if _NOT.match(rest):
        if _NOT.search(text[max(0, at - 8) : at]):
            return "`not not` is no KQL: write the positive condition"
        return "a value that holds `not` and a blank needs quotes; a second condition needs `and` or `or`"
    if rest[0] == "\\":
        return r"write a backslash as `\\`, or put the value into quotes, where it needs `\\` too"
    if rest[0] in ':<>(){}"*':
        return f"put the value into quotes, or write `\\{rest[0]}`"
    return "put spaces around `and` and `or`"
