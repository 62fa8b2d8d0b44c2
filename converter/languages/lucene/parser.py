"""The grammar of Lucene's classic query syntax, and what its operators make of the clauses.

A clause is required, optional or prohibited by the operators beside it (`AND` requires both its sides, `NOT - !`
prohibits, `+` requires, `OR` does nothing). A group holds if every required and no prohibited clause does, or, where
none is required, one optional; a group of prohibited clauses alone holds for everything else. A clause in which the
analyser finds no word drops out. Source: `QueryParser.jj` and `QueryParserBase` of Lucene 9, an 8.19 node's answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from converter.diagnostics import ParseError, Span
from converter.languages.lucene.lexer import Lexeme, lex, unescape
from converter.languages.lucene.meaning import Meaning, java_float
from converter.matching.counting import at_least, least_of
from converter.tree import ALWAYS, NEVER, Node, Or, Phrase, conj, disj, negate

Occur = Literal["must", "should", "must_not"]

#: What Java's `trim` takes off a query: no other white space makes it an empty one.
_TRIMMED = "".join(map(chr, range(0x21)))
_NOT_AFTER_WORDS = {"COLON", "STAR", "FUZZY_SLOP", "CARAT", "AND", "OR"}
_WORDS = {"TERM", "STAR", "PREFIXTERM", "WILDTERM", "REGEXPTERM", "NUMBER", "BAREOPER"}
_ENDS = {"RANGE_GOOP", "RANGE_QUOTED", "RANGE_TO"}
_OPERATORS = {"AND", "OR", "NOT"}


@dataclass(frozen=True, slots=True)
class Clause:
    occur: Occur
    node: Node


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses that are combined by their kinds."""

    clauses: tuple[Clause, ...]
    span: Span

    def node(self, least: str | int | None = None) -> Node:
        must, should, must_not = (
            [clause.node for clause in self.clauses if clause.occur == occur]
            for occur in ("must", "should", "must_not")
        )
        parts = list(must)
        if least is not None:
            wanted = least_of(least, len(should))
            parts.append(at_least(max(1, wanted) if should and not must else wanted, should, self.span))
        elif should and not must:
            parts.append(disj(should, self.span))
        parts += [negate(node, self.span) for node in must_not]
        return conj([part for part in parts if part != ALWAYS] or [replace(ALWAYS, span=self.span)], self.span)


def parse(text: str, meaning: Meaning, least: str | int | None = None) -> Node:
    """The tree of a whole query; `least` is query_string's `minimum_should_match`. Raises `ParseError`."""
    whole = Span(0, len(text))
    if not text.strip(_TRIMMED):
        return NEVER
    found = _Parser(lex(text), meaning).whole()
    if found is None:
        return NEVER
    if isinstance(found, Group):
        return found.node(least)
    if least is not None and isinstance(found, Or) and _is_words(found):
        return at_least(max(1, least_of(least, len(found.items))), found.items, whole)
    return found


def _is_words(node: Or) -> bool:
    """Whether it is the words of one value on one text field, which are clauses of their own."""
    fields = {item.field if isinstance(item, Phrase) else None for item in node.items}
    return len(fields) == 1 and None not in fields


