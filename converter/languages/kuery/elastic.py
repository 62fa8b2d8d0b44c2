"""Elasticsearch's own KQL, as the `kql` query and ES|QL's `KQL()` read it: another grammar than Kibana's.

`and` and `or` bind alike and group to the right, keywords may be part of a value, a value holds single blanks. Value
lists (`f:(a or b)`), an error in 8.19, have the meaning of the releases after 9.1: grouped to the left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from converter.diagnostics import ParseError, Source, Span
from converter.languages.kuery.meaning import Meaning
from converter.languages.kuery.spelling import (
    BLANK,
    ELASTIC_QUOTED,
    ELASTIC_WORD,
    Name,
    Value,
    elastic_quoted,
    elastic_value,
    elastic_word,
    starred,
)
from converter.tree import ANY, Node, Token, conj, disj, merge_tokens, negate

_OPERATOR = re.compile(r"<=|>=|[<>:(){}]")
_BLANKS = re.compile(f"[{BLANK}]+")
_KEYWORDS = {"and": "link", "or": "link", "not": "not"}


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind`: `link` (and, or), `not`, `word`, `quoted`, `end`, or the operator itself."""

    kind: str
    lexeme: str
    span: Span


def parse_elastic(source: Source, meaning: Meaning) -> Node:
    """The tree of a text; raises `ParseError`, and what `meaning` raises for a field's type."""
    tokens = _tokens(source.text)
    if tokens[0].kind == "end":
        return meaning.everything(Span(0, len(source.text)))
    parser = _Parser(tokens, meaning)
    node = parser.chain(scoped=True)
    if parser.token.kind != "end":
        raise parser.unexpected("expected `and`, `or` or the end of the query")
    return node


def _tokens(text: str) -> list[_Token]:
    out: list[_Token] = []
    at = 0
    while at < len(text):
        blank = _BLANKS.match(text, at)
        if blank:
            at = blank.end()
            continue
        kind = "word"
        found = ELASTIC_WORD.match(text, at)
        if found:
            kind = _KEYWORDS.get(found.group().lower(), "word")
        elif found := ELASTIC_QUOTED.match(text, at):
            kind = "quoted"
        elif found := _OPERATOR.match(text, at):
            kind = found.group()
        else:
            raise ParseError(
                f"`{text[at : at + 2]}` begins no word",
                span=Span(at, at + 1),
                help=r"close the quote; outside quotes a backslash stands only before `\ ( ) : < > \" * { }`, t, r, n, "
                "uXXXX and keywords",
            )
        at = found.end()
        out.append(_Token(kind, found.group(), Span(found.start(), at)))
    out.append(_Token("end", "", Span(len(text), len(text))))
    return out


