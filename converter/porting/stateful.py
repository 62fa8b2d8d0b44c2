"""Rules over streams between the languages: EQL sequences and threshold rules as Sigma correlations, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from converter.diagnostics import ConverterError, UnsupportedError
from converter.documents import Document
from converter.languages import get, parse
from converter.porting.metadata import sigma_metadata
from converter.porting.outcome import Loss, Port
from converter.porting.weaken import sayable_by, weaken
from converter.proof.compare import compare, with_category
from converter.proof.stateful import combined, compare_streams
from converter.query import Query
from converter.tree import Const, Exists, Field, Key, Node, Not, Stage
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation
from converter.tree.nodes import conj

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))
_MOST_STEPS = 20
LOOK_BACK = "now-6m"


def port_stateful(source: Query, document: Document, to: str, naming: str = "ecs") -> Port:
    """A sequence, threshold rule or correlation in language `to`, judged; refused by name where it has no form there.

    `naming` other than ECS has no form for streams: the rules keep ECS names.
    """
    try:
        if to == "sigma" and document.kind == "elastic" and document.type == "threshold":
            return _threshold(source, document)
        if to == "sigma" and isinstance(source.tree, EqlSequence):
            return _sequence(source, source.tree, document)
        if to == "eql" and isinstance(source.tree, Correlation):
            return _as_sequence(source, source.tree)
    except ConverterError as error:
        losses = tuple(Loss(d.code, d.message, d.span) for d in error.diagnostics)
        return Port("refused", to, None, losses, source=source, reason=error.diagnostics[0].message)
    reason = str(source.extra.get("why_not") or f"a query of kind `{source.kind}` has no form in `{to}`")
    return _refused(source, to, "stateful", reason)


def _refused(source: Query, to: str, code: str, reason: str) -> Port:
    return Port("refused", to, None, (Loss(code, reason),), source=source, reason=reason)


def _duration(milliseconds: int) -> str:
    for unit, size in _UNITS:
        if milliseconds > 0 and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    raise UnsupportedError(f"a span of {milliseconds} ms is no whole number of seconds")


def _sequence(source: Query, tree: EqlSequence, document: Document) -> Port:
    losses: list[Loss] = []
    if tree.maxspan is None:
        reason = "a sequence without `maxspan` has no end, and a correlation needs a `timespan`"
        return _refused(source, "sigma", "no-maxspan", reason)
    optional = [k for stage in tree.stages for k in (*tree.by, *stage.keys) if k.optional or k.field.optional]
    if optional:
        reason = f"the optional key `?{optional[0].field.name}` joins events without it, a group-by field must be there"
        return _refused(source, "sigma", "optional-key", reason)
    if tree.until is not None:
        losses.append(Loss("until", "not carried: `until`, which ends a sequence early"))
    if any(stage.missing for stage in tree.stages):
        losses.append(Loss("missing-event", "not carried: `![…]`, the event that must not come"))
    stages = tuple(stage for stage in tree.stages if not stage.missing)
    if not stages or (sum(stage.runs for stage in stages) > _MOST_STEPS and len(stages) > 1):
        return _refused(source, "sigma", "runs", f"more than {_MOST_STEPS} rules would be needed")
    core = replace(source, tree=replace(tree, stages=stages, until=None))
    single = len(stages) == 1
    rules: list[tuple[Node, tuple[Field, ...]]] = []
    for stage in stages:
        fields = tuple(key.field for key in (*tree.by, *stage.keys))
        rules += [(_category(source, stage.condition), fields)] * (1 if single else stage.runs)
    kind, number = ("event_count", stages[0].runs) if single else ("temporal_ordered", len(rules))
    condition = {"gte": number} if single else None
    text = _text(source, document, rules, kind, condition, tree.maxspan, losses)
    return _judge(core, source, text, losses)


def _category(source: Query, node: Node) -> Node:
    return with_category(node, source.fields.field(source.category_field or "event.category"))


def _judge(core: Query, source: Query, text: str, losses: list[Loss], to: str = "sigma") -> Port:
    target = parse(to, text, source.fields)
    verdict = compare_streams(core, target)
    relation = verdict.relation
    if any(loss.code in ("until", "missing-event") for loss in losses):
        relation = combined((relation, "broader"))
    from converter.diagnostics import Note

    notes = (*source.notes, *target.notes, *(Note("proof", note) for note in verdict.notes))
    reason = None if relation != "unknown" else "; ".join(verdict.notes) or "the proof did not come to an end"
    return Port(
        relation, to, text, tuple(losses), None, tuple(verdict.assumptions), tuple(dict.fromkeys(notes)), "ecs",
        source, target, reason,
    )  # fmt: skip


def _text(
    source: Query,
    document: Document,
    rules: Sequence[tuple[Node, tuple[Field, ...]]],
    kind: str,
    condition: Mapping[str, Any] | None,
    span: int,
    losses: list[Loss],
) -> str:
    """Base rules with names, then the correlation that holds the rule's own metadata."""
    from converter.languages.sigma.yaml_writer import document as yaml

    metadata = sigma_metadata(document)
    slug = re.sub(r"[^a-z0-9]+", "_", document.name.lower()).strip("_")[:60].strip("_") or "rule"
    names = [f"{slug}_{number}" for number in range(1, len(rules) + 1)] if len(rules) > 1 else [f"{slug}_base"]
    texts = []
    for number, (name, (node, keys)) in enumerate(zip(names, rules, strict=True), 1):
        own = {
            "title": f"{metadata['title']}: {number} of {len(rules)}" if len(rules) > 1 else
            f"{metadata['title']}: events", "name": name, "taxonomy": "ecs", "logsource": metadata["logsource"],
        }  # fmt: skip
        texts.append(_rule(source, conj([node, *(Exists(field) for field in dict.fromkeys(keys))]), own, losses))
    body: dict[str, Any] = {"type": kind, "rules": names}
    columns = [tuple(field.name for field in column) for column in zip(*(keys for _, keys in rules), strict=True)]
    columns = list(dict.fromkeys(columns))
    if columns:
        body["group-by"], aliases = [], {}
        for number, column in enumerate(columns, 1):
            same = len(set(column)) == 1
            body["group-by"].append(column[0] if same else f"key_{number}")
            if not same:
                aliases[f"key_{number}"] = dict(zip(names, column, strict=True))
        if aliases:
            body["aliases"] = aliases
    body["timespan"] = _duration(span)
    if condition is not None:
        body["condition"] = dict(condition)
    elastic = metadata.pop("elastic", None)
    head = {key: value for key, value in metadata.items() if key != "logsource"}
    texts.append(yaml({**head, "correlation": body, **({"elastic": elastic} if elastic else {})}))
    return "---\n".join(texts)


