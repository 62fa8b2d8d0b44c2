"""The events that a pipeline's rows are made of: what its conditions ask of one event, as far as that can be said.

A row of the result comes from events that passed every WHERE before the first command that makes other rows of them.
So the tree holds on each of those events; what it leaves out is listed, with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converter.diagnostics import ConverterError, Span, UnsupportedError
from converter.fields import Fields
from converter.languages.esql.predicate import View, read_query
from converter.matching.pipeline import check
from converter.matching.pipeline.rewriting import conjuncts, nullified, prepared
from converter.matching.pipeline.settling import contradicts
from converter.tree import NEVER, Node, conj
from converter.tree.pipeline import (
    Command,
    Expression,
    Foreign,
    From,
    Limit,
    MvExpand,
    Pipeline,
    Stats,
    Where,
)


@dataclass(frozen=True)
class Left:
    """Something of the pipeline that the tree does not say."""

    message: str
    span: Span | None = None


@dataclass(frozen=True)
class Base:
    """`tree` holds on every event that a row is made of; `left` is what else the pipeline asks for. `retyped`: fields
    that no schema knows, with the type that the query takes them for."""

    tree: Node
    left: tuple[Left, ...]
    retyped: Mapping[str, str]


def base(pipeline: Pipeline, fields: Fields) -> Base:
    """Raises `UnsupportedError` for a pipeline that has a row without any event, and what `check` raises."""
    commands, left = _before_groups(pipeline.commands)
    first = commands[0] if commands else None
    if not isinstance(first, From):
        raise UnsupportedError("the query has no events", span=getattr(first, "span", None))
    retyped = dict(check(Pipeline(commands), fields, read_query))
    view = View(fields, retyped, dict.fromkeys(first.metadata))
    parts: list[Node] = []
    pushed = True
    for command in prepared(Pipeline(commands)).commands[1:]:
        match command:
            case Where(condition=condition):
                parts += _said(view, nullified(conjuncts(condition)), pushed, left)
            case MvExpand(column=column):
                view.names[column.name], pushed = None, False
            case Stats(aggregates=aggregates, by=by):
                view.names.update(dict.fromkeys(item.column for item in (*aggregates, *by)))
                pushed = False
            case Limit():
                left.append(Left("LIMIT keeps some of the rows", command.span))
                pushed = False
            case _:
                view.apply(command)
    return Base(conj(parts), tuple(left), retyped)


def _before_groups(commands: Sequence[Command]) -> tuple[tuple[Command, ...], list[Left]]:
    """The commands whose rows are events, each once or several times."""
    for at, command in enumerate(commands):
        if isinstance(command, Stats) and not command.inline:
            if not command.by:
                raise UnsupportedError("STATS without BY makes a row of no events, too", span=command.span)
            return tuple(commands[:at]), [Left("STATS and what stands behind it", command.span)]
        if isinstance(command, Foreign):
            return tuple(commands[:at]), [Left(f"{command.name} and what stands behind it", command.span)]
    return tuple(commands), []


def _said(view: View, tests: Sequence[Expression], pushed: bool, left: list[Left]) -> list[Node]:
    """The parts of one condition that can be said of an event."""
    out: list[Node] = []
    asked: list[Expression] = []
    for part in tests:
        try:
            asked.append(view.resolve(part))
            out.append(view.true(asked[-1], pushed=pushed))
        except ConverterError as error:
            found = error.diagnostics[0]
            left.append(Left(found.message, found.span or getattr(part, "span", None)))
    return [NEVER] if len(asked) == len(tests) and contradicts(view.atoms.compiler, tuple(asked)) else out


__all__ = ["Base", "Left", "base"]
