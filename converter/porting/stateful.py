"""Rules over streams between the languages: sequences, thresholds and aggregations as Sigma correlations, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from converter.diagnostics import ConverterError, Note
from converter.documents import Document
from converter.documents.references import without_blanks
from converter.languages import get, parse
from converter.porting.outcome import Loss, Port
from converter.porting.stateful_meaning import Meaning, meaning, times
from converter.porting.stateful_text import correlation_text
from converter.proof.compare import with_category
from converter.proof.stateful import combined, compare_streams
from converter.query import Query
from converter.tree import Field, Node, Piped
from converter.tree import Sequence as EqlSequence
from converter.tree.correlation import Correlation

_MOST_STEPS = 20


def port_stateful(
    source: Query, document: Document, to: str, naming: str = "ecs", timespan: int | None = None,
    approximate: bool = False,
) -> Port:  # fmt: skip
    """A sequence, threshold rule, aggregation or correlation in language `to`, judged; refused by name where it has no
    form there.

    `naming` other than ECS has no form for streams: the rules keep ECS names. `timespan` (milliseconds) is taken for a
    sequence without `maxspan`.
    """
    try:
        if to == source.language:
            return _same(source, document)
        if isinstance(source.tree, Correlation):
            from converter.porting.stateful_back import port_correlation

            return port_correlation(source, document, to, approximate)
        found = meaning(source, document)
        if found is not None and to == "sigma":
            return _counted(source, found, document)
        if found is not None and to == "esql":
            from converter.porting.stateful_esql import as_esql

            return as_esql(source, found)
        if to == "sigma" and isinstance(source.tree, EqlSequence):
            return _sequence(source, source.tree, document, timespan)
    except ConverterError as error:
        return refused_by(source, to, error)
    reason = str(source.extra.get("why_not") or _why_not(source, to))
    return refused(source, to, "stateful", reason)


def _why_not(source: Query, to: str) -> str:
    if source.kind == "sample" and to == "sigma":
        return "a sample has no time span at all, and a correlation needs a `timespan`"
    if isinstance(source.tree, Piped) and to == "sigma":
        return f"`{source.tree.pipes[0].name}` keeps some of the hits, a correlation has them all"
    return f"a query of kind `{source.kind}` has no form in `{to}`"


def refused(source: Query, to: str, code: str, reason: str) -> Port:
    """A port that was not made, with the one reason."""
    return Port("refused", to, None, (Loss(code, reason),), source=source, reason=reason)


def refused_by(source: Query, to: str, error: ConverterError) -> Port:
    losses = tuple(Loss(d.code, d.message, d.span) for d in error.diagnostics)
    return Port("refused", to, None, losses, source=source, reason=error.diagnostics[0].message)


def _same(source: Query, document: Document) -> Port:
    """A query in its own language: a sequence laid out anew, a correlation's text as it stands."""
    to = source.language
    if isinstance(source.tree, Correlation):
        text = without_blanks(source.text) if source.source.parts or "\n---" in source.text else source.text
    else:
        text = get(to).render(source.tree, source.fields, {})
    target = parse(to, text, source.fields, category_field=source.category_field)
    relation = "equivalent" if target.tree == source.tree else compare_streams(source, target).relation
    return Port(relation, to, text, notes=source.notes, source=source, target=target)


def _sequence(source: Query, tree: EqlSequence, document: Document, timespan: int | None) -> Port:
    losses: list[Loss] = []
    parts: list[str] = []
    span = tree.maxspan
    if span is None:
        if timespan is None:
            reason = "a sequence without `maxspan` has no end, and a correlation needs a `timespan`"
            return refused(source, "sigma", "no-maxspan", reason)
        span = timespan
        losses.append(Loss("no-maxspan", "not carried: hits that take longer than the `timespan` that was given"))
        parts.append("narrower")
    optional = [k for stage in tree.stages for k in (*tree.by, *stage.keys) if k.optional or k.field.optional]
    if optional:
        reason = f"the optional key `?{optional[0].field.name}` joins events without it, a group-by field must be there"
        return refused(source, "sigma", "optional-key", reason)
    if tree.until is not None:
        losses.append(Loss("until", "not carried: `until`, which ends a sequence early", tree.until.span))
        parts.append("broader")
    absent = [stage for stage in tree.stages if stage.missing]
    if absent:
        losses.append(Loss("missing-event", "not carried: `![…]`, the event that must not come", absent[0].span))
        parts.append("broader")
    stages = tuple(stage for stage in tree.stages if not stage.missing)
    if not stages or (sum(stage.runs for stage in stages) > _MOST_STEPS and len(stages) > 1):
        return refused(source, "sigma", "runs", f"more than {_MOST_STEPS} rules would be needed")
    core = replace(source, tree=replace(tree, stages=stages, until=None, maxspan=span))
    single = len(stages) == 1
    rules: list[tuple[Node, tuple[Field, ...]]] = []
    for stage in stages:
        fields = tuple(key.field for key in (*tree.by, *stage.keys))
        rules += [(in_category(source, stage.condition), fields)] * (1 if single else stage.runs)
    kind = "event_count" if single else "temporal_ordered"
    condition = {"gte": stages[0].runs} if single else None
    text = correlation_text(source, document, rules, kind, condition, span, losses)
    return judged(source, core, "sigma", text, losses, tuple(parts), times(document))


def in_category(source: Query, node: Node) -> Node:
    return with_category(node, source.fields.field(source.category_field or "event.category"))


def judged(
    source: Query, core: Query, to: str, text: str, losses: list[Loss], parts: tuple[str, ...] = (),
    given: tuple[str, ...] = (), target: Query | None = None, extra: dict[str, Any] | None = None,
) -> Port:  # fmt: skip
    """The verdict on a text: `core` is what of the source was to be carried, `parts` are its relations to the source,
    `target` what the text means where that is not its own tree."""
    read = parse(to, text, source.fields, category_field=source.category_field)
    verdict = compare_streams(core, read if target is None else target)
    said = {verdict.relation, *parts} - {"equivalent"}
    relation: str = "different" if said == {"broader", "narrower"} else combined(said)  # each was said for a reason
    notes = (*source.notes, *read.notes, *(Note("proof", note) for note in verdict.notes))
    reason = None if relation != "unknown" else "; ".join(verdict.notes) or "the proof did not come to an end"
    return Port(
        relation, to, text, tuple(losses), verdict.counterexample, (*given, *verdict.assumptions),
        tuple(dict.fromkeys(notes)), "ecs", source, read if target is None else target, reason, extra or {},
    )  # fmt: skip


def _counted(source: Query, found: Meaning, document: Document) -> Port:
    """A threshold rule or an aggregation as `event_count` or `value_count`."""
    tree = found.query.tree
    assert isinstance(tree, Correlation)
    losses = list(found.losses)
    keys = tuple(key.fields[0] for key in tree.keys)
    condition: dict[str, Any] = {"field": tree.values[0][0].name} if tree.values else {}
    condition |= dict(tree.bounds)
    member = tree.members[0].item
    assert isinstance(member, Node)
    text = correlation_text(source, document, [(member, keys)], tree.type, condition, tree.timespan, losses)
    return judged(found.query, found.query, "sigma", text, losses, found.parts, found.given)


__all__ = ["in_category", "judged", "port_stateful", "refused", "refused_by"]
