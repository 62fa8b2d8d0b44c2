"""What the parts of a change do to what a rule matches: its condition, judged by the prover, above all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from converter.diagnostics import ConverterError
from converter.documents import Document
from converter.fields import FieldsSpec
from converter.porting import rule_query
from converter.porting.naming import in_ecs, log_sources, native
from converter.proof import compare
from converter.query import Query


@dataclass
class Judged:
    """What the parts of a change do: each part's relation, and what to say of it."""

    relations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    more: Mapping[str, Any] | None = None
    less: Mapping[str, Any] | None = None

    @property
    def relation(self) -> str:
        """The relation of the whole: parts that pull in two directions are not decided together."""
        kinds = set(self.relations) - {"equivalent"}
        if not kinds:
            return "equivalent"
        if kinds == {"different"} and len([r for r in self.relations if r != "equivalent"]) > 1:
            return "unknown"
        return kinds.pop() if len(kinds) == 1 else "unknown"

    def condition(self, old: Document, new: Document, fields: FieldsSpec) -> None:
        try:
            one, other = rule_query(old, fields), rule_query(new, fields)
            if old.kind == new.kind == "sigma" and log_sources(one) != log_sources(other):
                one, other = self._mapped(one, old), self._mapped(other, new)
            verdict = compare(one, other)
        except ConverterError as error:
            self._add("unknown", str(error))
            return
        if verdict.relation != "equivalent" and "new_terms" in (old.type, new.type):
            self._add("unknown", f"a term that is known from before is not new; the queries alone: {verdict.relation}")
        else:
            self._add(verdict.relation)
        self.notes += verdict.notes
        self.given += verdict.assumptions
        self.less, self.more = verdict.counterexamples.get("a_not_b"), verdict.counterexamples.get("b_not_a")

    def setting(self, key: str, old: Any, new: Any) -> None:
        """What a setting beside the condition does."""
        self._add(*_effect(key, old, new))

    def _add(self, relation: str, note: str | None = None) -> None:
        self.relations.append(relation)
        if note:
            self.notes.append(note)

    def _mapped(self, query: Query, rule: Document) -> Query:
        """A Sigma rule's condition with what its log sources mean, by the mapping files."""
        found = in_ecs(query, rule.data)
        if not native(query):
            self._add("unknown", "the log source was changed, and of a rule in ECS names no mapping says what it is")
        for note in found.notes:
            if note.code == "log-source":
                self._add("unknown", note.message)
        self.given += [fact for fact in found.given if fact not in self.given]
        return found.query


def counts(document: Document) -> bool:
    """Whether a rule counts events over its look-back."""
    if document.type != "esql":
        return document.type == "threshold"
    try:
        query = rule_query(document)
    except ConverterError:
        return True
    return query.kind == "pipeline" and "predicate" not in query.extra


def _effect(key: str, old: Any, new: Any) -> tuple[str, str | None]:
    """What a setting beside the condition does, and the words for it."""
    match key:
        case "logsource":
            return "equivalent", None  # judged with the condition
        case "index" if _patterns(old) and _patterns(new):
            if set(old) == set(new):
                return "equivalent", None
            if set(old) < set(new):
                return "broader", "it reads more indices"
            if set(new) < set(old):
                return "narrower", "it reads fewer indices"
        case "threshold" if isinstance(old, Mapping) and isinstance(new, Mapping):
            one, other = old.get("value"), new.get("value")
            rest = [{k: v for k, v in side.items() if k != "value"} for side in (old, new)]
            if rest[0] == rest[1] and isinstance(one, int) and isinstance(other, int):
                if other < one:
                    return "broader", f"fewer events make an alert: {other} instead of {one}"
                return "narrower", f"more events are needed for an alert: {other} instead of {one}"
        case "alert_suppression" if old is None or new is None:
            said = "alerts are suppressed", "alerts are suppressed no more"
            return ("narrower", said[0]) if old is None else ("broader", said[1])
    return "unknown", f"`{key}` decides what alerts, and was changed"


def _patterns(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and not v.startswith("-") for v in value)
