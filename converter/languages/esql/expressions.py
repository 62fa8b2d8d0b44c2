"""ES|QL's expressions: a parser by descent over the precedence of Elasticsearch's grammar (or, and, not, predicates,
comparison, sum, product, sign, cast)."""

from __future__ import annotations

from converter.diagnostics import ParseError, Span, UnsupportedError
from converter.languages.esql.lexer import RESERVED, Lexeme, Lexer, name_value, string_value
from converter.matching.pipeline.calls import UNITS
from converter.matching.pipeline.rewriting import is_test
from converter.tree.pipeline import (
    Assignment,
    Both,
    Cast,
    Column,
    Constant,
    Either,
    Expression,
    Function,
    Interval,
    Inverse,
    IsNull,
    Like,
    MatchOperator,
    Negative,
    OneOf,
    Operation,
)

COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))

_INTEGER, _LONG, _UNSIGNED = 2**31, 2**63, 2**64


def number(text: str) -> Constant:
    """An integer literal, sign included, with the smallest type that holds it."""
    value = int(text)
    if -_INTEGER <= value < _INTEGER:
        return Constant(value, "integer")
    if -_LONG <= value < _LONG:
        return Constant(value, "long")
    if 0 <= value < _UNSIGNED:
        return Constant(value, "unsigned_long")
    return Constant(float(value), "double")


