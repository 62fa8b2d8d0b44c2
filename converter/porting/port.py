"""`port`: one document into one language, with the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import ConverterError, Note, UnsupportedError, UsageError
from converter.documents import Document
from converter.fields import Fields, FieldsSpec
from converter.languages import get, names, parse
from converter.porting.metadata import sigma_metadata
from converter.porting.outcome import Loss, Port
from converter.porting.rule_query import BASE_QUERY_TYPES, rule_query
from converter.porting.weaken import sayable_by, weaken
from converter.proof import compare
from converter.query import Query
from converter.tree import Const, Node, Not

NAMINGS = ("auto", "ecs", "sigma")


def port(document: Document, to: str = "sigma", naming: str = "auto", fields: FieldsSpec = None) -> Port:
    """The document's rule as a text of language `to`.

    The text is what was proven: it is parsed again before it is compared with the source. Never raises for a rule that
    cannot be ported (the relation is then `refused`, with the reason in `losses`); raises `UsageError` for an unknown
    language or naming.
    """
    if to not in names():
        raise UsageError(f"cannot port to `{to}`", help="known languages: " + ", ".join(names()))
    if naming not in NAMINGS:
        raise UsageError(f"there is no naming `{naming}`", help="use one of " + ", ".join(NAMINGS))
    try:
        source = rule_query(document, fields)
    except ConverterError as error:
        return _refused(to, error, None)
    return port_query(source, document, to, naming)


def port_query(source: Query, document: Document, to: str, naming: str) -> Port:
    """`port` for a query that was read already."""
    tree = predicate_of(source)
    if tree is None:
        reason = source.extra.get("why_not") or f"a query of kind `{source.kind}` is not a condition on one event"
        return Port("refused", to, None, (Loss("stateful", str(reason)),), source=source, reason=str(reason))
    options = _options(document, to, source)
    render = get(to).render
    losses: list[Loss] = []
    try:
        text = render(tree, source.fields, options)
    except UnsupportedError as error:
        losses = [Loss(d.code, d.message, d.span) for d in error.diagnostics]
        weaker, lost = weaken(tree, sayable_by(lambda atom: render(atom, source.fields, options)))
        if not lost or _gives_up(weaker):
            return _refused(to, error, source)
        try:
            text = render(weaker, source.fields, options)
        except ConverterError as again:
            return _refused(to, again, source)
    except ConverterError as error:
        return _refused(to, error, source)
    return judge(source, tree, text, to, document, losses)


def judge(source: Query, tree: Node, text: str, to: str, document: Document, losses: list[Loss]) -> Port:
    """Read the text again and prove what it is to the source."""
    try:
        target = parse(to, text, source.fields, category_field=source.category_field)
    except ConverterError as error:
        defect = Loss("defect", f"the text that was written does not parse: {error}")
        return Port("refused", to, None, (*losses, defect), source=source, reason=str(error))
    again = predicate_of(target)
    assert again is not None, "a rendered predicate parses to a predicate"
    verdict = compare(_with_tree(source, tree), _with_tree(target, again))
    relation, notes = verdict.relation, list(source.notes)
    if document.type in BASE_QUERY_TYPES and document.kind == "elastic":
        losses.append(Loss(f"{document.type}-base", f"not carried: {BASE_QUERY_TYPES[document.type]}"))
        relation = {"equivalent": "broader", "broader": "broader"}.get(relation, "unknown")
    return Port(
        relation, to, text, tuple(losses), verdict.counterexample, tuple(verdict.assumptions),
        tuple(dict.fromkeys([*notes, *(Note("proof", str(note)) for note in verdict.notes)])),
        "ecs", source, target, None if relation != "unknown" else "the proof did not come to an end",
    )  # fmt: skip


def predicate_of(query: Query) -> Node | None:
    """The query as a condition on one event, if it is one."""
    if query.is_event:
        return query.tree  # type: ignore[no-any-return]
    return query.extra.get("predicate")


def _with_tree(query: Query, tree: Node) -> Query:
    from dataclasses import replace

    return replace(query, tree=tree)


def _gives_up(node: Node) -> bool:
    """Nothing is left that selects: a port that matches everything, or only excludes, helps nobody."""
    return isinstance(node, Const | Not)


def _options(document: Document, to: str, source: Query) -> Mapping[str, Any]:
    if to == "sigma":
        return {"metadata": sigma_metadata(document)}
    if to == "esql":
        index = document.data.get("index")
        return {"index": index if isinstance(index, list) and index else ["*"]}
    return {}


def _refused(to: str, error: ConverterError, source: Query | None) -> Port:
    losses = tuple(Loss(d.code, d.message, d.span) for d in error.diagnostics)
    return Port("refused", to, None, losses, source=source, reason=error.diagnostics[0].message)


__all__ = ["Fields", "port", "port_query", "predicate_of"]
