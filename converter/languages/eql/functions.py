"""EQL's functions: names, arguments, and what a call is worth when its arguments are constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from converter.diagnostics import FieldTypeError, ParseError, Span
from converter.matching.scalar import Scalar
from converter.matching.scripts import evaluate
from converter.tree import Arithmetic, Call, Expr, FieldValue, Literal, Logical, Negation

COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))


@dataclass(frozen=True, slots=True)
class Function:
    """`args`: a letter an argument: s string, n number, b boolean, p address, a any; lower case required, upper case
    optional (null in it is as if it were not there); `+` repeats the last. `tilde`: has a `~` form."""

    name: str
    args: str
    returns: str
    tilde: bool = False

    @property
    def least(self) -> int:
        return sum(letter.islower() for letter in self.args)

    @property
    def most(self) -> int | None:
        return None if self.args.endswith("+") else len(self.args)

    def letter(self, index: int) -> str:
        letters = self.args.removesuffix("+")
        return letters[min(index, len(letters) - 1)]


FUNCTIONS: dict[str, Function] = {
    function.name.lower(): function
    for function in (
        Function("add", "nn", "number"),
        Function("between", "sssB", "string", tilde=True),
        Function("cidrMatch", "ps+", "boolean"),
        Function("concat", "a+", "string"),
        Function("divide", "nn", "number"),
        Function("endsWith", "ss", "boolean", tilde=True),
        Function("indexOf", "ssN", "number", tilde=True),
        Function("length", "s", "number"),
        Function("modulo", "nn", "number"),
        Function("multiply", "nn", "number"),
        Function("number", "sN", "number"),
        Function("startsWith", "ss", "boolean", tilde=True),
        Function("string", "a", "string"),
        Function("stringContains", "ss", "boolean", tilde=True),
        Function("substring", "sNN", "string"),
        Function("subtract", "nn", "number"),
    )
}

_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulo": "%"}
_WANTED = {"s": "a string", "n": "a number", "b": "a boolean", "p": "an ip address", "a": "a value"}
_SORTS = {"string": "string", "text": "string", "version": "string", "integer": "number", "float": "number"}
_TAKES = {"s": ("string",), "n": ("number",), "b": ("boolean",), "p": ("ip", "string")}


def kind_of(expr: Expr) -> str:
    """`null`, `string`, `number`, `boolean`, `ip`, `date`, or the type of a field that fits nothing."""
    match expr:
        case Literal(value=value):
            if value is None:
                return "null"
            if isinstance(value, bool):
                return "boolean"
            return "string" if isinstance(value, str) else "number"
        case FieldValue(field=field):
            return _SORTS.get(field.sort, field.sort)
        case Call(name=name):
            found = FUNCTIONS.get(name.lower())
            return found.returns if found else "boolean"
        case Arithmetic(op=op):
            return "boolean" if op in COMPARISONS else "number"
        case Negation() | Logical():
            return "boolean"
    raise TypeError(type(expr).__name__)


def is_null(expr: Expr) -> bool:
    return isinstance(expr, Literal) and expr.value is None


def call(name: str, name_span: Span, args: tuple[Expr, ...], span: Span) -> Expr:
    """A function call checked in name, number and types of its arguments, folded where it is constant."""
    function = FUNCTIONS.get(name.removesuffix("~").lower())
    if function is None:
        raise ParseError(f"unknown function `{name}`", span=name_span, help=_suggest(name))
    insensitive = name.endswith("~")
    if insensitive and not function.tilde:
        raise ParseError(
            f"`{function.name}` has no case-insensitive form", span=name_span, help=f"write `{function.name}`"
        )
    _check_count(function, len(args), span)
    for index, arg in enumerate(args):
        _check_arg(function, index, arg)
    if any(is_null(arg) for index, arg in enumerate(args) if function.letter(index).islower()):
        return Literal(None, span=span)
    if function.name in _OPERATORS:
        return arithmetic(_OPERATORS[function.name], args[0], args[1], span)
    if function.name == "string" and kind_of(args[0]) == "string":
        return args[0]
    return fold(Call(function.name, args, "lower" if insensitive else "none", span=span))


def _suggest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name.removesuffix("~").lower(), FUNCTIONS, n=1)
    if near:
        return f"did you mean `{FUNCTIONS[near[0]].name}`?"
    return "functions: " + ", ".join(function.name for function in FUNCTIONS.values())


def _check_count(function: Function, count: int, span: Span) -> None:
    least, most = function.least, function.most
    if count < least or (most is not None and count > most):
        wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        plural = "argument" if wanted == "1" else "arguments"
        raise ParseError(f"`{function.name}` takes {wanted} {plural}, not {count}", span=span)


def _check_arg(function: Function, index: int, arg: Expr) -> None:
    letter, kind = function.letter(index).lower(), kind_of(arg)
    if letter == "a" or kind == "null" or kind in _TAKES[letter]:
        return
    raise FieldTypeError(
        f"argument {index + 1} of `{function.name}` must be {_WANTED[letter]}, not {describe(arg)}", span=arg.span
    )


def describe(expr: Expr) -> str:
    """What an expression is, for messages."""
    if isinstance(expr, FieldValue):
        return f"`{expr.field.name}` of type {expr.field.type}"
    return f"a {kind_of(expr)}" if not is_null(expr) else "null"


def fold(expr: Expr) -> Expr:
    """The literal that an expression without fields is worth, else the expression itself."""
    parts: tuple[Expr, ...]
    match expr:
        case Call(args=parts):
            pass
        case Arithmetic(left=left, right=right):
            parts = (left, right)
        case Negation(item=item):
            parts = (item,)
        case _:
            return expr
    if not all(isinstance(part, Literal) for part in parts):
        return expr
    return Literal(_checked(evaluate(expr), expr), span=expr.span)


def _checked(value: Scalar, expr: Expr) -> Scalar:
    if value is None and isinstance(expr, Call) and expr.name == "number":
        raise ParseError("the text is no number of that base", span=expr.span)
    return value


def arithmetic(op: str, left: Expr, right: Expr, span: Span) -> Expr:
    """`+ - * / %` of two numbers."""
    for side in (left, right):
        if kind_of(side) not in ("number", "null"):
            raise FieldTypeError(f"`{op}` needs numbers, not {describe(side)}", span=side.span)
    if is_null(left) or is_null(right):
        return Literal(None, span=span)
    return fold(Arithmetic(op, left, right, span=span))


_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def comparison(op: str, left: Expr, right: Expr, span: Span) -> Expr:
    """`== != < <= > >=`: a constant stands on the right, `== null` is a null test, and what is constant is folded."""
    if op in ("==", "!=") and (is_null(left) or is_null(right)):
        tested = left if is_null(right) else right
        return fold(Call("isNull" if op == "==" else "isNotNull", (tested,), span=span))
    if is_null(left) or is_null(right):
        return Literal(None, span=span)
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, op = right, left, _FLIPPED[op]
    if not isinstance(right, Literal):
        raise ParseError(
            "fields on both sides: Elasticsearch compares a field or function with a constant only",
            span=span,
            help="two fields can be compared by `startsWith`, `endsWith` or `stringContains`",
        )
    if not isinstance(left, FieldValue):
        _check_comparable(op, left, right, span)
    return fold(Arithmetic(op, left, right, span=span))


def _check_comparable(op: str, left: Expr, right: Literal, span: Span) -> None:
    kinds = kind_of(left), kind_of(right)
    if kinds[0] != kinds[1] and set(kinds) != {"ip", "string"}:
        raise FieldTypeError(f"`{op}` cannot compare {describe(left)} with {describe(right)}", span=span)
    if kinds[0] == "boolean" and op not in ("==", "!="):
        raise FieldTypeError(f"`{op}` needs values in an order, not booleans", span=span)


def negation(item: Expr, span: Span) -> Expr:
    return fold(Negation(item, span=span))


def patterns(
    op: str, target: Expr, constants: tuple[Literal, ...], span: Span, build: Callable[[Literal], Expr]
) -> Expr:
    """`:`, `like`, `regex`, `in~` over strings: an `or` of what `build` makes of each constant."""
    for constant in constants:
        if not isinstance(constant.value, str):
            raise FieldTypeError(f"`{op}` needs a string, not {describe(constant)}", span=constant.span)
    if is_null(target):
        return Literal(None, span=span)
    if kind_of(target) != "string":
        help_ = "use `==` or `in`" if isinstance(target, FieldValue) else None
        raise FieldTypeError(f"`{op}` needs a string, not {describe(target)}", span=target.span, help=help_)
    items = tuple(build(constant) for constant in constants)
    return items[0] if len(items) == 1 else Logical("or", items, span=span)