class _Parser:
    """`query` and below give None for what no word is left of."""

    def __init__(self, lexemes: list[Lexeme], meaning: Meaning) -> None:
        self.lexemes, self.meaning, self.at = lexemes, meaning, 0

    def kind(self, ahead: int = 0) -> str:
        return self.lexemes[min(self.at + ahead, len(self.lexemes) - 1)].kind

    def next(self) -> Lexeme:
        found = self.lexemes[self.at]
        self.at = min(self.at + 1, len(self.lexemes) - 1)
        return found

    def take(self, *kinds: str) -> Lexeme | None:
        return self.next() if self.kind() in kinds else None

    def expect(self, what: str, *kinds: str) -> Lexeme:
        found = self.take(*kinds)
        if found is None:
            raise self.unexpected(what)
        return found

    def unexpected(self, what: str) -> ParseError:
        found = self.lexemes[self.at]
        shown = "the end of the query" if found.kind == "EOF" else f"`{found.text}`"
        help_ = None
        if found.kind in _OPERATORS:
            help_ = f"`\\{found.text}` or quotes make it a word"
        elif found.kind in ("COLON", "MINUS", "PLUS", "LPAREN", "RPAREN"):
            help_ = f"write `\\{found.text}` for the character, or put the value into quotes"
        return ParseError(f"expected {what}, found {shown}", span=found.span, help=help_)

    def whole(self) -> Node | Group | None:
        found = self.query(None)
        if self.kind() != "EOF":
            raise self.unexpected("an operator or the end")
        return found

    def query(self, field: str | None) -> Node | Group | None:
        clauses: list[Clause] = []
        start = self.lexemes[self.at].span
        alone: Node | Group | None = None
        first = True
        while first or self.kind() not in ("EOF", "RPAREN"):
            sign = None
            if self.several_words():
                found: Node | Group | None = self.words(field, clauses)
            else:
                joined = None if first else self.take("AND", "OR")
                sign = self.take("PLUS", "MINUS", "NOT")
                found = self.clause(field)
                self.add(clauses, joined.kind if joined else None, sign.kind if sign else None, found)
            if first and sign is None:
                alone = found
            first = False
        if alone is not None and len(clauses) == 1:
            return alone
        end = self.lexemes[max(self.at - 1, 0)].span
        return Group(tuple(clauses), start.to(end)) if clauses else None

    def add(self, clauses: list[Clause], joined: str | None, sign: str | None, found: Node | Group | None) -> None:
        every = self.meaning.every
        if clauses and clauses[-1].occur != "must_not":
            if joined == "AND":
                clauses[-1] = Clause("must", clauses[-1].node)
            elif joined == "OR" and every:
                clauses[-1] = Clause("should", clauses[-1].node)
        if found is None:
            return
        node = found.node() if isinstance(found, Group) else found
        if sign in ("MINUS", "NOT"):
            occur: Occur = "must_not"
        elif every:
            occur = "should" if joined == "OR" and sign is None else "must"
        else:
            occur = "must" if sign == "PLUS" or joined == "AND" else "should"
        clauses.append(Clause(occur, node))

    def several_words(self) -> bool:
        """Whether words follow that are searched together: the last one before an operator is not."""
        return self.kind() == "TERM" == self.kind(1) and self.kind(2) not in _NOT_AFTER_WORDS

    def words(self, field: str | None, clauses: list[Clause]) -> Node | None:
        texts = [self.next()]
        while self.kind() == "TERM" and self.kind(1) not in _NOT_AFTER_WORDS:
            texts.append(self.next())
        span = texts[0].span.to(texts[-1].span)
        text = unescape(" ".join(lexeme.text for lexeme in texts), span)
        node = self.meaning.value(field, text, span)
        if node is None:
            return None
        occur: Occur = "must" if self.meaning.every else "should"
        split = node.items if isinstance(node, Or) and self.meaning.splits(field) else (node,)
        clauses.extend(Clause(occur, item) for item in split)
        return node

    def clause(self, field: str | None) -> Node | Group | None:
        if self.kind(1) == "COLON" and self.kind() in ("TERM", "STAR"):
            name = self.next()
            self.next()
            field = "*" if name.kind == "STAR" else unescape(name.text, name.span)
            self.meaning.names[field] = name.span
        if self.kind() != "LPAREN":
            return self.term(field)
        opened = self.next()
        found = self.query(field)
        if not self.take("RPAREN"):
            error = self.unexpected("`)` or an operator")
            raise (
                error
                if self.kind() != "EOF"
                else ParseError(
                    "the parenthesis is never closed",
                    span=opened.span,
                    help="close it, or write `\\(` for the character",
                )
            )
        if self.take("CARAT"):
            self.expect("a number", "NUMBER")
        return found

    def term(self, field: str | None) -> Node | None:
        word = self.take(*_WORDS)
        if word is not None:
            slop = self.suffix()
            return self.word(field, word, slop)
        if self.kind() in ("RANGEIN_START", "RANGEEX_START"):
            return self.range(field)
        quoted = self.take("QUOTED")
        if quoted is None:
            raise self.unexpected("a value")
        slop = self.suffix()
        text = unescape(quoted.text[1:-1], quoted.span)
        distance = None if slop is None else java_float(slop.text[1:])  # what is no number is ignored here
        words = self.meaning.slop if distance is None else int(distance)
        return self.meaning.value(field, text, quoted.span, quoted=True, slop=words)

    def suffix(self) -> Lexeme | None:
        """Behind a value: a boost, which changes no hits, and a fuzziness, in any order."""
        slop = self.take("FUZZY_SLOP")
        if self.take("CARAT"):
            self.expect("a number", "NUMBER")
            slop = slop or self.take("FUZZY_SLOP")
        return slop

    def word(self, field: str | None, word: Lexeme, slop: Lexeme | None) -> Node | None:
        span = word.span if slop is None else word.span.to(slop.span)
        text = word.text[0] if word.kind == "BAREOPER" else unescape(word.text, span)  # of patterns for its errors only
        match word.kind:
            case "STAR" | "WILDTERM":
                return self.meaning.wildcard(field, word.text, span)
            case "PREFIXTERM":
                return self.meaning.prefix(field, unescape(word.text[:-1], span), span)
            case "REGEXPTERM":
                return self.meaning.regex(field, word.text[1:-1], span)
        if slop is not None:
            return self.meaning.fuzzy(field, text, slop.text[1:], span)
        return self.meaning.value(field, text, span)

    def range(self, field: str | None) -> Node | None:
        opened = self.next()
        low = self.end_of_range()
        self.expect("`TO`", "RANGE_TO")
        high = self.end_of_range()
        closed = self.expect("`]` or `}`", "RANGEIN_END", "RANGEEX_END")
        if self.take("CARAT"):
            self.expect("a number", "NUMBER")
        span = opened.span.to(closed.span)
        return self.meaning.range(field, low, high, opened.text == "{", closed.text == "}", span)

    def end_of_range(self) -> str | None:
        found = self.expect("an end of the range", *_ENDS)
        if found.kind == "RANGE_QUOTED":
            return unescape(found.text[1:-1], found.span)
        return None if found.text == "*" else unescape(found.text, found.span)