class _Parser:
    def __init__(self, tokens: list[_Token], meaning: Meaning) -> None:
        self.tokens = tokens
        self.meaning = meaning
        self.at = 0
        self.starts = [False] * (len(tokens) + 1)
        for i in range(len(tokens) - 1, -1, -1):
            self.starts[i] = self._starts(i)

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else "end"

    # Keywords may belong to a value: whether a condition begins, or a value ends, at a token depends on what follows.

    def _starts(self, at: int) -> bool:
        kind = self.kind(at)
        if kind in ("(", "quoted") or (kind == "word" and self.kind(at + 1) in (":", "<", "<=", ">", ">=")):
            return True
        if kind == "not" and self.starts[at + 1]:
            return True
        return self._value_end(at) is not None

    def _follows(self, at: int) -> bool:
        return self.kind(at) in ("end", ")", "}") or (self.kind(at) == "link" and self.starts[at + 1])

    def _value_ends(self, at: int) -> list[int]:
        """Where a value that begins at the token may end, preferred end first."""
        if self.kind(at) == "quoted":
            return [at + 1]
        led = self.kind(at) in ("link", "not")
        first = at + led
        last = first
        while self.kind(last) == "word":
            last += 1
        if last > first:
            return [last + 1, last] if self.kind(last) in ("link", "not") else [last]
        if not led:
            return []
        trailing = self.kind(first) == "link" or (self.kind(first) == "not" and self.kind(at) == "link")
        return [first + 1, first] if trailing else [first]

    def _value_end(self, at: int) -> int | None:
        return next((end for end in self._value_ends(at) if self._follows(end)), None)

    def chain(self, scoped: bool) -> Node:
        """Conditions joined by `and` and `or`, grouped to the right. Inside braces values need a field (`scoped` False
        there means that they do)."""
        start = self.token.span
        operands = [self.condition(scoped)]
        links: list[str] = []
        while self.token.kind == "link":
            links.append(self.token.lexeme.lower())
            self.at += 1
            operands.append(self.condition(scoped))
        node = operands.pop()
        for link, left in zip(reversed(links), reversed(operands), strict=True):
            span = start if left is operands[0] else left.span or start
            join = conj if link == "and" else disj
            node = join((left, node), span.to(node.span) if node.span else span)
        return node

    def condition(self, scoped: bool) -> Node:
        token = self.token
        following = self.kind(self.at + 1)
        stars = [held.lexeme for held in self.tokens[self.at : self.at + 3]]
        if stars == ["*", ":", "*"] and self._follows(self.at + 3):
            self.at += 3
            return self.meaning.everything(token.span)
        if token.kind == "not" and self.starts[self.at + 1]:
            self.at += 1
            inner = self.condition(scoped)
            return negate(inner, token.span.to(inner.span or token.span))
        if token.kind == "(":
            self.at += 1
            inner = self.chain(scoped)
            self.close(")")
            return inner
        if token.kind in ("word", "quoted") and following == ":":
            self.at += 2
            return self.predicate(self.name(token), token.span)
        if token.kind in ("word", "quoted") and following in ("<", "<=", ">", ">="):
            self.at += 2
            bound = self.bound(following)
            return self.meaning.compare(self.name(token), following, bound, token.span.to(bound.span))
        if token.lexeme == "*" and self._follows(self.at + 1):
            self.at += 1
            return self.meaning.everything(token.span)
        if not scoped:
            raise self.unexpected("expected a field: a value without one has no meaning inside braces")
        value = self.value()
        return self.meaning.unscoped(value, value.span)

    def predicate(self, name: Name, start: Span) -> Node:
        token = self.token
        if token.kind == "{":
            self.at += 1
            with self.meaning.inside(name):
                inner = self.chain(scoped=False)
            self.close("}")
            return self.meaning.nested(name, inner, start.to(self.tokens[self.at - 1].span))
        if token.lexeme == "*" and self._follows(self.at + 1):
            self.at += 1
            return self.meaning.exists(name, start.to(token.span))
        if token.kind != "(":
            value = self.value()
            return self.meaning.equals(name, value, start.to(value.span))
        self.at += 1
        end = next((end for end in self._value_ends(self.at) if self.kind(end) == ")"), None)
        if end is None:
            node = self.group(name)
        else:
            node = self.meaning.equals(name, self.read(end), start.to(self.tokens[end].span))
        self.close(")")
        return node

    def group(self, name: Name) -> Node:
        node = self.item(name)
        while self.token.kind == "link":
            link = self.token.lexeme.lower()
            self.at += 1
            node = (conj if link == "and" else disj)((node, self.item(name)))
        return node

    def item(self, name: Name) -> Node:
        token = self.token
        if token.kind == "not" and self.kind(self.at + 1) in ("not", "(", "word", "quoted"):
            self.at += 1
            return negate(self.item(name), token.span)
        if token.kind == "(":
            self.at += 1
            node = self.group(name)
            self.close(")")
            return node
        value = self.value()
        return self.meaning.equals(name, value, value.span)

    def name(self, token: _Token) -> Name:
        if token.kind == "quoted":
            # a star in a quoted name matches nothing: no field is called so
            return Name(elastic_quoted(token.lexeme, token.span), token.span)
        text = elastic_word(token.lexeme, token.span)
        if "*" not in text:
            return Name(text, token.span)
        pieces: list[Token] = []
        for part in text.split("*"):
            pieces += [part, ANY]
        return Name(text, token.span, merge_tokens(pieces[:-1]))

    def value(self) -> Value:
        ends = self._value_ends(self.at)
        if not ends:
            raise self.unexpected("expected a value")
        end = self._value_end(self.at)
        return self.read(ends[0] if end is None else end)

    def bound(self, operator: str) -> Value:
        first = self.at
        if self.token.kind == "quoted":
            return self.read(first + 1)
        end = first
        while self.kind(end) == "word":
            end += 1
        if end == first:
            raise self.unexpected(f"expected a value after `{operator}`")
        return self.read(end)

    def read(self, end: int) -> Value:
        """The value that the tokens up to `end` spell, joined by single blanks."""
        tokens = self.tokens[self.at : end]
        self.at = end
        span = tokens[0].span.to(tokens[-1].span)
        if tokens[0].kind == "quoted":
            return elastic_value(elastic_quoted(tokens[0].lexeme, span), span, quoted=True, wild=False)
        texts = [elastic_word(token.lexeme, token.span) for token in tokens]
        return elastic_value(" ".join(texts), span, quoted=False, wild=any(starred(token.lexeme) for token in tokens))

    def close(self, bracket: str) -> None:
        if self.token.kind != bracket:
            raise self.unexpected(f"expected `and`, `or` or `{bracket}`")
        self.at += 1

    def unexpected(self, message: str) -> ParseError:
        token = self.token
        if token.kind == "end":
            return ParseError(f"{message}, but the query ends", span=token.span)
        return ParseError(
            f"{message}, but found `{token.lexeme[:20]}`",
            span=token.span,
            help="put the value into quotes" if token.kind not in ("link", "not") else None,
        )
