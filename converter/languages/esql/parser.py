"""ES|QL's commands."""

from __future__ import annotations

from collections.abc import Callable

from converter.diagnostics import ParseError, Span, UnsupportedError
from converter.languages.esql.expressions import ExpressionParser
from converter.languages.esql.lexer import Lexeme, Lexer, name_value, string_value
from converter.tree import ANY, Token, merge_tokens
from converter.tree.pipeline import (
    Command,
    Dissect,
    Drop,
    Eval,
    Foreign,
    From,
    Grok,
    Keep,
    Limit,
    MvExpand,
    Order,
    Pipeline,
    Rename,
    Row,
    Show,
    Sort,
    Stats,
    Where,
)

#: Commands that only a cluster can run: they are kept as text.
FOREIGN = frozenset(
    ["ENRICH", "LOOKUP", "COMPLETION", "RERANK", "FORK", "FUSE", "SAMPLE", "CHANGE_POINT", "PROMQL", "URI_PARTS"]
)

SOURCES = ("FROM", "ROW", "SHOW", "TS")


def parse_pipeline(text: str) -> Pipeline:
    """The commands of a query; raises `ParseError`."""
    return _Parser(text).pipeline()


class _Parser(ExpressionParser):
    def __init__(self, text: str) -> None:
        super().__init__(Lexer(text))
        self._commands: dict[str, Callable[[int], Command]] = {
            "where": self._where,
            "eval": self._eval,
            "keep": self._keep,
            "drop": self._drop,
            "rename": self._rename,
            "stats": self._stats,
            "inlinestats": self._inline_stats,
            "inline": self._inline,
            "dissect": self._dissect,
            "grok": self._grok,
            "mv_expand": self._mv_expand,
            "sort": self._sort,
            "limit": self._limit,
        }

    def pipeline(self) -> Pipeline:
        commands = [self._source()]
        while self.take_op("|"):
            commands.append(self._command())
        token = self.lexer.peek()
        if token.kind != "end":
            raise self._left_over(token)
        return Pipeline(tuple(commands), span=Span(commands[0].span.start if commands[0].span else 0, token.end))

    def _left_over(self, token: Lexeme) -> ParseError:
        if token.text == "=":
            return ParseError("a single `=` does not compare", span=token.span, help="write `==`")
        if token.text == "=~":
            return ParseError("`=~` is no operator of ES|QL rules", span=token.span, help="write `TO_LOWER(…) == …`")
        return self.fail("`|` or the end of the query", token)

    def _source(self) -> Command:
        token = self.lexer.peek()
        start = token.start
        if token.word in ("set", "explain"):
            raise UnsupportedError(f"`{token.text}` before the query is not supported", span=token.span)
        if token.kind != "name" or token.word.upper() not in SOURCES:
            raise self.fail("a source command", token, "a query begins with FROM, ROW or SHOW")
        self.lexer.take()
        match token.word:
            case "row":
                return Row(self.assignments(), span=self._since(start))
            case "show":
                what = self.lexer.peek()
                if what.word != "info":
                    raise self.fail("`INFO`")
                self.lexer.take()
                return Show("info", span=self._since(start))
        return self._from(start, token.word == "ts")

    def _from(self, start: int, series: bool) -> From:
        if self.lexer.text.startswith("(", self.lexer.skip(self.lexer.at)):
            raise UnsupportedError("a subquery in FROM is not supported", span=self.lexer.peek().span)
        indices = [self._index()]
        while self._source_op(","):
            indices.append(self._index())
        bracket = self._source_op("[")
        metadata: list[str] = []
        before = self.lexer.at
        word = self.lexer.source()
        if word is not None and word.text.lower() == "metadata":
            metadata.append(self._metadata())
            while self._source_op(","):
                metadata.append(self._metadata())
        elif word is not None:
            self.lexer.move(before)
            raise ParseError(
                f"expected `,`, `|` or `METADATA`, found `{word.text}`",
                span=word.span,
                help="names are parted by commas",
            )
        if bracket and not self._source_op("]"):
            raise self.fail("`]`")
        return From(tuple(indices), tuple(metadata), series, span=self._since(start))

    def _source_op(self, op: str) -> bool:
        at = self.lexer.skip(self.lexer.at)
        if self.lexer.text.startswith(op, at):
            self.lexer.move(at + len(op))
            return True
        return False

    def _index(self) -> str:
        name = self._index_part()
        at = self.lexer.at
        for separator in ("::", ":"):
            if self.lexer.text.startswith(separator, at):
                self.lexer.move(at + len(separator))
                return name + separator + self._index_part()
        return name

    def _index_part(self) -> str:
        found = self.lexer.source()
        if found is not None:
            return found.text
        token = self.lexer.peek()
        if token.kind == "string":
            return string_value(self.lexer.take().text)
        raise self.fail("an index pattern", token)

    def _metadata(self) -> str:
        found = self.lexer.source()
        if found is None:
            raise self.fail("a metadata field", help="such as _id, _index, _version")
        return found.text

    def _command(self) -> Command:
        token = self.lexer.peek()
        if token.kind != "name":
            raise self.fail("a command", token)
        known = self._commands.get(token.word)
        if known is not None:
            self.lexer.take()
            return known(token.start)
        if token.word.upper() in FOREIGN:
            return self._foreign()
        raise ParseError(
            f"`{token.text}` is no command of ES|QL",
            span=token.span,
            help="known: " + ", ".join(sorted((*(name.upper() for name in self._commands), *FOREIGN))),
        )

    def _where(self, start: int) -> Command:
        return Where(self.boolean(), span=self._since(start))

    def _eval(self, start: int) -> Command:
        return Eval(self.assignments(), span=self._since(start))

    def _keep(self, start: int) -> Command:
        return Keep(self._patterns(), span=self._since(start))

    def _drop(self, start: int) -> Command:
        return Drop(self._patterns(), span=self._since(start))

    def _patterns(self) -> tuple[tuple[Token, ...], ...]:
        patterns = [self._pattern()]
        while self._source_op(","):
            patterns.append(self._pattern())
        return tuple(patterns)

    def _pattern(self) -> tuple[Token, ...]:
        tokens: list[Token] = []
        while True:
            piece = self.lexer.pattern()
            if piece is None:
                raise self.fail("a column or a pattern")
            while piece is not None:
                tokens.extend(self._piece(piece))
                piece = self.lexer.pattern() if self.lexer.skip(self.lexer.at) == self.lexer.at else None
            if not self._source_op("."):
                return merge_tokens(tokens)
            tokens.append(".")

    def _piece(self, piece: Lexeme) -> list[Token]:
        if piece.kind == "quoted":
            return [name_value(piece.text)]
        if piece.text[0].isdigit() or piece.text in ("_", "@"):
            raise ParseError(
                f"`{piece.text}` is no name", span=piece.span, help="put it in backquotes if the column is called so"
            )
        out: list[Token] = []
        for i, part in enumerate(piece.text.split("*")):
            out.extend([ANY, part] if i else [part])
        return out

    def _name(self) -> str:
        """A whole column name where patterns are read but no wildcard may stand."""
        start = self.lexer.skip(self.lexer.at)
        tokens = self._pattern()
        if len(tokens) != 1 or not isinstance(tokens[0], str):
            raise ParseError("a wildcard cannot stand here", span=self._since(start))
        return tokens[0]

    def _rename(self, start: int) -> Command:
        pairs = [self._rename_pair()]
        while self._source_op(","):
            pairs.append(self._rename_pair())
        return Rename(tuple(pairs), span=self._since(start))

    def _rename_pair(self) -> tuple[str, str]:
        first = self._name()
        if self.take_op("="):
            return self._name(), first
        if not self.take_word("as"):
            raise self.fail("`AS`")
        return first, self._name()

    def _stats(self, start: int) -> Stats:
        aggregates = () if self.at_word("by") else self.assignments(conditional=True)
        by = self.assignments() if self.take_word("by") else ()
        return Stats(aggregates, by, span=self._since(start))

    def _inline_stats(self, start: int) -> Command:
        found = self._stats(start)
        return Stats(found.aggregates, found.by, True, span=found.span)

    def _inline(self, start: int) -> Command:
        if not self.take_word("stats"):
            raise self.fail("`STATS`")
        return self._inline_stats(start)

    def _dissect(self, start: int) -> Command:
        item = self.primary()
        pattern = self.string("a pattern in quotes")
        separator = ""
        while self.lexer.peek().kind == "name":
            option = self.lexer.take()
            if option.word != "append_separator":
                raise ParseError(
                    f"`{option.text}` is no option of DISSECT", span=option.span, help="there is only APPEND_SEPARATOR"
                )
            self.expect_op("=")
            separator = self.string("a string in quotes")
            self.take_op(",")
        return Dissect(item, pattern, separator, span=self._since(start))

    def _grok(self, start: int) -> Command:
        item = self.primary()
        patterns = [self.string("a pattern in quotes")]
        while self.take_op(","):
            patterns.append(self.string("a pattern in quotes"))
        return Grok(item, tuple(patterns), span=self._since(start))

    def _mv_expand(self, start: int) -> Command:
        return MvExpand(self.column(), span=self._since(start))

    def _sort(self, start: int) -> Command:
        orders = [self._order()]
        while self.take_op(","):
            orders.append(self._order())
        return Sort(tuple(orders), span=self._since(start))

    def _order(self) -> Order:
        start = self.lexer.peek().start
        item = self.boolean()
        descending = False
        if self.at_word("asc", "desc"):
            descending = self.lexer.take().word == "desc"
        nulls: str | None = None
        if self.take_word("nulls"):
            if not self.at_word("first", "last"):
                raise self.fail("`FIRST` or `LAST`")
            nulls = self.lexer.take().word
        return Order(item, descending, nulls, span=self._since(start))

    def _limit(self, start: int) -> Command:
        token = self.lexer.peek()
        if token.kind != "integer":
            raise self.fail("a whole number")
        self.lexer.take()
        return Limit(int(token.text), span=self._since(start))

    def _foreign(self) -> Command:
        """Everything to the next `|` outside parentheses; read by tokens, so that no string is cut."""
        name = self.lexer.take()
        begin = self.lexer.skip(self.lexer.at)
        depth = 0
        while True:
            token = self.lexer.peek()
            if token.kind == "end" or (token.text == "|" and token.kind == "op" and not depth):
                break
            if token.kind == "op":
                depth += (token.text in "([{") - (token.text in ")]}")
            self.lexer.take()
        text = self.lexer.text[begin : self.lexer.last_end] if self.lexer.last_end > begin else ""
        if not text or depth:
            raise self.fail(f"the arguments of `{name.text}`")
        return Foreign(name.word.upper(), text, span=self._since(name.start))
