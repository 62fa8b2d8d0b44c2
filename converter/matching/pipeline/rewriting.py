"""Rewrites of Elasticsearch's optimiser that change answers (seen on 8.19): a conjunction with `x IS NULL` takes every
other test of `x` as null, whatever the test would say; conditions of neighbouring WHEREs are one conjunction.
"""

from __future__ import annotations

from dataclasses import replace

from converter.tree.pipeline import (
    Both,
    Column,
    Command,
    Constant,
    Dissect,
    Drop,
    Either,
    Eval,
    Expression,
    Function,
    Grok,
    Inverse,
    IsNull,
    Keep,
    Like,
    MatchOperator,
    OneOf,
    Operation,
    Pipeline,
    Rename,
    Sort,
    Where,
    walk_expression,
)

NULL = Constant(None, "null")
FALSE = Constant(False, "boolean")


def conjuncts(item: Expression) -> tuple[Expression, ...]:
    """The parts of a condition that all must hold."""
    if not isinstance(item, Both):
        return (item,)
    return tuple(part for each in item.items for part in conjuncts(each))


def nullified(items: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """The parts of a conjunction as they are evaluated."""
    nulls = {item.item for item in items if isinstance(item, IsNull) and not item.negated}
    if not nulls:
        return items
    if any(isinstance(item, IsNull) and item.negated and item.item in nulls for item in items):
        return (FALSE,)
    kept = [item for item in items if not _absorbed(item, items)]
    return tuple(item if isinstance(item, IsNull) else _without(item, nulls) for item in kept)


def _absorbed(item: Expression, items: tuple[Expression, ...]) -> bool:
    """`a AND (a OR b)` is `a`."""
    return isinstance(item, Either) and any(part in items for part in item.items)


def _without(item: Expression, nulls: set[Expression]) -> Expression:
    if not any(part in nulls for part in walk_expression(item)):
        return item
    if isinstance(item, Function) and item.name == "coalesce":
        rest = tuple(arg for arg in item.args if not any(part in nulls for part in walk_expression(arg)))
        return replace(item, args=rest) if rest else NULL
    return NULL


def prepared(pipeline: Pipeline) -> Pipeline:
    """The pipeline with the conditions of each stretch, between commands that a filter cannot pass, seen together."""
    commands = list(pipeline.commands)
    start = 0
    while start < len(commands):
        end = start
        while end < len(commands) and isinstance(
            commands[end], Where | Eval | Keep | Drop | Rename | Sort | Dissect | Grok
        ):
            end += 1
        if sum(isinstance(command, Where) for command in commands[start:end]) > 1:
            commands[start:end] = _stretch(commands[start:end])
        start = end + 1
    return replace(pipeline, commands=tuple(commands))


def _stretch(commands: list[Command]) -> list[Command]:
    """Parts that read no column which the stretch makes are one conjunction; only those that turn null change."""
    made: set[str] | None = set()
    movable: list[Expression] = []
    for command in commands:
        if isinstance(command, Where):
            movable += [part for part in conjuncts(command.condition) if _reads_only_old(part, made)]
        made = _with_made(made, command)
    changed = nullified(tuple(movable))
    if changed == tuple(movable):
        return commands
    dropped = [part for part in movable if not _survives(part, changed)]
    return [_replaced(command, dropped) if isinstance(command, Where) else command for command in commands]


def _survives(part: Expression, changed: tuple[Expression, ...]) -> bool:
    return changed != (FALSE,) and (part in changed or isinstance(part, Either | Function))


def _replaced(command: Where, dropped: list[Expression]) -> Where:
    parts = tuple(NULL if part in dropped else part for part in conjuncts(command.condition))
    return replace(command, condition=parts[0] if len(parts) == 1 else Both(parts, span=command.condition.span))


def _reads_only_old(part: Expression, made: set[str] | None) -> bool:
    if made is None:
        return False
    return not any(isinstance(item, Column) and item.name in made for item in walk_expression(part))


def _with_made(made: set[str] | None, command: Command) -> set[str] | None:
    """The names that are no longer the index's; None: unknown, nothing is moved past."""
    if made is None:
        return None
    match command:
        case Eval(items=items):
            return made | {item.column for item in items}
        case Rename(pairs=pairs):
            return made | {name for pair in pairs for name in pair}
        case Dissect() | Grok():
            return None
    return made


_TESTS = (Both, Either, Inverse, OneOf, Like, IsNull, MatchOperator)
_TEST_FUNCTIONS = frozenset(
    ("starts_with", "ends_with", "contains", "cidr_match", "kql", "qstr", "match", "match_phrase", "multi_match",
     "mv_contains", "mv_intersects", "mv_contains_any")
)  # fmt: skip


def is_test(item: Expression) -> bool:
    """Whether an expression gives true, false or null, never several values."""
    match item:
        case Operation(op=op):
            return op in ("==", "!=", "<", "<=", ">", ">=")
        case Function(name="coalesce", args=args):
            return all(map(is_test, args))
        case Function(name="case", args=args):
            return all(is_test(arg) for i, arg in enumerate(args) if i % 2 or i == len(args) - 1)
        case Function(name=name):
            return name in _TEST_FUNCTIONS
        case Constant(value=value):
            return not isinstance(value, tuple)
        case Inverse(item=Inverse(item=inner)):  # no more than the expression itself
            return is_test(inner)
    return isinstance(item, _TESTS)


def has_null(item: Expression) -> bool:
    """An `IN` with a null literal: its negation is null, even where one of the other values is equal."""
    return isinstance(item, OneOf) and any(isinstance(value, Constant) and value.value is None for value in item.values)
