"""One Sigma rule against what a published back end makes of it, by proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.audit.backends import Converter, Emitted, Output
from converter.audit.causes import MODIFIER, OTHER, Case, explain
from converter.audit.readings import GIVEN_LETTERS, GIVEN_TYPES, as_stored, through_normaliser, within
from converter.audit.rejections import MAX_LEVELS, not_converted, rejected, too_deep
from converter.audit.schemas import Schemas, items_of, schemas, uses_of
from converter.diagnostics import ConverterError, FieldTypeError, ParseError, Source, UnsupportedError
from converter.fields import Fields
from converter.languages import parse
from converter.languages.sigma.parse import rule_node, single_rule
from converter.languages.sigma.pipelines import Pipelines
from converter.matching import EventValues
from converter.proof import Verdict, compare
from converter.proof.compare import condition_of, predicate
from converter.tree import Node, disj


@dataclass(frozen=True)
class Finding:
    """What became of one rule in one output.

    `accepted` is False where the back end did not convert the rule or the engine rejects the text; None where that is
    not known. `relation` is that of the output to the rule (None: there is nothing to compare); `causes` name the
    mistakes that account for it. On `counterexample` the rule says `expected` and the output the opposite.
    """

    rule_id: str
    output: str
    accepted: bool | None
    relation: str | None
    causes: tuple[str, ...] = ()
    counterexample: Mapping[str, Any] | None = None
    expected: bool | None = None
    error: str | None = None
    texts: tuple[str, ...] = ()
    title: str = ""
    path: str | None = None
    converted: bool = True
    notes: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return self.accepted is True and self.relation == "equivalent"

    def as_json(self) -> dict[str, Any]:
        out = {
            "rule_id": self.rule_id, "title": self.title, "path": self.path, "output": self.output,
            "accepted": self.accepted, "converted": self.converted, "relation": self.relation,
            "causes": list(self.causes), "counterexample": self.counterexample, "expected": self.expected,
            "error": self.error, "text": "\n".join(self.texts) or None,
        }  # fmt: skip
        out |= {"given": list(self.given)} if self.given else {}
        return {**out, "notes": list(self.notes)} if self.notes else out


@dataclass(frozen=True)
class Subject:
    """A rule behind the pipeline: its conditions over the rule's schema, None with the reason where it has none."""

    rule_id: str
    title: str
    path: str | None
    text: str
    tree: Node | None
    schemas: Schemas
    expands: bool = False
    reason: str | None = None
    numbers: frozenset[str] = frozenset()
    pipelines: Pipelines | None = None


def subject(text: str, pipelines: Pipelines | None, fields: str | Fields, path: str | None = None) -> Subject:
    """Reads one rule. Raises `ParseError` for a text that is no single Sigma rule."""
    document, rule = single_rule(text, pipelines)
    made = schemas(uses_of(rule.detection), fields)
    identity = (str(document.get("id") or ""), str(document.get("title") or ""), path, text)
    try:
        tree, _ = rule_node(rule, made.rule)
    except ConverterError as error:
        return Subject(*identity, None, made, reason=str(error))
    from sigma.types import SigmaExpansion, SigmaNumber

    values = [(item, value) for item in items_of(rule.detection) for value in item.value]
    return Subject(
        *identity, within(tree, made.rule), made,
        expands=any(isinstance(value, SigmaExpansion) for _, value in values),
        numbers=frozenset(str(v.number) for item, v in values if item.field is None and isinstance(v, SigmaNumber)),
        pipelines=pipelines,
    )  # fmt: skip


def audit(rule: Subject, outputs: Iterable[Output], converter: Converter) -> list[Finding]:
    """The rule in each output: converted, read again, and proven against the rule."""
    known: dict[Node, Finding] = {}
    return [judge(rule, output, converter.convert(rule.text, output), known) for output in outputs]


