"""The registry of ES|QL's scalar functions: what each takes, gives, and does with null and several values.

`single`: null in, null out; several values in one argument give null. `each`: over every value of the first argument.
`whole`: the function gets values as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeAlias

from converter.diagnostics import FieldTypeError, ParseError, Span
from converter.matching.pipeline.types import DATES, INTERVALS, NUMBERS, STRINGS, WHOLE, Value

Kind: TypeAlias = Literal["single", "each", "whole"]

#: A parameter's type → the types that fit.
ACCEPTS: dict[str, frozenset[str]] = {
    "string": STRINGS,
    "numeric": NUMBERS,
    "whole": WHOLE,
    "integer": frozenset(("integer",)),
    "long": frozenset(("long", "unsigned_long")),
    "double": frozenset(("double",)),
    "date": DATES,
    "ip": frozenset(("ip",)),
    "boolean": frozenset(("boolean",)),
    "version": frozenset(("version",)),
    "interval": INTERVALS,
    "geo": frozenset(("geo_point",)),
    "source": STRINGS | {"_source"},
    "any": frozenset((*NUMBERS, *STRINGS, *DATES, "ip", "boolean", "version", "unsupported", "geo_point", "_source")),
}

#: What a string literal, or an unknown field, becomes where a parameter of the kind wants it.
TARGETS = {"date": "date", "ip": "ip", "boolean": "boolean", "version": "version", "numeric": "double",
           "interval": "interval", "whole": "long", "integer": "integer"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """What a function may know of the place where it is called: the types of its arguments, the values of those that
    are constant (`known` says which), the clock in milliseconds, the place in the text."""

    types: tuple[str, ...]
    values: tuple[Value, ...]
    known: tuple[bool, ...]
    now: int
    span: Span | None

    def fail(self, message: str, help: str | None = None) -> ParseError:
        return ParseError(message, span=self.span, help=help)

    def constant(self, index: int, default: Any = None) -> Any:
        """The value of an argument, if it is constant."""
        return self.values[index] if index < len(self.values) and self.known[index] else default

    def alike(self) -> None:
        """Raises `FieldTypeError` unless all arguments have one type."""
        kinds = {"keyword" if kind in STRINGS else kind for kind in self.types} - {"null"}
        if len(kinds) > 1:
            raise FieldTypeError(
                f"the arguments must have one type, found {' and '.join(sorted(kinds))}", span=self.span
            )


Body: TypeAlias = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Spec:
    """`params`: names of `ACCEPTS`, or several joined by `|`. `required` of them must stand; `variadic`: the last
    may be repeated. `returns`: a type, or a function of the arguments' types."""

    name: str
    kind: Kind
    params: tuple[str, ...]
    required: int
    variadic: bool
    returns: str | Callable[[Sequence[str]], str]
    build: Callable[[Call], Body]

    def accepts(self, index: int) -> frozenset[str]:
        wanted = self.params[min(index, len(self.params) - 1)]
        return frozenset().union(*(ACCEPTS[name] for name in wanted.split("|")))

    def target(self, index: int) -> str | None:
        """The type that a string literal is read as here, if it does not fit as a string."""
        names = self.params[min(index, len(self.params) - 1)].split("|")
        return next((TARGETS[name] for name in names if name in TARGETS), None)

    def result(self, types: Sequence[str]) -> str:
        return self.returns if isinstance(self.returns, str) else self.returns(types)


REGISTRY: dict[str, Spec] = {}


def same(types: Sequence[str]) -> str:
    """The type of the first argument that has one; text counts as keyword."""
    kind = next((kind for kind in types if kind != "null"), "null")
    return "keyword" if kind == "text" else kind


def define(
    names: str,
    params: str,
    returns: str | Callable[[Sequence[str]], str],
    kind: Kind = "single",
    *,
    required: int | None = None,
    variadic: bool = False,
) -> Callable[[Callable[[Call], Body]], Callable[[Call], Body]]:
    """Registers a builder under names separated by blanks; `params` are separated by commas."""

    def register(build: Callable[[Call], Body]) -> Callable[[Call], Body]:
        wanted = tuple(part.strip() for part in params.split(",")) if params else ()
        for name in names.split():
            count = len(wanted) if required is None else required
            REGISTRY[name] = Spec(name, kind, wanted, count, variadic, returns, build)
        return build

    return register


def plain(
    names: str,
    params: str,
    returns: str | Callable[[Sequence[str]], str],
    body: Body,
    kind: Kind = "single",
    *,
    required: int | None = None,
    variadic: bool = False,
) -> None:
    """Registers a function that needs to know nothing of its place."""
    define(names, params, returns, kind, required=required, variadic=variadic)(lambda call: body)


def lookup(name: str) -> Spec | None:
    """The function of that name; the modules that define them are loaded on first use."""
    _load()
    return REGISTRY.get(name)


@cache
def _load() -> None:
    for module in ("conversions", "datetimes", "multivalues", "numbers", "strings"):
        import_module(f"converter.matching.pipeline.{module}")
