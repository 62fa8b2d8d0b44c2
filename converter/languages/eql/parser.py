"""EQL's expressions: tokens to scalar expressions, as Elasticsearch's grammar binds them."""

from __future__ import annotations

from collections.abc import Callable

from converter.diagnostics import FieldTypeError, ParseError, Span
from converter.languages.eql import functions as fn
from converter.languages.eql.lexer import Token, tokenize
from converter.matching.scripts import java_pattern
from converter.tree import Arithmetic, Call, Expr, FieldValue, Fold, Literal, Logical

#: A field's name, whether it is optional, and its place → the field's value, or null where an optional one is unmapped.
Resolve = Callable[[str, bool, Span], Expr]

_PATTERN_OPERATORS = (":", "like", "like~", "regex", "regex~")
_LARGEST_WHOLE = 2**64 - 1  # of an unsigned_long


class Parser:
    """A cursor over the tokens; `expression` and below follow the grammar's levels."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.resolve = resolve

    # cursor

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def last_stop(self) -> int:
        return self.tokens[self.at - 1].stop if self.at else 0

    def here(self, *texts: str) -> bool:
        """The token is one of these keywords or operators."""
        token = self.token
        return token.text in texts and (token.kind == "keyword" or token.kind == token.text)

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def accept(self, *texts: str) -> Token | None:
        return self.take() if self.here(*texts) else None

    def expect(self, text: str, what: str | None = None) -> Token:
        if not self.here(text):
            raise self.unexpected(what or f"`{text}`")
        return self.take()

    def unexpected(self, wanted: str, help: str | None = None) -> ParseError:
        token = self.token
        if token.kind == "end":
            before = self.tokens[self.at - 1].text if self.at else ""
            after = f" after `{before}`" if before else ""
            return ParseError(f"expected {wanted}{after}", span=Span(self.last_stop, self.last_stop + 1), help=help)
        if token.kind == "=" and help is None:
            help = "equality is `==`"
        if token.kind == "keyword" and help is None:
            help = f"to use `{token.text}` as a name, write it in backquotes"
        found = self.text[token.start : token.stop]
        return ParseError(f"expected {wanted}, found `{found}`", span=token.span, help=help)

    def since(self, start: int) -> Span:
        return Span(start, max(self.last_stop, start))

    # logic

    def expression(self) -> Expr:
        return self._series("or", lambda: self._series("and", self._negated))

    def _series(self, op: str, part: Callable[[], Expr]) -> Expr:
        start = self.token.start
        items = [part()]
        while self.accept(op):
            items.append(part())
        if len(items) == 1:
            return items[0]
        for item in items:
            self._check_boolean(item, op)
        return Logical(op, tuple(items), span=self.since(start))

    def _check_boolean(self, item: Expr, op: str) -> None:
        if fn.kind_of(item) not in ("boolean", "null"):
            raise ParseError(
                f"`{op}` needs a condition, not {fn.describe(item)}",
                span=item.span,
                help="compare it, for example with `==` or `!= null`",
            )

    def _negated(self) -> Expr:
        start = self.token.start
        if not self.accept("not"):
            return self._comparison()
        item = self._negated()
        self._check_boolean(item, "not")
        return fn.negation(item, self.since(start))

    def _comparison(self) -> Expr:
        start = self.token.start
        left = self._sum()
        if self.here(*fn.COMPARISONS):
            op = self.take()
            right = self._sum()
            if self.here(*fn.COMPARISONS):
                raise ParseError(
                    "comparisons cannot be chained", span=self.token.span, help="join them by `and`, or use parentheses"
                )
            return fn.comparison(op.text, left, right, self.since(start))
        if self.here("not") and self.tokens[self.at + 1].text in ("like", "like~", "regex", "regex~", ":"):
            op = self.tokens[self.at + 1]
            raise self.unexpected("a comparison", help=f"write `not x {op.text} …`")
        return left

    # arithmetic

    def _sum(self) -> Expr:
        return self._binary(("+", "-"), lambda: self._binary(("*", "/", "%"), self._signed))

    def _binary(self, ops: tuple[str, ...], part: Callable[[], Expr]) -> Expr:
        start = self.token.start
        left = part()
        while self.here(*ops):
            op = self.take().text
            left = fn.arithmetic(op, left, part(), self.since(start))
        return left

    def _signed(self) -> Expr:
        start = self.token.start
        sign = self.accept("-", "+")
        if sign is None:
            return self._predicate()
        item = self._signed()
        if sign.text == "+":
            return fn.arithmetic("+", Literal(0), item, self.since(start)) if isinstance(item, Literal) else item
        if isinstance(item, Literal) and isinstance(item.value, int | float) and not isinstance(item.value, bool):
            return Literal(-item.value, span=self.since(start))
        return fn.arithmetic("-", Literal(0), item, self.since(start))

    # predicates behind a value

    def _predicate(self) -> Expr:
        start = self.token.start
        target = self._primary()
        negated = self.here("not") and self.tokens[self.at + 1].text in ("in", "in~")
        if negated:
            self.take()
        if self.here("in", "in~"):
            op = self.take()
            found = self._in(op, target, start)
            return fn.negation(found, self.since(start)) if negated else found
        if self.here(*_PATTERN_OPERATORS):
            op = self.take()
            constants = self._constants(op)
            return self._pattern(op.text, target, constants, self.since(start))
        return target

    def _in(self, op: Token, target: Expr, start: int) -> Expr:
        self.expect("(", f"a list in parentheses after `{op.text}`")
        items = [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        self.expect(")", "`,` or `)`")
        literals = []
        for item in items:
            if not isinstance(item, Literal):
                raise ParseError(f"a list after `{op.text}` holds constants only", span=item.span)
            literals.append(item)
        span = self.since(start)
        if op.text == "in~":
            return fn.patterns("in~", target, tuple(literals), span, lambda c: _insensitive(target, c, span))
        return in_list(target, tuple(literals), span)

    def _constants(self, op: Token) -> tuple[Literal, ...]:
        if not self.accept("("):
            return (self._constant(op),)
        items = [self._constant(op)]
        while self.accept(","):
            items.append(self._constant(op))
        self.expect(")", "`,` or `)`")
        return tuple(items)

    def _constant(self, op: Token) -> Literal:
        found = self._literal()
        if found is None:
            raise self.unexpected(f"a value after `{op.text}`", help='quote the value, for example "cmd.exe"')
        return found

    def _pattern(self, op: str, target: Expr, constants: tuple[Literal, ...], span: Span) -> Expr:
        if op.startswith("regex"):
            return regex(target, constants, op.endswith("~"), span)
        insensitive = op != "like"
        return fn.patterns(op, target, constants, span, lambda c: _like(target, c, insensitive, span))

    # values

    def _literal(self) -> Literal | None:
        token = self.token
        match token.kind:
            case "string":
                return Literal(self.take().text, span=token.span)
            case "integer":
                return self._number(_whole(self.take().text), token.span)
            case "decimal":
                return self._number(float(self.take().text), token.span)
        if self.here("true", "false", "null"):
            value = {"true": True, "false": False, "null": None}[self.take().text]
            return Literal(value, span=token.span)
        return None

    def _primary(self) -> Expr:
        found = self._literal()
        if found is not None:
            return found
        token = self.token
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if token.kind in ("name", "function") and not token.quoted and self.tokens[self.at + 1].kind == "(":
            return self._call()
        if token.kind == "name" and not token.quoted and self.tokens[self.at + 1].text == "of":
            raise ParseError(f"`{token.text} of` is not supported by Elasticsearch", span=token.span)
        if token.kind in ("name", "?"):
            name, optional, span = self.field_name()
            return self.resolve(name, optional, span)
        raise self.unexpected("a value or a field")

    def _call(self) -> Expr:
        name = self.take()
        self.take()
        args: list[Expr] = []
        if not self.here(")"):
            args.append(self.expression())
            while self.accept(","):
                args.append(self.expression())
        self.expect(")", "`,` or `)`")
        return fn.call(name.text, name.span, tuple(args), self.since(name.start))

    def field_name(self) -> tuple[str, bool, Span]:
        """A field: names joined by dots, each plain or in backquotes, `?` before them marks it optional."""
        start = self.token.start
        optional = self.accept("?") is not None
        parts = [self._name_part()]
        while self.here(".", "["):
            if self.here("["):
                if self.tokens[self.at + 1].kind != "integer":
                    break
                raise ParseError("an element cannot be taken by its number", span=self.token.span)
            self.take()
            parts.append(self._name_part())
        if self.token.kind == "decimal" and self.token.text.startswith(".") and self.token.start == self.last_stop:
            raise self.unexpected("a name", help="write a name with a part in digits in backquotes")
        return ".".join(parts), optional, self.since(start)

    def _number(self, value: int | float, span: Span) -> Literal:
        if value == float("inf"):
            raise ParseError("the number is too large", span=span, help="the largest is about 1.8e308")
        return Literal(value, span=span)

    def _name_part(self) -> str:
        if self.token.kind != "name":
            raise self.unexpected("a field")
        return self.take().text


def _whole(text: str) -> int | float:
    value = int(text)
    return value if value <= _LARGEST_WHOLE else float(text)


def _insensitive(target: Expr, constant: Literal, span: Span) -> Expr:
    return fn.fold(Arithmetic("==", target, constant, "lower", span=constant.span or span))


def _like(target: Expr, constant: Literal, insensitive: bool, span: Span) -> Expr:
    """A pattern without a wildcard is an equality, one of `*` alone asks that there is a value."""
    text = str(constant.value)
    place = constant.span or span
    if text and not text.strip("*"):
        return fn.fold(Call("isNotNull", (target,), span=place))
    fold: Fold = "lower" if insensitive else "none"
    if "*" in text or "?" in text:
        return fn.fold(Call("like", (target, constant), fold, span=place))
    return fn.fold(Arithmetic("==", target, constant, fold, span=place))


def regex(target: Expr, constants: tuple[Literal, ...], insensitive: bool, span: Span) -> Expr:
    """`regex` over a list: one alternative a pattern. On a field the patterns are Lucene's, else Java's."""
    found = fn.patterns(
        "regex~" if insensitive else "regex",
        target,
        constants,
        span,
        lambda c: Call("regex", (target, c), "lower" if insensitive else "none", span=c.span or span),
    )
    if not isinstance(target, FieldValue):
        for constant in constants:
            java_pattern("regex", str(constant.value), insensitive, constant)
    return found if not isinstance(target, Literal) else _folded(found)


def _folded(expr: Expr) -> Expr:
    if isinstance(expr, Logical):
        return Logical(expr.op, tuple(map(fn.fold, expr.items)), span=expr.span)
    return fn.fold(expr)


def in_list(target: Expr, items: tuple[Literal, ...], span: Span) -> Expr:
    """`in`: nulls in the list play no part; the rest must be of one kind."""
    values = tuple(item for item in items if item.value is not None)
    kinds = {fn.kind_of(item) for item in values}
    if len(kinds) > 1:
        raise FieldTypeError("a list after `in` holds values of one type only", span=span)
    if fn.is_null(target) or not values:
        return Literal(None, span=span)
    if len(values) == 1:
        return fn.comparison("==", target, values[0], span)
    if not isinstance(target, FieldValue | Literal) and kinds != {fn.kind_of(target)}:
        raise FieldTypeError(f"`in` cannot find {fn.describe(values[0])} in {fn.describe(target)}", span=span)
    return fn.fold(Call("in", (target, *values), span=span))