def judge(rule: Subject, output: Output, emitted: Emitted, known: dict[Node, Finding] | None = None) -> Finding:
    """What an emitted text is to the rule. `known` holds findings for trees that were proven already."""
    made = Finding(rule.rule_id, output.name, None, None, title=rule.title, path=rule.path)
    if emitted.error is not None:
        cause = not_converted(emitted.error)
        return replace(made, accepted=False, converted=False, causes=(cause,), error=emitted.error)
    made = replace(made, texts=emitted.texts)
    trees = []
    for text in emitted.texts:
        try:
            query = parse(output.language, Source(text), rule.schemas.index)
            if too_deep(query.tree):
                raise ParseError(f"the expression is nested too deeply: more than {MAX_LEVELS} levels")
            tree = condition_of(query)
            if tree is None:
                raise UnsupportedError(str(query.extra.get("why_not", "the text is no condition on one event")))
        except (ParseError, FieldTypeError) as error:
            return replace(made, accepted=False, causes=(rejected(error),), error=str(error))
        except ConverterError as error:
            return replace(made, relation="unknown", causes=("not read",), error=str(error))
        trees.append(tree)
    made = replace(made, accepted=True)
    if rule.tree is None:
        return replace(made, relation="unknown", causes=("rule not read",), error=rule.reason)
    return _proven(made, rule, disj(trees), output, {} if known is None else known)


def _proven(made: Finding, rule: Subject, tree: Node, output: Output, known: dict[Node, Finding]) -> Finding:
    assert rule.tree is not None
    same = known.get(tree)
    if same is None:
        same = known[tree] = _compared(rule, rule.tree, tree, output)
    return replace(
        made, relation=same.relation, causes=same.causes, counterexample=same.counterexample, expected=same.expected,
        notes=same.notes, given=same.given,
    )  # fmt: skip


def _compared(rule: Subject, own: Node, tree: Node, output: Output) -> Finding:
    index, given = rule.schemas.index, []
    stored = as_stored(own, index)
    read = through_normaliser(stored, index)
    given += [GIVEN_TYPES] * (stored != own) + [GIVEN_LETTERS] * (read != stored)
    verdict = compare(read, tree)
    causes: tuple[str, ...] = ()
    if verdict.relation not in ("equivalent", "unknown"):
        causes = explain(Case(read, tree, output.language, index, rule.expands, rule.numbers), verdict)
        if causes == (OTHER,):
            causes = _as_pysigma_reads(rule, tree, output) or causes
    event, expected = _shown(own, tree, verdict)
    given += verdict.assumptions
    return Finding("", "", True, verdict.relation, causes, event, expected, given=tuple(given), notes=verdict.notes)


def _as_pysigma_reads(rule: Subject, tree: Node, output: Output) -> tuple[str, ...]:
    """The causes where pySigma itself takes a modifier of the rule otherwise than the specification."""
    from sigma.rule import SigmaRule

    index = rule.schemas.index
    try:
        own = SigmaRule.from_yaml(rule.text)
        if rule.pipelines is not None:
            rule.pipelines.apply(own)
        stock, _ = rule_node(own, rule.schemas.rule)
    except Exception:  # pySigma's own trouble with the rule is no cause of what the back end made of it
        return ()
    read = through_normaliser(as_stored(within(stock, rule.schemas.rule), index), index)
    verdict = compare(read, tree)
    if verdict.relation == "equivalent":
        return (MODIFIER,)
    causes = explain(Case(read, tree, output.language, index, rule.expands, rule.numbers), verdict)
    return () if causes == (OTHER,) else (*causes, MODIFIER)


def _shown(rule: Node, tree: Node, verdict: Verdict) -> tuple[Mapping[str, Any] | None, bool | None]:
    """A counterexample, asked of both trees once more: one that does not tell them apart is none."""
    for event in verdict.counterexamples.values():
        if event is not None:
            values = EventValues(event)
            expected = predicate(rule)(values)
            if predicate(tree)(values) != expected:
                return event, expected
    return None, None
