"""Scalar expressions to predicates: what Elasticsearch runs as a query becomes atoms, the rest a `Script`.

Above the atoms the tree is two-valued, as the queries are (`must_not` takes what has no value). Only the literal null
(an optional field that is not mapped) is folded as Elasticsearch folds it: null in an `and` makes it null, in an
`or` it falls out, its negation is null, and at the top it is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from converter.diagnostics import Note, ParseError, Span
from converter.fields import Fields
from converter.languages.eql import atoms
from converter.languages.eql.functions import COMPARISONS, describe, kind_of
from converter.tree import (
    ALWAYS,
    NEVER,
    Arithmetic,
    Call,
    Const,
    Exists,
    Expr,
    Field,
    FieldValue,
    Length,
    Literal,
    Logical,
    Negation,
    Node,
    Script,
    Term,
    conj,
    disj,
    negate,
    walk,
)


def condition(expr: Expr, fields: Fields, notes: list[Note]) -> Node:
    """The predicate of a `where`; what a report must say is added to `notes`."""
    found = _Lowering(fields, notes).node(expr)
    return replace(NEVER, span=expr.span) if found is None else found


class _Lowering:
    def __init__(self, fields: Fields, notes: list[Note]) -> None:
        self.fields, self.notes = fields, notes

    def node(self, expr: Expr) -> Node | None:
        """None stands for null."""
        match expr:
            case Literal(value=None):
                return None
            case Literal(value=bool() as value):
                return Const(value, span=expr.span)
            case FieldValue(field=field) if field.sort == "boolean":
                return Term(field, True, span=expr.span)
            case Negation(item=item):
                inner = self.node(item)
                return None if inner is None else negate(inner, expr.span)
            case Logical(op=op, items=items):
                return combine(op, [self.node(item) for item in items], expr.span)
            case Arithmetic(op=op, left=left, right=Literal() as right) if op in COMPARISONS:
                return self.comparison(expr, op, left, right)
            case Call():
                return self.call(expr)
        raise ParseError(
            f"a condition is needed, not {describe(expr)}",
            span=expr.span,
            help="compare it, for example with `==` or `!= null`",
        )

    def comparison(self, expr: Arithmetic, op: str, left: Expr, right: Literal) -> Node | None:
        span, value = expr.span, right.value
        if isinstance(left, FieldValue):
            field = atoms.exact(left.field, self.fields, left.span)
            if expr.fold != "none":
                return atoms.insensitive_equals(field, str(value), span)
            return atoms.compare(field, op, value, span)
        if isinstance(value, bool) and kind_of(left) == "boolean":
            inner = self.node(left)
            wanted = (op == "==") == value
            return inner if inner is None or wanted else negate(inner, span)
        if isinstance(left, Call) and left.name == "length" and isinstance(left.args[0], FieldValue):
            field = atoms.exact(left.args[0].field, self.fields, left.span)
            return self.length(field, atoms.length_ends(op, value), span)
        return self.script(expr)

    def call(self, expr: Call) -> Node | None:
        span, insensitive = expr.span, expr.fold != "none"
        target = expr.args[0]
        if not isinstance(target, FieldValue):
            if expr.name == "in" and isinstance(target, Call) and target.name == "length":
                return self.length_in(expr, target)
            return self.script(expr)
        constants = [arg.value for arg in expr.args[1:] if isinstance(arg, Literal)]
        if expr.name == "isNull":
            return negate(Exists(self.plain(target), span=span), span)
        if expr.name == "isNotNull":
            return Exists(self.plain(target), span=span)
        if len(constants) != len(expr.args) - 1:
            return self.script(expr)
        field = atoms.exact(target.field, self.fields, target.span)
        text = str(constants[0]) if constants else ""
        match expr.name:
            case "in":
                places = [arg.span or span for arg in expr.args[1:]]
                return disj([atoms.equals(field, *pair) for pair in zip(constants, places, strict=True)], span)
            case "like":
                return atoms.like(field, text, insensitive, span)
            case "regex":
                return atoms.regex(field, text, insensitive, span)
            case "startsWith":
                return atoms.starts_with(field, text, insensitive, span)
            case "endsWith":
                return atoms.wildcard(field, f"*{text}", insensitive, span)
            case "stringContains":
                return atoms.wildcard(field, f"*{text}*", insensitive, span)
            case "cidrMatch":
                return atoms.cidr(field, constants, span)
        return self.script(expr)

    def length_in(self, expr: Call, target: Call) -> Node | None:
        if not isinstance(target.args[0], FieldValue):
            return self.script(expr)
        field = atoms.exact(target.args[0].field, self.fields, target.span)
        values = [arg.value for arg in expr.args[1:] if isinstance(arg, Literal)]
        return self.length(field, atoms.length_runs(values), expr.span)

    def length(self, field: Field, ends: Sequence[atoms.Ends], span: Span | None) -> Node:
        found = atoms.length(field, ends, span)
        if any(isinstance(item, Length) and not _some_or_none(item) for item in walk(found)):
            self.notes.append(
                Note(
                    "length-units", f"the length of `{field.name}` is counted in characters; Elasticsearch counts an "
                    "emoji, and all beyond U+FFFF, as two", span,
                )
            )  # fmt: skip
        return found

    def plain(self, target: FieldValue) -> Field:
        if target.field.sort in ("object", "nested"):
            raise atoms.unqueryable(target.field, target.span)
        return target.field

    def script(self, expr: Expr) -> Node:
        if kind_of(expr) != "boolean":
            raise ParseError(
                f"a condition is needed, not {describe(expr)}",
                span=expr.span,
                help="compare it, for example with `==` or `!= null`",
            )
        return Script(self.whole(expr), span=expr.span)

    def whole(self, expr: Expr) -> Expr:
        """The expression over exact fields."""
        match expr:
            case FieldValue(field=field):
                return replace(expr, field=atoms.exact(field, self.fields, expr.span))
            case Call(args=args):
                return replace(expr, args=tuple(map(self.whole, args)))
            case Logical(items=items):
                return replace(expr, items=tuple(map(self.whole, items)))
            case Arithmetic(left=left, right=right):
                return replace(expr, left=self.whole(left), right=self.whole(right))
            case Negation(item=item):
                return replace(expr, item=self.whole(item))
        return expr


def _some_or_none(node: Length) -> bool:
    return node.high == 0 or (node.high is None and node.low == 1)


def combine(op: str, items: list[Node | None], span: Span | None) -> Node | None:
    """`and` and `or` with constants and nulls folded."""
    deciding = op == "or"
    known = [item for item in items if item is not None]
    if any(isinstance(item, Const) and item.value is deciding for item in known):
        return replace(ALWAYS if deciding else NEVER, span=span)
    if len(known) < len(items) and (op == "and" or not known):
        return None
    rest = [item for item in known if not isinstance(item, Const)]
    if not rest:
        if len(known) < len(items):
            return None
        return replace(NEVER if deciding else ALWAYS, span=span)
    return disj(rest, span) if deciding else conj(rest, span)
