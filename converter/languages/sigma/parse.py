"""A Sigma text, of one or several documents, as a predicate tree or a correlation."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from typing import Any

from converter.diagnostics import ConverterError, Note, ParseError, Source, Span, UnsupportedError
from converter.fields import Fields
from converter.languages.sigma import _pysigma
from converter.languages.sigma.atoms import detection_node
from converter.languages.sigma.condition import Condition, Joined, Name, Negated, Of, parse_condition, selects
from converter.languages.sigma.pipelines import Pipelines, active
from converter.languages.sigma.values import Reading
from converter.languages.sigma.yaml_reader import Map, Seq, read_documents
from converter.tree import Node, conj, disj, negate

#: `n of` over more combinations than this is refused.
MAX_COMBINATIONS = 2_000


@dataclass(frozen=True)
class Rule:
    """One detection rule of a text: what a correlation refers to by `id` or `name`."""

    tree: Node
    title: str
    id: str | None
    name: str | None
    logsource: dict[str, Any]
    generate: bool = True


@dataclass
class Documents:
    """The documents of a text by kind, templates (`action: global`) filled in."""

    rules: list[Map] = field(default_factory=list)
    correlations: list[Map] = field(default_factory=list)
    filters: list[Map] = field(default_factory=list)


def parse(source: Source, fields: Fields, dialect: str | None) -> Any:
    """A rule's tree: a `Node`, or a `Correlation` where the text holds one.

    `extra`: `logsource`, `title`, `id`, `taxonomy` of the rule, and `rules`, all of the text in order.
    Raises `ParseError`, `FieldTypeError`, `UnsupportedError`.
    """
    from converter.languages import Parsed

    documents = sort_documents(read_documents(source.text), source.text)
    reading = Reading(fields)
    rules = [read_rule(document, documents.filters, reading, source.text) for document in documents.rules]
    tree: Any
    if documents.correlations:
        from converter.languages.sigma.correlation import read_correlations

        tree = read_correlations(documents.correlations, rules, reading)
    else:
        tree = disj(rule.tree for rule in rules)
        if len(rules) > 1:
            reading.note("several-rules", "the text holds several rules: one of them has to hold")
    extra: dict[str, Any] = {"rules": tuple(rules)}
    main = documents.correlations[0] if documents.correlations else documents.rules[0]
    extra["logsource"] = rules[0].logsource if rules else {}
    if (pipelines := active()) is not None:
        extra["pipelines"] = pipelines.title
    extra |= {key: str(main[key]) for key in ("title", "id", "taxonomy") if main.get(key) is not None}
    return Parsed(tree, tuple(reading.notes.values()), extra)


def sort_documents(found: list[Any], text: str) -> Documents:
    """Documents by kind; `action: global | reset | repeat` of older rules is worked out here."""
    out = Documents()
    template = previous = Map(Span(0, 0))
    for document in found:
        if not isinstance(document, Map):
            at = getattr(document, "span", Span(0, len(text)))
            raise ParseError("a Sigma rule is a map of keys and values", span=at, help="begin with `title: …`")
        action = document.get("action")
        if action == "global":
            template = previous = _without_action(document)
        elif action == "reset":
            template = Map(document.span)
        elif action == "repeat":
            previous = _merged(previous, _without_action(document))
            out.rules.append(previous)
        elif action is not None:
            raise ParseError(
                f"there is no action `{action}`", span=document.at("action"), help="known: global, repeat, reset"
            )
        elif "correlation" in document:
            out.correlations.append(document)
        elif "filter" in document and "detection" not in document:
            out.filters.append(document)
        else:
            previous = _merged(document, template)
            out.rules.append(previous)
    if not out.rules and not out.correlations:
        raise ParseError("there is no rule in this text", span=Span(0, min(len(text), 1)))
    return out


def _without_action(document: Map) -> Map:
    out = Map(document.span)
    for key, value in document.items():
        if key != "action":
            out.put(key, value, document.keys_at[key], document.spans[key])
    return out


def _merged(below: Map, above: Map) -> Map:
    """Both documents in one, maps key by key; `above` decides where both say something else."""
    out = Map(below.span)
    for key, value in below.items():
        out.put(key, value, below.keys_at[key], below.spans[key])
    for key, value in above.items():
        old = out.get(key)
        if isinstance(value, Map) and isinstance(old, Map):
            value = _merged(old, value)
        out.put(key, value, above.keys_at[key], above.spans[key])
    return out


def read_rule(document: Map, filters: list[Map], reading: Reading, text: str) -> Rule:
    """One rule with the Sigma filters that mean it."""
    rule, notes = _pysigma.rule(document)
    for note in notes:
        reading.notes.setdefault((note.code, note.message), note)
    meant = [filter_ for filter_ in (_filter(item, rule, reading) for item in filters) if filter_ is not None]
    if (pipelines := active()) is not None:
        for read in (rule, *(read for read, _ in meant)):
            pipelines.apply(read)
    tree = section_node(rule.detection, document["detection"], reading, text)
    for read, section in meant:
        tree = conj((tree, section_node(read.detection, section, reading, text)))
    logsource = document.get("logsource")
    if not isinstance(logsource, dict):
        reading.note("metadata", "the rule has no log source", document.span)
        logsource = {}
    name = document.get("name")
    return Rule(
        tree,
        str(document.get("title") or ""),
        str(document["id"]) if document.get("id") is not None else None,
        str(name) if name is not None else None,
        {str(key): value for key, value in logsource.items()},
    )


def _filter(document: Map, rule: Any, reading: Reading) -> tuple[Any, Map] | None:
    """A Sigma filter, in the log source of the rule that it means, with its section; None if it means another rule."""
    read, _ = _pysigma.rule(document, "filter")
    section = document["filter"]
    if "rules" not in section:
        raise ParseError("a filter needs `rules`", span=section.span, help="list ids or names, or write `rules: any`")
    if not _pysigma.applies_to(read.logsource, section["rules"], rule):
        return None
    reading.note("filter", "a filter's condition is and-linked to the rule's, as pySigma does", document.span)
    read.logsource = rule.logsource
    return read, section


def section_node(detections: Any, section: Map | None, reading: Reading, text: str = "") -> Node:
    """The tree of a rule's detections (pySigma's) and conditions; `section` holds the places, if they are known."""
    names = list(detections.detections)
    nodes: dict[str, Node] = {}
    errors: list[ConverterError] = []
    for name, detection in detections.detections.items():
        try:
            nodes[name] = detection_node(detection, reading)
        except ConverterError as error:
            errors.append(error)
    if errors:
        raise _all_of(errors)
    used: set[str] = set()
    trees = []
    for i, condition in enumerate(_pysigma.conditions(detections)):
        parsed = parse_condition(condition, *_place(section, i, condition, text))
        trees.append(_condition_node(parsed, nodes, names, used))
    if len(trees) > 1:
        reading.note("several-conditions", "the rule has several conditions: one of them has to hold")
    for name in names:
        if name not in used:
            place = section.at(name) if section is not None and name in section else None
            reading.note("unused-selection", f"the condition does not use `{name}`", place)
    return disj(trees)


def _all_of(errors: list[ConverterError]) -> ConverterError:
    if len(errors) == 1:
        return errors[0]
    return type(errors[0]).of([diagnostic for error in errors for diagnostic in error.diagnostics])


def _place(section: Map | None, index: int, condition: str, text: str) -> tuple[int, Span | None]:
    """Where the condition's first character stands; else the place of the whole."""
    if section is None or "condition" not in section:
        return 0, None
    value = section["condition"]
    span = value.spans[index] if isinstance(value, Seq) else section.spans["condition"]
    start = text.find(condition, span.start, span.end)
    return (start, None) if start >= 0 else (span.start, span)