class ExpressionParser:
    """Parses what stands in `lexer`; the command parser shares it."""

    def __init__(self, lexer: Lexer) -> None:
        self.lexer = lexer

    def fail(self, wanted: str, token: Lexeme | None = None, help: str | None = None) -> ParseError:
        token = token or self.lexer.peek()
        return ParseError(f"expected {wanted}, found {token.shown()}", span=token.span, help=help)

    def at_word(self, *words: str) -> bool:
        return self.lexer.peek().word in words

    def at_op(self, *ops: str) -> bool:
        token = self.lexer.peek()
        return token.kind == "op" and token.text in ops

    def take_word(self, word: str) -> bool:
        if self.at_word(word):
            self.lexer.take()
            return True
        return False

    def take_op(self, op: str) -> bool:
        if self.at_op(op):
            self.lexer.take()
            return True
        return False

    def expect_op(self, op: str, help: str | None = None) -> Lexeme:
        if not self.at_op(op):
            raise self.fail(f"`{op}`", help=help)
        return self.lexer.take()

    def string(self, what: str) -> str:
        token = self.lexer.peek()
        if token.kind != "string":
            raise self.fail(what)
        return string_value(self.lexer.take().text)

    def _since(self, start: int) -> Span:
        return Span(start, self.lexer.last_end)

    def boolean(self) -> Expression:
        """A whole expression."""
        start = self.lexer.peek().start
        items = [self._conjunction()]
        while self.take_word("or"):
            items.append(self._conjunction())
        return items[0] if len(items) == 1 else Either(tuple(_flat(items, Either)), span=self._since(start))

    def _conjunction(self) -> Expression:
        start = self.lexer.peek().start
        items = [self._inverse()]
        while self.take_word("and"):
            items.append(self._inverse())
        return items[0] if len(items) == 1 else Both(tuple(_flat(items, Both)), span=self._since(start))

    def _inverse(self) -> Expression:
        start = self.lexer.peek().start
        if self.take_word("not"):
            return Inverse(self._inverse(), span=self._since(start))
        return self._predicate()

    def _predicate(self) -> Expression:
        start = self.lexer.peek().start
        left = self.value()
        if self.at_op(":"):
            return self._match(left, start)
        if self.take_word("is"):
            negated = self.take_word("not")
            if not self.take_word("null"):
                raise self.fail("`NULL`")
            return IsNull(left, negated, span=self._since(start))
        negated = False
        if self.at_word("not"):
            self.lexer.take()
            negated = True
            if not self.at_word("in", "like", "rlike"):
                raise self.fail("`IN`, `LIKE` or `RLIKE`")
        if self.take_word("in"):
            return self._one_of(left, negated, start)
        if self.at_word("like", "rlike"):
            return self._like(left, negated, start)
        return left

    def _match(self, left: Expression, start: int) -> Expression:
        self.expect_op(":")
        match left:
            case Column():
                column, cast = left, None
            case Cast(item=Column() as column, type=cast):
                pass
            case _:
                raise ParseError(
                    "only a field may stand before `:`", span=left.span, help="compare other values by `==`"
                )
        value = self._constant()
        if value is None:
            raise self.fail("a literal behind `:`")
        if not isinstance(value, Constant):
            raise self.fail("a literal behind `:`", self.lexer.peek())
        return MatchOperator(column, value, cast, span=self._since(start))

    def _one_of(self, left: Expression, negated: bool, start: int) -> Expression:
        self.expect_op("(", "the values of `IN` stand in parentheses")
        if self.at_word("from", "row", "ts"):
            raise UnsupportedError("a subquery inside `IN` is not supported", span=self.lexer.peek().span)
        values = [self.value()]
        while self.take_op(","):
            values.append(self.value())
        self.expect_op(")")
        return OneOf(left, tuple(values), negated, span=self._since(start))

    def _like(self, left: Expression, negated: bool, start: int) -> Expression:
        kind = self.lexer.take().word
        listed = self.take_op("(")
        patterns = [self.string("a pattern in quotes")]
        while listed and self.take_op(","):
            patterns.append(self.string("a pattern in quotes"))
        if listed:
            self.expect_op(")")
        return Like(kind, left, tuple(patterns), negated, listed, span=self._since(start))

    def value(self) -> Expression:
        """A sum, or a comparison of two."""
        start = self.lexer.peek().start
        left = self._sum()
        if not self.at_op(*COMPARISONS):
            return left
        op = self.lexer.take().text
        right = self._sum()
        if self.at_op(*COMPARISONS):
            raise self.fail("`and`, `or` or the end", help="comparisons do not chain; put one in parentheses")
        return Operation(op, left, right, span=self._since(start))

    def _sum(self) -> Expression:
        start = self.lexer.peek().start
        left = self._product()
        while self.at_op("+", "-"):
            op = self.lexer.take().text
            left = Operation(op, left, self._product(), span=self._since(start))
        return left

    def _product(self) -> Expression:
        start = self.lexer.peek().start
        left = self._signed()
        while self.at_op("*", "/", "%"):
            op = self.lexer.take().text
            left = Operation(op, left, self._signed(), span=self._since(start))
        return left

    def _signed(self) -> Expression:
        start = self.lexer.peek().start
        if self.at_op("-", "+"):
            literal = self._constant()
            if literal is not None:
                return self._casts(literal, start)
            sign = self.lexer.take().text
            item = self._signed()
            return item if sign == "+" else Negative(item, span=self._since(start))
        return self.primary()

    def primary(self) -> Expression:
        """A literal, name, call or parenthesis, with the casts behind it."""
        start = self.lexer.peek().start
        item: Expression | None
        if self.take_op("("):
            item = self.boolean()
            self.expect_op(")")
        else:
            item = self._constant()
            if item is None:
                item = self._named(start)
        return self._casts(item, start)

    def _casts(self, item: Expression, start: int) -> Expression:
        while self.take_op("::"):
            token = self.lexer.peek()
            if token.kind not in ("name", "quoted"):
                raise self.fail("a type behind `::`")
            self.lexer.take()
            item = Cast(item, name_value(token.text).lower(), span=self._since(start))
        return item

    def _named(self, start: int) -> Expression:
        token = self.lexer.peek()
        if token.kind == "name":
            self.lexer.take()
            if self.at_op("("):
                if token.word in RESERVED - {"first", "last"}:
                    raise self.fail("a value", token)
                return self._call(token, start)
            self.lexer.move(token.start)
        return self.column()

    def column(self) -> Column:
        """A name with dots."""
        start = self.lexer.peek().start
        parts = [self._part()]
        while self.at_op("."):
            self.lexer.take()
            parts.append(self._part())
        return Column(".".join(parts), span=self._since(start))

    def _part(self) -> str:
        token = self.lexer.peek()
        if token.kind == "param":
            raise ParseError("parameters have no value here", span=token.span, help="write the value itself")
        if token.kind not in ("name", "quoted"):
            raise self.fail("a value", help=_value_hint(token))
        if token.word in RESERVED:
            raise self.fail("a value", help="a name that is a word of the language stands in backquotes")
        return name_value(self.lexer.take().text)

    def _call(self, name: Lexeme, start: int) -> Function:
        self.expect_op("(")
        args: list[Expression] = []
        options: tuple[tuple[str, Constant], ...] = ()
        star = False
        if self.take_op("*"):
            star = True
        elif not self.at_op(")"):
            while True:
                if self.at_op("{"):
                    options = self._options()
                    break
                args.append(self.boolean())
                if not self.take_op(","):
                    break
        self.expect_op(")")
        return Function(name.word, tuple(args), star, options, span=self._since(start))

    def _options(self) -> tuple[tuple[str, Constant], ...]:
        self.expect_op("{")
        out: list[tuple[str, Constant]] = []
        while not self.at_op("}"):
            key = self.string("an option's name in quotes")
            self.expect_op(":")
            value = self._constant()
            if not isinstance(value, Constant):
                raise self.fail("a literal")
            out.append((key, value))
            if not self.take_op(","):
                break
        self.expect_op("}")
        return tuple(out)

    def _constant(self) -> Constant | Interval | None:
        """A literal with its sign, or None where something else stands."""
        token = self.lexer.peek()
        start = token.start
        if token.kind == "string":
            self.lexer.take()
            return Constant(string_value(token.text), "keyword", span=token.span)
        if token.word in ("null", "true", "false"):
            self.lexer.take()
            if self.at_op("("):
                raise self.fail("a value", token)
            value, kind = (None, "null") if token.word == "null" else (token.word == "true", "boolean")
            return Constant(value, kind, span=token.span)
        if token.kind == "op" and token.text == "[":
            return self._list(start)
        return self._number(start)

    def _number(self, start: int) -> Constant | Interval | None:
        sign = ""
        if self.at_op("-", "+"):
            sign = self.lexer.take().text
        token = self.lexer.peek()
        if token.kind == "decimal":
            self.lexer.take()
            value = float(sign + token.text)
            if value in (float("inf"), float("-inf")):
                raise ParseError(f"`{token.text}` is too large for a number", span=token.span)
            return Constant(value, "double", span=self._since(start))
        if token.kind != "integer":
            self.lexer.move(start)
            return None
        self.lexer.take()
        unit = self.lexer.peek()
        if unit.kind == "name" and unit.word not in RESERVED:
            if unit.word not in UNITS:
                raise ParseError(
                    f"`{unit.text}` is not a unit of time", span=unit.span, help="such as seconds, minutes, hours, days"
                )
            self.lexer.take()
            return Interval(int(sign + token.text), unit.word, span=self._since(start))
        found = number(sign + token.text)
        return Constant(found.value, found.type, span=self._since(start))

    def _list(self, start: int) -> Constant:
        self.expect_op("[")
        items: list[Constant] = []
        while True:
            item = self._constant()
            if not isinstance(item, Constant) or item.type == "null" or isinstance(item.value, tuple):
                raise self.fail("a literal", help="a list holds numbers, booleans or strings")
            items.append(item)
            if not self.take_op(","):
                break
        self.expect_op("]")
        return _list_constant(items, self._since(start))

    def assignment(self, conditional: bool = False) -> Assignment:
        """`[name =] expression`; `conditional`: `WHERE condition` may follow (aggregates)."""
        start = self.lexer.peek().start
        item = self.boolean()
        name: str | None = None
        if self.at_op("="):
            if not isinstance(item, Column):
                raise self.fail(
                    "`,`, `|` or the end", help="equality is `==`; only a name may stand before a single `=`"
                )
            self.lexer.take()
            name = item.name
            item = self.boolean()
        where: Expression | None = None
        if conditional and self.take_word("where"):
            where = self.boolean()
        text = None if name is not None else self.lexer.text[start : self.lexer.last_end]
        if text is not None and isinstance(item, Column):  # backquotes are no part of a column's name
            text = item.name
        return Assignment(name, item, text, where, span=self._since(start))

    def assignments(self, conditional: bool = False) -> tuple[Assignment, ...]:
        items = [self.assignment(conditional)]
        while self.take_op(","):
            items.append(self.assignment(conditional))
        return tuple(items)


def _flat(items: list[Expression], kind: type[Both] | type[Either]) -> list[Expression]:
    """The operands without parentheses that change nothing: one that is several booleans makes its pair null, so that
    the pairs are then kept."""
    out: list[Expression] = []
    free = all(is_test(part) for item in items for part in (item.items if isinstance(item, kind) else (item,)))
    for i, item in enumerate(items):
        out.extend(item.items if isinstance(item, kind) and (free or i == 0) else (item,))
    return out


def _list_constant(items: list[Constant], span: Span) -> Constant:
    kinds = {item.type for item in items}
    if len(kinds) == 1:
        kind = kinds.pop()
    elif kinds <= {"integer", "long", "unsigned_long", "double"}:
        kind = next(k for k in ("double", "unsigned_long", "long") if k in kinds)
    else:
        raise ParseError("a list cannot hold values of different types", span=span)
    values = [item.value for item in items if not isinstance(item.value, tuple) and item.value is not None]
    if kind == "double":
        values = [float(value) for value in values]
    return Constant(values[0] if len(values) == 1 else tuple(values), kind, span=span)


def _value_hint(token: Lexeme) -> str | None:
    if token.kind == "op" and token.text in ("=", "=="):
        return "something is missing before it"
    return None
