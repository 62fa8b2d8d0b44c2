"""Why a query decides as it does on one event: its tree with the truth of each condition."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.matching import Context, EventValues, compile_node
from converter.query import Query
from converter.tree import (
    And,
    Category,
    Const,
    Field,
    Glob,
    Nested,
    Node,
    Not,
    Or,
    Stage,
    fields_of,
    transform,
)  # fmt: skip
from converter.tree.describe import describe, pattern

#: Longer lists and values are cut, for they are read on a terminal.
MANY, WIDE, OBJECTS = 6, 120, 3


@dataclass(frozen=True)
class Reason:
    """A node's text, its truth, whether it took part in the outcome, and the values its field has in the event.

    `decided` is False where the outcome would be the same without this node: the true part of an `And` that is
    false for another one. `values` maps each field's path to the event's raw values there; [] is none.
    """

    text: str
    truth: bool
    decided: bool = True
    values: Mapping[str, list[Any]] | None = None
    children: tuple[Reason, ...] = ()

    def as_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"text": self.text, "truth": self.truth, "decided": self.decided}
        if self.values is not None:
            out["values"] = dict(self.values)
        if self.children:
            out["children"] = [child.as_json() for child in self.children]
        return out


def why(query: Query, event: Mapping[str, Any], now: int | None = None) -> str:
    """`explain` as text: a line a condition, `>` before those that decided, with the values they saw."""
    return "\n".join(_lines(explain(query, event, now), 0))


def explain(query: Query, event: Mapping[str, Any], now: int | None = None) -> Reason:
    """The tree of a query with the truth of each node on the event; `now` in milliseconds since 1970, None: the clock.

    Of a sequence or sample: one part for each stage. Raises `UnsupportedError` for a query that is no condition on
    events (an ES|QL pipeline that aggregates)."""
    context = context_of(query, now)
    tree = query.tree if query.is_event else query.extra.get("predicate")
    if tree is not None:
        return _reason(tree, EventValues(event), context)
    stages = getattr(getattr(query.tree, "query", query.tree), "stages", None)
    if stages is None:
        raise UnsupportedError(f"a query of kind `{query.kind}` is no condition on one event")
    parts = tuple(_stage(i, stage, event, context) for i, stage in enumerate(stages, 1))
    return Reason("a stage fits the event", any(part.truth for part in parts), True, None, parts)


def context_of(query: Query, now: int | None = None) -> Context:
    return Context(now, query.fields.field(query.category_field or "event.category"))


def _stage(number: int, stage: Stage, event: Mapping[str, Any], context: Context) -> Reason:
    inner = _reason(stage.condition, EventValues(event), context)
    missing = " (must not come)" if stage.missing else ""
    return Reason(f"stage {number}{missing}", inner.truth, True, None, (inner,))


def _reason(node: Node, event: EventValues, context: Context) -> Reason:
    truth = compile_node(node, context)(event)
    match node:
        case And(items=items) | Or(items=items):
            return _list(node, items, truth, event, context)
        case Not(item=item):
            return Reason("not", truth, True, None, (_reason(item, event, context),))
        case Nested(path=path, item=item):
            return Reason(describe(node), truth, True, None, tuple(_objects(path, item, truth, event, context)))
    return Reason(describe(node), truth, True, _values(node, event, context))


def _list(node: Node, items: tuple[Node, ...], truth: bool, event: EventValues, context: Context) -> Reason:
    """Children; patterns of one field that come to the same are one line."""
    needs_all = truth == isinstance(node, And)
    parts: list[Reason] = []
    keyed = ((item, _reason(item, event, context)) for item in items)
    for _, group in groupby(keyed, key=lambda pair: _group(*pair)):
        run = list(group)
        part = run[0][1] if len(run) == 1 else _merged([item for item, _ in run], run[0][1], isinstance(node, Or))
        parts.append(part if needs_all or part.truth == truth else _idle(part))
    return Reason(describe(node), truth, True, None, tuple(parts))


def _group(item: Node, reason: Reason) -> Any:
    return (item.field, item.fold, reason.truth) if isinstance(item, Glob) else id(item)


def _merged(items: list[Node], first: Reason, any_of: bool) -> Reason:
    globs = [item for item in items if isinstance(item, Glob)]
    shown = ", ".join(pattern(item.tokens) for item in globs[:MANY])
    more = f" and {len(globs) - MANY} more" if len(globs) > MANY else ""
    fold = "" if globs[0].fold == "none" else " (any case)"
    verb = "matches one of" if any_of else "matches each of"
    return replace(first, text=f"{globs[0].field.name} {verb} {shown}{more}{fold}")


def _idle(reason: Reason) -> Reason:
    return replace(reason, decided=False, children=tuple(map(_idle, reason.children)))


def _objects(path: str, item: Node, truth: bool, event: EventValues, context: Context) -> Iterator[Reason]:
    """The inner tree on the object that passes, else on the first few."""
    free = transform(item, lambda node: _free(node, path))
    for number, part in enumerate(event.objects(path), 1):
        reason = _reason(free, part, context)
        if reason.truth == truth and (truth or number <= OBJECTS):
            yield Reason(f"object {number}", reason.truth, True, None, (reason,))
            if truth:
                return


def _free(node: Node, path: str) -> Node:
    field = getattr(node, "field", None)
    if isinstance(field, Field) and field.nested == path:
        return replace(node, field=replace(field, nested=None))  # type: ignore[arg-type]
    return node


def _values(node: Node, event: EventValues, context: Context) -> dict[str, list[Any]]:
    if isinstance(node, Const):
        return {}
    fields = [context.category] if isinstance(node, Category) else list(fields_of(node))
    if any(field.sort == "any" for field in fields):
        return {path: event.raw(path) for path in event.paths()}
    out = {}
    for field in fields:
        out[field.path] = [raw for path in (field.path, *field.copies) for raw in event.raw(path)]
        if field.type in ("object", "flattened") and field.flattened is None:
            out |= {path: event.raw(path) for path in event.paths() if path.startswith(field.path + ".")}
    return out


def _lines(reason: Reason, depth: int) -> Iterator[str]:
    mark = ">" if reason.decided else " "
    line = f"{mark} {'true ' if reason.truth else 'false'} {'  ' * depth}{reason.text}"
    if reason.values:
        line += "   [" + "; ".join(f"{path}: {_shown(raws)}" for path, raws in reason.values.items()) + "]"
    yield line
    for child in reason.children:
        yield from _lines(child, depth + 1)


def _shown(raws: list[Any]) -> str:
    if not raws:
        return "no value"
    text = ", ".join(json.dumps(raw, ensure_ascii=False) for raw in raws)
    return text if len(text) <= WIDE else text[:WIDE] + "…"
