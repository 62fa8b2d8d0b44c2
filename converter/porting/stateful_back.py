"""A Sigma correlation as an EQL sequence, a threshold rule, or an ES|QL aggregation: whichever is exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from converter.documents import Document
from converter.languages import get, parse
from converter.porting.outcome import Loss, Port
from converter.porting.stateful_esql import as_esql
from converter.porting.stateful_meaning import AT_EVERY_EVENT, Meaning, threshold_meaning
from converter.porting.stateful_names import in_ecs
from converter.porting.stateful_shape import (
    counted_fields,
    events_of,
    from_of,
    joined,
    judged_back,
    least_of,
    no_form,
    one_key,
)  # fmt: skip
from converter.query import Query
from converter.tree import And, Exists, Field, Key, Node, Stage, conj, disj
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Both, Correlation

#: Kibana takes no more fields in a threshold.
_MOST_KEYS = 5
_MOST_RUNS = 100


def port_correlation(source: Query, document: Document, to: str, approximate: bool = False) -> Port:
    """The correlation in language `to`. `kuery` and `lucene` are the base query of a threshold rule, with the rest of
    the document in `Port.extra`. Raises `UnsupportedError` with the reason where it has no form there."""
    found = in_ecs(source, document.data, approximate)
    core = replace(source, tree=found.tree)
    if found.tree.generate:
        raise no_form(f"`generate`: the rules fire on their own as well, which is no part of one {to} rule")
    match to:
        case "eql":
            result = _as_sequence(core, found.tree)
        case "kuery" | "lucene":
            result = _as_threshold(core, found.tree, to)
        case "esql":
            index = found.index or tuple(_listed((document.data.get("elastic") or {}).get("index")))
            result = as_esql(core, Meaning(core, index=index))
        case _:
            raise no_form(f"a correlation has no form in `{to}`")
    relation, losses = result.relation, result.losses
    if found.loose and relation in ("equivalent", "broader", "narrower"):
        relation = "unknown"
        losses = (*losses, *(Loss("approximate", fact) for fact in found.loose))
    return replace(
        result, source=core, relation=relation, losses=losses, given=(*found.given, *result.given),
        notes=tuple(dict.fromkeys((*result.notes, *found.notes))),
        reason="the mapping is only approximate" if relation != result.relation else result.reason,
    )  # fmt: skip


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


# EQL


def _as_sequence(core: Query, tree: Correlation) -> Port:
    """`temporal_ordered` as a sequence, `event_count` of one rule as a run."""
    members = events_of(tree, "EQL")
    ordered = _ordered(tree)
    counted = least_of(tree) if tree.type == "event_count" else None
    if tree.type == "temporal":
        raise no_form("`temporal` takes the events in any order, an EQL sequence only in one")
    if tree.type == "event_count" and len(members) > 1 and counted is not None:
        members = [(disj([node for node, _ in members]), one_key(tree))]
        core = joined(core, tree)
    if ordered is None and (counted is None or len(members) != 1):
        raise no_form(f"this correlation `{tree.type}` is no sequence of events")
    if counted is not None and not 1 < counted <= _MOST_RUNS:
        raise no_form(f"EQL counts from 2 to {_MOST_RUNS} events of a stage, not {counted}")
    if ordered is not None:
        members = [members[at] for at in ordered]
        if len(members) < 2:
            raise no_form("a sequence has two stages at least")
    columns = list(zip(*(keys for _, keys in members), strict=True))
    shared = tuple(Key(column[0]) for column in columns if len(set(column)) == 1)
    apart = [column for column in columns if len(set(column)) > 1]
    stages = tuple(
        Stage(node, tuple(Key(column[at]) for column in apart), counted or 1) for at, (node, _) in enumerate(members)
    )
    text = get("eql").render(EqlSequence(stages, shared, tree.timespan), core.fields, {"lift_category": True})
    core = core if ordered is None or core.tree.expression is None else replace(core, tree=_listed_order(tree, ordered))
    return judged_back(core, "eql", text, None, (), {"type": "eql", "from": from_of(tree)})


def _ordered(tree: Correlation) -> list[int] | None:
    """The members in their order, where all of them must come."""
    if tree.type != "temporal_ordered":
        return None
    if tree.expression is None:
        return list(range(len(tree.members))) if least_of(tree) == len(tree.members) else None
    items = tree.expression.items if isinstance(tree.expression, Both) else (tree.expression,)
    index = {member.name: at for at, member in enumerate(tree.members)}
    if not all(isinstance(item, str) for item in items):
        raise no_form("`or` and `not` in the condition of `temporal_ordered` have no order")
    return [index[str(item)] for item in items]


def _listed_order(tree: Correlation, order: Sequence[int]) -> Correlation:
    """The same without an expression: its members as it names them."""
    return replace(
        tree, members=tuple(tree.members[at] for at in order), expression=None, bounds=(("gte", len(order)),),
        keys=tuple(replace(key, fields=tuple(key.fields[at] for at in order)) for key in tree.keys),
    )  # fmt: skip


# threshold rules


def _as_threshold(core: Query, tree: Correlation, to: str) -> Port:
    members, keys, least = events_of(tree, "a threshold rule"), one_key(tree), least_of(tree)
    if tree.type not in ("event_count", "value_count") or least is None or least < 1:
        raise no_form(f"a threshold rule counts to a number, this `{tree.type}` does not")
    if len(keys) > _MOST_KEYS:
        raise no_form(f"a threshold rule takes {_MOST_KEYS} fields at most, not {len(keys)}")
    spec: dict[str, Any] = {"field": [key.name for key in keys], "value": least}
    if tree.type == "value_count":
        fields = counted_fields(tree)
        spec |= {"value": 1, "cardinality": [{"field": fields[0].name, "value": least}]}
    base = disj([_without_keys(node, keys) for node, _ in members])
    text = get(to).render(base, core.fields, {})
    read = parse(to, text, core.fields)
    target = threshold_meaning(read, spec, tree.timespan).query
    extra = {"type": "threshold", "threshold": spec, "from": from_of(tree)}
    return judged_back(joined(core, tree), to, text, target, (AT_EVERY_EVENT,), extra)


def _without_keys(node: Node, keys: Sequence[Field]) -> Node:
    """Without the conditions that a key is there: the threshold never counts an event without one."""
    if not isinstance(node, And):
        return node
    left = [item for item in node.items if not (isinstance(item, Exists) and item.field in keys)]
    return conj(left) if left else node


__all__ = ["port_correlation"]