def _condition_node(item: Condition, nodes: dict[str, Node], names: list[str], used: set[str]) -> Node:
    match item:
        case Name(name=name, span=span):
            if name not in nodes:
                known = ", ".join(names)
                raise ParseError(f"there is no selection `{name}`", span=span, help=f"the rule has: {known}")
            used.add(name)
            return nodes[name]
        case Of(count=count, pattern=pattern, span=span):
            found = [name for name in names if selects(pattern, name)]
            used.update(found)
            return _some_of(count, [nodes[name] for name in found], pattern, span)
        case Negated(item=inner, span=span):
            return negate(_condition_node(inner, nodes, names, used), span)
        case Joined(op=op, items=items, span=span):
            parts = [_condition_node(part, nodes, names, used) for part in items]
            return conj(parts, span) if op == "and" else disj(parts, span)
    raise TypeError(type(item).__name__)


def _some_of(count: int | None, found: list[Node], pattern: str, span: Span) -> Node:
    if not found:
        raise ParseError(f"no selection is named like `{pattern}`", span=span)
    if count is None:
        return conj(found, span)
    if count > len(found):
        raise ParseError(f"`{count} of {pattern}` asks for more selections than there are", span=span)
    if comb(len(found), count) > MAX_COMBINATIONS:
        raise UnsupportedError(f"`{count} of {pattern}` has too many combinations", span=span)
    return disj((conj(group, span) for group in combinations(found, count)), span)


def single_rule(text: str, through: Pipelines | None = None) -> tuple[Map, Any]:
    """The one rule of a text, as its document and as pySigma's object behind the pipelines.

    Raises `ParseError` where the text holds something else, or more."""
    documents = sort_documents(read_documents(text), text)
    if documents.correlations or documents.filters or len(documents.rules) != 1:
        raise ParseError(
            "the text is no single Sigma rule", help="correlations, filters and several rules are not taken"
        )
    rule, _ = _pysigma.rule(documents.rules[0])
    if through is not None:
        through.apply(rule)
    return documents.rules[0], rule


def rule_node(rule: Any, fields: Fields) -> tuple[Node, tuple[Note, ...]]:
    """The tree of a pySigma rule object, for example behind a processing pipeline, and its notes."""
    reading = Reading(fields)
    return section_node(rule.detection, None, reading), tuple(reading.notes.values())
