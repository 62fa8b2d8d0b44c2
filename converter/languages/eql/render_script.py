"""Scalar expressions written as EQL."""

from __future__ import annotations

from converter.diagnostics import UnsupportedError
from converter.languages.eql import spelling
from converter.languages.eql.functions import COMPARISONS, FUNCTIONS
from converter.tree import Arithmetic, Call, Expr, FieldValue, Literal, Logical, Negation

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _VALUE = range(7)
_LEVELS = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}


def script(expr: Expr) -> str:
    """The expression; raises `UnsupportedError` for what EQL cannot compute."""
    return _write(expr, _OR)


def script_level(expr: Expr) -> tuple[str, bool]:
    """The expression, and whether it needs parentheses under `not`, `and`, `or`."""
    text, level = _text(expr)
    return text, level < _NOT


def _write(expr: Expr, level: int) -> str:
    text, own = _text(expr)
    return f"({text})" if own < level else text


def _text(expr: Expr) -> tuple[str, int]:
    match expr:
        case Literal(value=value):
            negative = isinstance(value, int | float) and not isinstance(value, bool) and value < 0
            return spelling.constant(value), _SUM if negative else _VALUE
        case FieldValue(field=field):
            return spelling.field_name(field.name, field.optional), _VALUE
        case Negation(item=item):
            return f"not {_write(item, _NOT)}", _NOT
        case Logical(op=op, items=items):
            level = _OR if op == "or" else _AND
            return f" {op} ".join(_write(item, level + 1) for item in items), level
        case Arithmetic(op=op) if op in COMPARISONS:
            return _comparison(expr), _COMPARE
        case Arithmetic(op=op, left=left, right=right):
            level = _LEVELS[op]
            return f"{_write(left, level)} {op} {_write(right, level + 1)}", level
        case Call():
            return _call(expr)
    raise TypeError(type(expr).__name__)


def _comparison(expr: Arithmetic) -> str:
    left, right = expr.left, expr.right
    if not isinstance(right, Literal) and isinstance(left, Literal):
        raise _unsupported("a constant before a field", expr)
    if not isinstance(right, Literal):
        raise _unsupported("a comparison of two fields: Elasticsearch compares with a constant only", expr)
    if expr.fold == "ascii":
        raise _unsupported("a computed value compared with ASCII folding: EQL folds all of Unicode there", expr)
    if expr.fold == "none":
        return f"{_write(left, _SUM)} {expr.op} {_write(right, _SUM)}"
    if expr.op != "==" or not isinstance(right.value, str):
        raise _unsupported(f"`{expr.op}` without regard to case", expr)
    target, text = _write(left, _VALUE), spelling.string(right.value)
    if "*" in right.value or "?" in right.value:
        return f"{target} in~ ({text})"
    return f"{target} : {text}"


def _call(expr: Call) -> tuple[str, int]:
    name, args, tilde = expr.name, expr.args, "" if expr.fold == "none" else "~"
    if expr.fold == "ascii":
        raise _unsupported(f"`{name}` of several fields with ASCII folding: EQL folds all of Unicode there", expr)
    if name in ("isNull", "isNotNull"):
        return f"{_write(args[0], _SUM)} {'==' if name == 'isNull' else '!='} null", _COMPARE
    if name in ("like", "regex", "in"):
        target = _write(args[0], _VALUE)
        write = spelling.pattern if name == "regex" else spelling.string
        texts = [
            write(arg.value) if isinstance(arg, Literal) and isinstance(arg.value, str) else _write(arg, _OR)
            for arg in args[1:]
        ]
        listed = texts[0] if len(texts) == 1 and name != "in" else f"({', '.join(texts)})"
        return f"{target} {name}{tilde} {listed}", _COMPARE
    function = FUNCTIONS.get(name.lower())
    if function is None or (tilde and not function.tilde):
        raise _unsupported(f"the function `{name}{tilde}`", expr)
    on_constants = isinstance(args[0], FieldValue) and all(isinstance(arg, Literal) for arg in args[1:])
    if tilde and on_constants and function.returns == "boolean":
        raise _unsupported(f"`{name}~` of a field and a constant with more than ASCII folding", expr)
    return f"{function.name}{tilde}({', '.join(_write(arg, _OR) for arg in args)})", _VALUE


def _unsupported(what: str, expr: Expr) -> UnsupportedError:
    return UnsupportedError(f"EQL cannot say {what}", span=expr.span)
