"""Which predicates Elasticsearch hands to the index."""

from __future__ import annotations

from converter.matching.pipeline.columns import Scope
from converter.matching.pipeline.moving import moved
from converter.tree import Field
from converter.tree.pipeline import (
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
    OneOf,
    Operation,
)

_SEARCHES = ("kql", "qstr", "match", "match_phrase", "multi_match")


def is_pushed(item: Expression, scope: Scope) -> bool:
    """Whether the index can answer the predicate as a whole."""
    item = moved(item, scope)
    match item:
        case Both(items=items) | Either(items=items):
            return all(is_pushed(each, scope) for each in items)
        case Inverse(item=inner):
            return is_pushed(inner, scope)
        case Constant():
            return True
        case Operation(op="==" | "!=", left=Function(name="to_lower" | "to_upper", args=(inner,)), right=right):
            return is_pushed(Operation("==", inner, right), scope)
        case Operation(left=left, right=right):
            return (_testable(left, scope) and _folds(right, scope)) or (
                _testable(right, scope) and _folds(left, scope)
            )
        case OneOf(item=inner, values=values):
            return _testable(inner, scope) and all(_folds(value, scope) for value in values)
        case Like(item=inner):
            return _testable(inner, scope)
        case IsNull(item=inner):
            return _field(inner, scope) is not None
        case Function(name="cidr_match" | "starts_with" | "ends_with", args=(first, *rest)):
            return _testable(first, scope) and all(_folds(arg, scope) for arg in rest)
        case Function(name=name):
            return name in _SEARCHES
        case MatchOperator():
            return True
    return False


def _field(item: Expression, scope: Scope) -> Field | None:
    if not isinstance(item, Column):
        return None
    column = scope.find(item.name)
    return (column.field or column.alias) if column is not None else None


def _testable(item: Expression, scope: Scope) -> bool:
    field = _field(item, scope)
    return field is not None and field.sort != "text" and field.doc_values


def _folds(item: Expression, scope: Scope) -> bool:
    """Whether the expression is the same for every row."""
    match item:
        case Constant() | Interval():
            return True
        case Column(name=name):
            column = scope.find(name)
            return column is not None and column.known
        case Function(args=args, name=name):
            return (bool(args) or name == "now") and all(_folds(arg, scope) for arg in args)
        case Cast(item=inner):
            return _folds(inner, scope)
        case Operation(left=left, right=right):
            return _folds(left, scope) and _folds(right, scope)
    return False