def _rule(source: Query, node: Node, own: Mapping[str, Any], losses: list[Loss]) -> str:
    """One base rule; a broader one, each loss named, where Sigma cannot say all of it."""
    render = get("sigma").render
    try:
        return render(node, source.fields, {"metadata": own})
    except UnsupportedError as error:
        wider = {"metadata": own, "inexact": "broader"}
        weaker, _ = weaken(node, sayable_by(lambda atom: render(atom, source.fields, wider)))
        if isinstance(weaker, Const | Not):
            raise
        losses += [Loss(d.code, d.message, d.span) for d in error.diagnostics]
        return render(weaker, source.fields, wider)


def _threshold(source: Query, document: Document) -> Port:
    """Events, or different values, of one key within the look-back."""
    spec: Mapping[str, Any] = document.data.get("threshold") or {}
    back = re.fullmatch(r"now-([0-9]+)([smhd])", str(document.data.get("from") or LOOK_BACK).strip())
    if back is None:
        return _refused(source, "sigma", "look-back", "the look-back `from` is no plain span like `now-9m`")
    if not isinstance(source.tree, Node):
        return _refused(source, "sigma", "stateful", "the base query is no condition on one event")
    listed = spec.get("field") or []
    keys = tuple(source.fields.field(name) for name in ([listed] if isinstance(listed, str) else listed))
    distinct, least = list(spec.get("cardinality") or ()), int(spec.get("value", 1))
    losses: list[Loss] = []
    kind, condition = "event_count", {"gte": least}
    if distinct and least <= 1:
        kind, condition = "value_count", {"field": distinct[0]["field"], "gte": distinct[0]["value"]}
        distinct = distinct[1:]
    losses += [Loss("cardinality", f"not carried: {d['value']} different values of `{d['field']}`") for d in distinct]
    tree = conj([_category(source, source.tree), *(Exists(field) for field in keys)])
    text = _text(
        source, document, [(_category(source, source.tree), keys)], kind, condition,
        int(back[1]) * dict(_UNITS)[back[2]], losses,
    )  # fmt: skip
    target = parse("sigma", text, source.fields)
    member = target.tree.members[0].item
    verdict = compare(replace(source, tree=tree), replace(target, tree=conj([member, *map(Exists, keys)])))
    relation = combined((verdict.relation, "broader" if distinct else "equivalent"))
    given = ("the rule is evaluated at every event", *verdict.assumptions)
    reason = "the proof did not come to an end" if relation == "unknown" else None
    return Port(
        relation, "sigma", text, tuple(losses), None, given, tuple(dict.fromkeys((*source.notes, *target.notes))),
        "ecs", source, target, reason,
    )  # fmt: skip


def _as_sequence(source: Query, tree: Correlation) -> Port:
    """`temporal_ordered` as a sequence, `event_count` of one rule as a run."""
    one_bound = len(tree.bounds) == 1 and tree.bounds[0][0] == "gte" and tree.expression is None
    simple = one_bound and not tree.generate and all(not isinstance(m.item, Correlation) for m in tree.members)
    bound = tree.bounds[0][1] if tree.bounds else 0
    ordered = tree.type == "temporal_ordered" and bound == len(tree.members) > 1
    counted = tree.type == "event_count" and len(tree.members) == 1 and isinstance(bound, int) and 1 < bound <= 100
    if not simple or not (ordered or counted):
        return _refused(source, "eql", "correlation", f"this correlation `{tree.type}` is no sequence of events")
    if str(source.extra.get("taxonomy", "sigma")).lower() != "ecs":
        return _refused(source, "eql", "taxonomy", "only correlations in ECS names (`taxonomy: ecs`) are carried")
    shared = tuple(Key(key.fields[0]) for key in tree.keys if len(set(key.fields)) == 1)
    apart = [key for key in tree.keys if len(set(key.fields)) > 1]
    stages = tuple(
        Stage(member.item, tuple(Key(key.fields[index]) for key in apart), int(bound) if counted else 1)
        for index, member in enumerate(tree.members)
        if not isinstance(member.item, Correlation)
    )
    text = get("eql").render(EqlSequence(stages, shared, tree.timespan), source.fields, {})
    return _judge(source, source, text, [], "eql")
