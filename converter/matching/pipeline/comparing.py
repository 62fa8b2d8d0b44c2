"""Comparisons and IN: both sides in one type, null where a side is null or several values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.diagnostics import Span
from converter.matching.literals import number_of
from converter.matching.pipeline.code import Code, Retype, Run, fixed, mismatch, negation, single, widened
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.conversions import from_literal
from converter.matching.pipeline.moving import moved
from converter.matching.pipeline.rewriting import has_null
from converter.matching.pipeline.types import (
    DATES,
    FROM_TEXT,
    INTERVALS,
    NUMBERS,
    STRINGS,
    WHOLE,
    Value,
    version_key,
    wider,
)
from converter.matching.values import fold_ascii, lowercase, round_end, round_float
from converter.tree.pipeline import Cast, Constant, Expression, Function, OneOf, Operation
from converter.tree.zero import signed

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SWAP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
CASING = ("to_lower", "to_upper")
#: Operators of ranges: whether the constant is the lower end, and whether it is out.
_ORDERED = {"<": (False, True), "<=": (False, False), ">": (True, True), ">=": (True, False)}


def comparison(compiler: Compiler, asked: Operation, pushed: bool) -> Code:
    item = moved(asked, compiler.scope)
    assert isinstance(item, Operation)
    left, right, op = item.left, item.right, item.op
    if _is_constant(left) and not _is_constant(right):
        left, right, op = right, left, _SWAP[op]
    a, b = compiler.compile(left), compiler.compile(right)
    if op in ("==", "!=") and isinstance(left, Function) and left.name in CASING and b.constant and not a.constant:
        cased = _cased(compiler, left, b, op)
        if cased is not None:
            return cased
    if pushed:
        b = _whole(compiler, left, a, b)
    a, b, kind = common(compiler, left, a, right, b, item.span)
    if kind == "null":
        return fixed(None, "boolean")
    if kind == "boolean" and op not in ("==", "!="):
        raise mismatch(f"booleans have no order: `{op}` cannot compare them", item.span)
    if pushed and b.constant:
        b, op = pushed_constant(compiler, left, b, op), pushed_operator(compiler, left, op)
    return compare(op, a, b, kind, pushed)


def _whole(compiler: Compiler, item: Expression, base: Code, code: Code) -> Code:
    """A double without a fraction, as the index compares it with whole numbers: exactly."""
    value = code.value() if code.type == "double" and code.constant else None
    if base.type not in WHOLE or compiler.index_field(item) is None or not isinstance(value, float):
        return code
    return fixed(int(value), "long") if value.is_integer() and abs(value) < 2.0**63 else code


def _is_constant(item: Expression) -> bool:
    return isinstance(item, Constant) or (isinstance(item, Function | Cast) and _folds(item))


def _folds(item: Expression) -> bool:
    match item:
        case Constant():
            return True
        case Function(name="now"):
            return True
        case Function(args=args):
            return bool(args) and all(_folds(arg) for arg in args)
        case Cast(item=inner):
            return _folds(inner)
    return False


def _cased(compiler: Compiler, left: Function, right: Code, op: str) -> Code | None:
    """`TO_LOWER(x) == "text"` folds ASCII only; with a text of the wrong case it is false even for several values,
    and its negation IS NOT NULL."""
    text = right.value()
    inner: Expression = left
    while isinstance(inner, Function) and inner.name in CASING and len(inner.args) == 1:
        inner = inner.args[0]
    if not isinstance(text, str) or right.type not in STRINGS:
        return None
    code = compiler.compile(inner)
    if code.type not in STRINGS:
        return None
    run = code.run
    if (text.lower() if left.name == "to_lower" else text.upper()) != text:
        if op == "==":
            return Code("boolean", lambda row: False)
        return Code("boolean", lambda row: run(row) is not None)
    wanted, hit = fold_ascii(text), op == "=="

    def test(row: Row) -> Value:
        value = single(run(row))
        return None if value is None else (fold_ascii(value) == wanted) is hit

    return Code("boolean", test)


def common(
    compiler: Compiler, left: Expression, a: Code, right: Expression, b: Code, span: Span | None
) -> tuple[Code, Code, str]:
    """Both operands in one type: numbers widened, string literals read as dates, addresses, booleans."""
    if "null" in (a.type, b.type):
        return a, b, "null"
    a, b = _literal(left, a, b.type), _literal(right, b, a.type)
    if a.type in STRINGS and b.type in STRINGS:
        return a, b, "keyword"
    if a.type in NUMBERS and b.type in NUMBERS:
        kind = wider(a.type, b.type)
        return widened(a, kind), widened(b, kind), kind
    if a.type in DATES and b.type in DATES:
        if a.type == b.type:
            return a, b, a.type
        return _nanos(a), _nanos(b), "date_nanos"
    if a.type == b.type and a.type not in INTERVALS:
        return a, b, a.type
    message = f"cannot compare {a.type} with {b.type}"
    hint = "convert one side, such as `x::long`"
    for item, code, other in ((left, a, b), (right, b, a)):
        problem = compiler.wanted(item, code, other.type, message, hint)
        if isinstance(problem, Retype):
            raise problem
    raise mismatch(message, span, hint)


def _literal(item: Expression, code: Code, other: str) -> Code:
    if other not in FROM_TEXT or not isinstance(item, Constant) or not isinstance(item.value, str):
        return code
    found = from_literal(item.value, other)
    if found is None:
        raise mismatch(f"`{item.value}` cannot be read as {other}", item.span)
    return fixed(found, other)


def pushed_constant(compiler: Compiler, item: Expression, code: Code, op: str = "==") -> Code:
    """A literal as the index compares it with the field."""
    found = compiler.index_field(item)
    value = code.value()
    if found is None or value is None:
        return code
    if found.type == "keyword_lowercase" and isinstance(value, str):
        return fixed(lowercase(value), code.type)
    if found.sort == "float" and isinstance(value, int | float):
        number = float(value)
        ordered = op in _ORDERED
        return fixed(round_end(found, number, *_ORDERED[op]) if ordered else round_float(found, number), code.type)
    return code


def pushed_operator(compiler: Compiler, item: Expression, op: str) -> str:
    """The operator beside `pushed_constant`: the ends of a scaled_float are always in."""
    found = compiler.index_field(item)
    return f"{op[0]}=" if op in _ORDERED and found is not None and found.scaling is not None else op


def one_of(compiler: Compiler, item: OneOf, pushed: bool) -> Code:
    if len(item.values) == 1:
        op = "!=" if item.negated else "=="
        return compiler.compile(Operation(op, item.item, item.values[0], span=item.span), pushed)
    base = compiler.compile(item.item)
    if item.negated and has_null(item):
        return fixed(None, "boolean")
    tests: list[Run] = []
    check_listed(compiler, item, pushed)
    doubles = not pushed and any(compiler.compile(value).type == "double" for value in item.values)
    if doubles and base.type in WHOLE:
        base = widened(base, "double")
    for value in item.values:
        code = compiler.compile(value)
        code = _whole(compiler, item.item, base, code) if pushed else code
        a, b, kind = common(compiler, item.item, base, value, code, item.span)
        if kind == "null":
            tests.append(lambda row: None)
            continue
        if pushed and b.constant:
            b = pushed_constant(compiler, item.item, b)
        tests.append(compare("==", a, b, kind, signed_zeros=True).run)
    run = base.run

    def test(row: Row) -> Value:
        if single(run(row)) is None:
            return None
        result: Value = False
        for each in tests:
            found = each(row)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    code = Code("boolean", _hashed(compiler, item, base, pushed) or test)
    return negation(code) if item.negated else code


def check_listed(compiler: Compiler, item: OneOf, pushed: bool) -> None:
    """Raises `FieldTypeError` for a number that the field cannot take: in a list that goes to the index an error."""
    found = compiler.index_field(item.item) if pushed else None
    if found is None or not found.is_number:
        return
    for value in item.values:
        code = compiler.compile(value)
        number = code.value() if code.constant else None
        if isinstance(number, int | float) and not isinstance(number, bool):
            number_of(found, number, getattr(value, "span", None), listed=True)


def _hashed(compiler: Compiler, item: OneOf, base: Code, pushed: bool) -> Run | None:
    """A set of plain string literals is looked up."""
    if base.type not in STRINGS or not all(
        isinstance(value, Constant) and isinstance(value.value, str) for value in item.values
    ):
        return None
    codes = [compiler.compile(value) for value in item.values]
    if pushed:
        codes = [pushed_constant(compiler, item.item, code) for code in codes]
    wanted, run = frozenset(code.value() for code in codes), base.run

    def test(row: Row) -> Value:
        value = run(row)
        return None if value is None or isinstance(value, tuple) else value in wanted

    return test


def compare(op: str, a: Code, b: Code, kind: str, signed_zeros: bool = False) -> Code:
    """Two values of one type; null where either is null or several. Only the index and IN tell -0.0 from 0.0."""
    test = COMPARE[op]
    if kind == "double":
        exact, zero = test, signed if signed_zeros else _unsigned
        test = lambda x, y: exact(zero(x), zero(y))  # noqa: E731
    left, right = a.run, b.run
    if kind == "version" and op not in ("==", "!="):
        plain = test
        test = lambda x, y: plain(version_key(x), version_key(y))  # noqa: E731
    if b.constant:
        fixed_value = single(b.value())
        if fixed_value is None:
            return fixed(None, "boolean")

        def run_fixed(row: Row) -> Value:
            value = left(row)
            return None if value is None or isinstance(value, tuple) else test(value, fixed_value)

        return Code("boolean", run_fixed, a.constant)

    def run(row: Row) -> Value:
        x, y = single(left(row)), single(right(row))
        return None if x is None or y is None else test(x, y)

    return Code("boolean", run)


def _unsigned(number: float) -> float:
    return number + 0.0


def _nanos(code: Code) -> Code:
    if code.type == "date_nanos":
        return code
    run = code.run

    def convert(row: Row) -> Value:
        value = run(row)
        if isinstance(value, tuple):
            return tuple(int(item) * 10**6 for item in value)
        return None if value is None else int(value) * 10**6

    return Code("date_nanos", convert, code.constant)
