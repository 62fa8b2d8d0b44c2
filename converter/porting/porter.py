"""One rule into one language, with the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from converter.diagnostics import ConverterError, Note, UnsupportedError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.languages import get, parse
from converter.languages.sigma import pipelines
from converter.mapping import Candidate, Mapped, candidates, log_source_of, portability, to_ecs
from converter.porting.esql_base import port_base
from converter.porting.metadata import labelled, sigma_metadata
from converter.porting.outcome import Loss, Port
from converter.porting.rule_query import BASE_QUERY_TYPES, rule_query
from converter.porting.stateful import port_stateful
from converter.porting.weaken import gives_up, sayable_by, weaken
from converter.proof import Verdict, compare, disjoint, implies
from converter.proof.compare import with_category
from converter.query import Query
from converter.tree import Glob, Node, fields_of, transform


def port_rule(
    document: Document, to: str, naming: str = "ecs", fields: FieldsSpec = None, approximate: bool = False,
    timespan: int | None = None,
) -> Port:  # fmt: skip
    """The document's rule in language `to`, without what an Elastic document keeps for its way back from Sigma;
    `timespan` in milliseconds. Never raises for a rule that cannot be ported."""
    try:
        source = rule_query(document, fields)
    except ConverterError as error:
        return refused(to, error, None)
    return port_query(source, document, to, naming, approximate, timespan)


def port_query(
    source: Query, document: Document, to: str, naming: str = "ecs", approximate: bool = False,
    timespan: int | None = None,
) -> Port:  # fmt: skip
    """`port` for a query that was read already; `timespan` in milliseconds."""
    tree = predicate_of(source)
    if source.language == to and source.kind == "pipeline":  # written as it was read, whatever it computes
        return _same_pipeline(source, to)
    counts = document.kind == "elastic" and document.type == "threshold" and to in ("sigma", "esql")
    if tree is None or counts:
        found = port_stateful(source, document, to, naming, timespan, approximate)
        if found.relation in ("refused", "different", "unknown") and source.kind == "pipeline" and to != "esql":
            return port_base(source, found, lambda query: port_query(query, document, to, naming, approximate))
        return found
    if source.category_field is not None and to != "eql":  # elsewhere a category is an ordinary condition
        tree = with_category(tree, source.fields.field(source.category_field))
    if to == "sigma":
        return _to_sigma(source, tree, document, naming)
    if document.kind == "sigma" and not speaks_ecs(document.data):
        try:
            log_source = document.data.get("logsource") or {}
            mapped = to_ecs(tree, log_source, source.fields, approximate, own_log_source(document.data))
        except ConverterError as error:
            return refused(to, error, source)
        own = replace(source, tree=mapped.tree, notes=())
        result = _say(own, mapped.tree, to, document, _options(document, to, mapped))
        notes = [note for note in (*source.notes, *result.notes) if note.code != "unknown-field"]  # the mapping says it
        relation = result.relation
        if mapped.approximate and relation in ("equivalent", "broader", "narrower"):
            relation = "unknown"
        losses = (*result.losses, *(Loss("approximate", fact) for fact in mapped.approximate))
        return replace(
            result, relation=relation, losses=losses, given=(*mapped.given, *result.given),
            notes=_unique((*notes, *mapped.notes)),
            reason="the mapping is only approximate" if relation != result.relation else result.reason,
        )  # fmt: skip
    result = _say(source, tree, to, document, _options(document, to, None))
    return replace(result, given=(*given_by(source), *result.given))


def given_by(query: Query) -> tuple[str, ...]:
    """What a query's reading takes as given: the pySigma pipelines that it went through."""
    names = query.extra.get("pipelines")
    return (f"pipeline {names}",) if names else ()


def _same_pipeline(source: Query, to: str) -> Port:
    """A pipeline in its own language: laid out anew, and read back as the same."""
    text = get(to).render(source.tree, source.fields, {})
    target = parse(to, text, source.fields)
    relation = "equivalent" if target.tree == source.tree else "unknown"
    return Port(relation, to, text, notes=source.notes, source=source, target=target)


def speaks_ecs(sigma: Mapping[str, Any]) -> bool:
    """The rule's names are the target's already: its taxonomy says so, or the user gave a pipeline that makes them."""
    return str(sigma.get("taxonomy", "sigma")).lower() == "ecs" or pipelines.current() is not None


