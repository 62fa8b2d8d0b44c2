"""What Elasticsearch makes of an equality with a constant beside other comparisons of the same, whatever is compared:
beside another constant, or an order that it breaks, the conjunction is false beforehand, for null and for several
values too (`a == 1 AND a > 2`; not `a == 1 AND a != 1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.diagnostics import UnsupportedError
from converter.matching.pipeline.comparing import common
from converter.matching.pipeline.patterns import exact_text
from converter.matching.pipeline.types import DATES
from converter.matching.values import lowercase
from converter.tree.pipeline import Constant, Expression, Like, OneOf, Operation

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

_SWAP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}

#: What is compared, how, and with which value.
Test = tuple[Expression, str, Any]


def contradicts(compiler: Compiler, items: tuple[Expression, ...]) -> bool:
    """Whether AND over these operands is false whatever they compare. Raises as `check_orders` does."""
    check_orders(compiler, items)
    for group in _groups(items).values():
        if len(group) > 1 and any(op == "==" for _, op, _ in group):
            tests = _values(compiler, group)
            equal = [value for op, value in tests if op == "=="]
            if any(not _holds(value, op, other) for value in equal for op, other in tests):
                return True
    return False


def _groups(items: tuple[Expression, ...]) -> dict[Expression, list[Test]]:
    """The comparisons with constants, by what is compared."""
    groups: dict[Expression, list[Test]] = {}
    for item in items:
        test = _comparison(item)
        if test is not None:
            groups.setdefault(test[0], []).append(test)
    return groups


def check_orders(compiler: Compiler, items: tuple[Expression, ...]) -> None:
    """Raises `UnsupportedError` for orders of a field with a normaliser beside other comparisons of it, with capitals:
    the optimiser joins them by the constants as they are written, the index compares them in lower case."""
    for left, group in _groups(items).items():
        field = compiler.index_field(left) if len(group) > 1 else None
        if field is None or field.type != "keyword_lowercase" or all(op == "==" for _, op, _ in group):
            continue
        texts = [code.value() for _, _, right in group if (code := compiler.compile(right)).constant]
        if any(isinstance(text, str) and lowercase(text) != text for text in texts):
            raise UnsupportedError(
                f"`{field.name}` has a lowercase normaliser: several orders of it with capitals are joined by the "
                "optimiser", span=getattr(group[-1][2], "span", None), help="write the constants in lower case",
            )  # fmt: skip


def _comparison(item: Expression) -> Test | None:
    match item:
        case Operation(op=op, left=left, right=Constant() as right) if op in _SWAP and not isinstance(left, Constant):
            return left, op, right
        case Operation(op=op, left=Constant() as left, right=right) if op in _SWAP:
            return right, _SWAP[op], left
        case OneOf(item=inner, values=(Constant() as only,), negated=False):
            return inner, "==", only
        case Like(item=inner, negated=False):
            text = exact_text(item)
            return None if text is None else (inner, "==", Constant(text, "keyword"))
    return None


def _values(compiler: Compiler, group: list[Test]) -> list[tuple[str, Any]]:
    """The operators with their constants in the type of what is compared; none for dates."""
    out = []
    for left, op, right in group:
        _, code, kind = common(compiler, left, compiler.compile(left), right, compiler.compile(right), None)
        value = code.value()
        if kind in DATES or value is None or isinstance(value, tuple):
            return []
        out.append((op, value))
    return out


def _holds(value: Any, op: str, other: Any) -> bool:
    match op:
        case "==":
            return bool(value == other)
        case "<":
            return bool(value < other)
        case "<=":
            return bool(value <= other)
        case ">":
            return bool(value > other)
    return bool(value >= other)