def own_log_source(sigma: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a rule that came from Elastic says itself that its log source is there: field → value or list of values.

    Raises `ConverterError` where it is something else.
    """
    kept = sigma.get("elastic")
    own = kept.get("log_source") if isinstance(kept, Mapping) else None
    if own is None:
        return None
    texts = (str, int, bool)
    if not isinstance(own, Mapping) or not all(
        isinstance(name, str)
        and (isinstance(value, texts) or (isinstance(value, list) and all(isinstance(item, texts) for item in value)))
        for name, value in own.items()
    ):
        raise ConverterError("`elastic.log_source` is no map of fields and values", code="mapping")
    return own


def _to_sigma(source: Query, tree: Node, document: Document, naming: str) -> Port:
    """Standard names where that is asked for or exact, else ECS names."""
    metadata = sigma_metadata(document)
    if document.kind == "sigma":
        result = _say(source, tree, "sigma", document, {"metadata": metadata})
        return replace(result, given=(*given_by(source), *result.given))
    notes: list[Note] = []
    held = document.data.get("index")
    index = [str(pattern) for pattern in held] if isinstance(held, list) else []
    if naming != "ecs":
        found, notes = candidates(tree, source.fields, index)
        for candidate in found:
            standard = _standard(source, tree, document, candidate, metadata)
            if standard is not None:
                return standard
        notes += [Note("naming", f"in {item.log_source.title} the rule is not proven the same") for item in found[:1]]
        if naming == "sigma":
            losses = tuple(Loss("naming", note.message) for note in notes)
            return Port("refused", "sigma", None, losses, naming="sigma", source=source, reason="no standard names")
    metadata["logsource"] = labelled(log_source_of(tree, source.fields, index), metadata["logsource"])
    result = _say(source, tree, "sigma", document, {"metadata": metadata, "source": source.source.text})
    if result.text is not None:
        notes.append(Note("portability", portability({}, (), ecs=True)))
    return replace(result, notes=_unique((*result.notes, *notes)))


def _standard(
    source: Query, tree: Node, document: Document, candidate: Candidate, metadata: Mapping[str, Any]
) -> Port | None:
    """The rule in Sigma's own names if that is provably the same under the mapping, else None."""
    own = {key: value for key, value in metadata.items() if key != "taxonomy"}
    own["logsource"] = dict(candidate.log_source.when)
    if candidate.own is not None:
        own["elastic"] = {"log_source": candidate.own, **own.get("elastic", {})}
    try:
        options = {"metadata": own, "source": source.source.text, "origins": candidate.origins}
        text = get("sigma").render(candidate.tree, source.fields, options)
        target = parse("sigma", text, source.fields)
        again = predicate_of(target)
        assert again is not None, "a rendered predicate parses to a predicate"
        mapped = to_ecs(again, candidate.log_source.when, source.fields, own=candidate.own)
    except ConverterError:
        return None
    if not all(disjoint(tree, item) for item in candidate.unless):
        return None
    one, other = replace(source, tree=candidate.exact), replace(target, tree=mapped.tree)
    verdict = compare(one, other, constraints=candidate.constraints)
    if verdict.relation != "equivalent":
        return None
    relation, losses = _base_query(document, "equivalent", [])
    known = portability(candidate.log_source.when, (field.name for field in fields_of(again)))
    notes = [*source.notes, *(note for note in target.notes if note.code != "unknown-field")]
    return Port(
        relation, "sigma", text, tuple(losses), None, (*mapped.given, *candidate.given, *verdict.assumptions),
        _unique((*notes, Note("portability", known))), "sigma", source, replace(target, tree=mapped.tree),
        extra={"proven": replace(source, tree=candidate.plain or mapped.tree)} if candidate.given else {},
    )  # fmt: skip


def _say(source: Query, tree: Node, to: str, document: Document, options: Mapping[str, Any]) -> Port:
    """Write the tree; where the language cannot say all of it, a broader one with each loss named."""
    render = get(to).render
    losses: list[Loss] = []
    try:
        text = render(tree, source.fields, options)
    except UnsupportedError as error:
        wider = {**options, "inexact": "broader"}  # a language may know a wider form of what it cannot say exactly
        losses = _losses(error, lambda: render(tree, source.fields, wider))
        if to == "kuery" and document.kind == "sigma":
            found = _letter_by_letter(source, tree, document, options, losses)
            if found is not None:
                return found
        weaker, _ = weaken(tree, sayable_by(lambda atom: render(atom, source.fields, wider)))
        if gives_up(weaker, tree):
            return refused(to, error, source)
        try:
            text = render(weaker, source.fields, wider)
        except ConverterError as again:
            return refused(to, again, source)
    except ConverterError as error:
        return refused(to, error, source)
    return judge(source, tree, text, to, document, losses)


def _losses(error: UnsupportedError, wider: Callable[[], str]) -> list[Loss]:
    """What was not said exactly, each thing once at its first place; whether a wider test stands for it."""
    lost: set[Any] = set()
    try:
        wider()
    except UnsupportedError as again:
        lost = {(d.message, d.span) for d in again.diagnostics}
    except ConverterError:
        lost = {(d.message, d.span) for d in error.diagnostics}
    out: dict[tuple[str, str], Loss] = {}
    for d in error.diagnostics:
        message = d.message if (d.message, d.span) in lost else f"{d.message}: a wider test stands for it"
        out.setdefault((d.code, message), Loss(d.code, message, d.span))
    return list(out.values())


def _letter_by_letter(
    source: Query, tree: Node, document: Document, options: Mapping[str, Any], losses: list[Loss]
) -> Port | None:
    """A Sigma rule in KQL where no field holds the values in lower case: each text in the rule's own spelling.

    That is narrower, where no such test stands under a `not`; broader, where all of them do; else different. None where
    more than the case stands in the way.
    """
    render = get("kuery").render
    try:
        text = render(tree, source.fields, {**options, "inexact": "narrower"})
    except UnsupportedError:
        sayable = sayable_by(lambda atom: render(atom, source.fields, options))
        spelled = transform(tree, lambda node: _spelled(node) if not _sayable_alone(node, sayable) else node)
        try:
            text = render(spelled, source.fields, options)
        except ConverterError:
            return None
    return judge(source, tree, text, "kuery", document, losses)


def _sayable_alone(node: Node, sayable: Callable[[Node, bool], bool]) -> bool:
    return not isinstance(node, Glob) or sayable(node, True)


def _spelled(node: Node) -> Node:
    return replace(node, fold="none") if isinstance(node, Glob) else node


def judge(source: Query, tree: Node, text: str, to: str, document: Document, losses: list[Loss]) -> Port:
    """Read the text again and prove what it is to the source."""
    try:
        target = parse(to, text, source.fields, category_field=source.category_field)
    except ConverterError as error:
        defect = Loss("defect", f"the text that was written does not parse: {error}")
        return Port("refused", to, None, (*losses, defect), source=source, reason=str(error))
    again = predicate_of(target)
    if again is None:
        defect = Loss("defect", "the text that was written is no condition on one event")
        return Port("refused", to, None, (*losses, defect), source=source, reason=defect.message)
    one, other = replace(source, tree=tree), replace(target, tree=again)
    verdict = compare(one, other)
    relation, losses = _base_query(document, _settled(verdict, one, other, losses), losses)
    notes = (*source.notes, *target.notes, *(Note("proof", note) for note in verdict.notes))
    return Port(
        relation, to, text, tuple(losses), verdict.counterexample, tuple(verdict.assumptions), _unique(notes),
        "ecs", source, target, None if relation != "unknown" else "the proof did not come to an end",
    )  # fmt: skip


def _settled(verdict: Verdict, one: Query, other: Query, losses: list[Loss]) -> str:
    """Where something was given up by name, that no event is missed is enough for `broader`; whether there are more,
    only an event could tell."""
    if verdict.relation == "unknown" and losses and implies(one, other) is True:
        return "broader"
    return verdict.relation


def _base_query(document: Document, relation: str, losses: list[Loss]) -> tuple[str, list[Loss]]:
    """A rule whose query is only a part of what it alerts on is at best broader."""
    if document.kind != "elastic" or document.type not in BASE_QUERY_TYPES:
        return relation, losses
    loss = Loss(f"{document.type}-base", f"not carried: {BASE_QUERY_TYPES[document.type]}")
    return {"equivalent": "broader", "broader": "broader"}.get(relation, "unknown"), [*losses, loss]


def predicate_of(query: Query) -> Node | None:
    """The query as a condition on one event, if it is one."""
    if query.is_event:
        return query.tree  # type: ignore[no-any-return]
    return query.extra.get("predicate")


def _options(document: Document, to: str, mapped: Mapped | None) -> Mapping[str, Any]:
    if to == "eql" and document.data.get("event_category_override") is None:
        return {"lift_category": True}  # `process where …`; judged like every text that is written
    if to != "esql":
        return {}
    index = document.data.get("index")
    if mapped is not None and mapped.log_source is not None:
        index = list(mapped.log_source.index)
    return {"index": index if isinstance(index, list) and index else ["*"]}


def _unique(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(notes))


def refused(to: str, error: ConverterError, source: Query | None) -> Port:
    losses = tuple(Loss(d.code, d.message, d.span, d.source) for d in error.diagnostics)
    return Port("refused", to, None, losses, source=source, reason=error.diagnostics[0].message)
