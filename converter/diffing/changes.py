"""One changed rule: what it now matches more and less, with an event for each, and its other changes by name.

The condition is judged by the prover. Settings beside it that decide what alerts (a threshold, the indices) widen or
narrow the rule too; where what they do is not plain, the relation is `unknown` and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from converter.diagnostics import ConverterError, UnsupportedError
from converter.diffing.sources import Pair
from converter.documents import Document, referred
from converter.fields import FieldsSpec
from converter.mapping import to_ecs
from converter.porting import rule_query
from converter.proof import compare, example
from converter.proof.verdict import Verdict
from converter.query import Query

#: What holds the condition itself.
_CONDITION = frozenset(
    ("query", "language", "filters", "event_category_override", "detection", "correlation", "filter")
)
#: Settings beside the condition that decide which events alert.
_DECIDES = frozenset((
    "type", "index", "data_view_id", "threshold", "new_terms_fields", "history_window_start", "threat_query",
    "threat_index", "threat_mapping", "threat_filters", "threat_language", "machine_learning_job_id",
    "anomaly_threshold", "exceptions_list", "timestamp_override", "tiebreaker_field", "timestamp_field", "logsource",
    "taxonomy",
))  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A key whose value changed; None: it is not there. `decides`: it takes part in what alerts."""

    key: str
    old: Any
    new: Any
    decides: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"key": self.key, "old": self.old, "new": self.new, "decides": self.decides}


@dataclass(frozen=True)
class RuleDiff:
    """`status`: added, removed, changed or unreadable. `relation` is that of the new rule to the old one; None where
    nothing that decides was changed, or there are not two. `more` is an event that only the new rule matches, `less`
    one that only the old one does (`{"events": […]}` for rules over streams)."""

    path: str
    status: str
    id: str = ""
    name: str = ""
    relation: str | None = None
    more: Mapping[str, Any] | None = None
    less: Mapping[str, Any] | None = None
    given: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def effects(self) -> frozenset[str]:
        """`broader`, `narrower`, or both; what is not decided counts as both, a new rule as `added`."""
        match self.status, self.relation:
            case ("added", _):
                return frozenset(("added",))
            case ("removed", _):
                return frozenset(("narrower",))
            case ("unreadable", _) | (_, "different" | "unknown"):
                return frozenset(("broader", "narrower"))
            case (_, "broader" | "narrower" as relation):
                return frozenset((str(relation),))
        return frozenset()

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path, "status": self.status, "id": self.id, "name": self.name, "relation": self.relation,
            "more": self.more, "less": self.less, "given": list(self.given), "notes": list(self.notes),
            "changes": [change.as_json() for change in self.changes],
        }  # fmt: skip


def diff_documents(pairs: Iterable[Pair], fields: FieldsSpec = None) -> Iterator[RuleDiff]:
    """The pairs that differ, in order."""
    for pair in pairs:
        if pair.old is None or pair.new is None:
            yield _alone(pair, fields)
        elif _text(pair.old) != _text(pair.new):
            yield _changed(pair.path, pair.old, pair.new, fields)


def _text(document: Document) -> tuple[Any, ...]:
    return document.data, document.metadata, _around(document)


def _around(document: Document) -> list[Any]:
    """The rules that a correlation or a filter speaks of."""
    if document.type == "correlation":
        return [other.data for other in referred(document)]
    if document.type != "filter":
        return []
    return [other.data for other in document.siblings if other is not document]


def _alone(pair: Pair, fields: FieldsSpec) -> RuleDiff:
    document = pair.new or pair.old
    assert document is not None
    status = "added" if pair.old is None else "removed"
    found: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    try:
        query = rule_query(document, fields)
        found = example(query).event if query.is_event else None
    except ConverterError as error:
        notes = (str(error),)
    out = RuleDiff(pair.path, status, document.id, document.name, notes=notes)
    return replace(out, more=found) if status == "added" else replace(out, less=found)


@dataclass
class _Judged:
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


def _changed(path: str, old: Document, new: Document, fields: FieldsSpec) -> RuleDiff:
    changes = tuple(_changes(old, new))
    notes = tuple(_old_date(old, new))
    out = RuleDiff(path, "changed", new.id or old.id, new.name or old.name, changes=changes, notes=notes)
    condition = any(_value(old, key) != _value(new, key) for key in _CONDITION) or old.kind != new.kind
    condition = condition or _around(old) != _around(new)
    deciding = [change for change in changes if change.decides]
    if not condition and not deciding:
        return out
    judged = _Judged()
    if condition or any(change.key == "logsource" for change in deciding):
        _condition(judged, old, new, fields)
    for change in deciding:
        relation, note = _effect(change)
        judged.relations.append(relation)
        if note:
            judged.notes.append(note)
    return replace(
        out, relation=judged.relation, more=judged.more, less=judged.less, given=tuple(judged.given),
        notes=(*judged.notes, *notes),
    )  # fmt: skip


def _old_date(old: Document, new: Document) -> Iterator[str]:
    """That the rule says it was last changed on the day that it said before."""
    for key, one, other in (("modified", old.data, new.data), ("updated_date", _metadata(old), _metadata(new))):
        if other.get(key) is not None and other.get(key) == one.get(key):
            yield f"the rule was changed, but `{key}` is still {other[key]}"


def _metadata(document: Document) -> Mapping[str, Any]:
    found = document.metadata.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _condition(judged: _Judged, old: Document, new: Document, fields: FieldsSpec) -> None:
    try:
        one, other = rule_query(old, fields), rule_query(new, fields)
        source = old.data.get("logsource"), new.data.get("logsource")
        if old.kind == new.kind == "sigma" and source[0] != source[1]:
            one, given = _mapped(one, source[0])
            other, more = _mapped(other, source[1])
            judged.given += [*given, *more]
        verdict: Verdict = compare(one, other)
    except ConverterError as error:
        judged.relations.append("unknown")
        judged.notes.append(str(error))
        return
    judged.relations.append(verdict.relation)
    judged.notes += verdict.notes
    judged.given += verdict.assumptions
    judged.less, judged.more = verdict.counterexamples.get("a_not_b"), verdict.counterexamples.get("b_not_a")


def _mapped(query: Query, source: Any) -> tuple[Query, list[str]]:
    """A Sigma rule's condition with what its log source means, by the mapping files."""
    if not query.is_event:
        raise UnsupportedError("the log source of a rule over streams was changed")
    found = to_ecs(query.tree, source if isinstance(source, Mapping) else {}, query.fields)
    return replace(query, tree=found.tree), list(found.given)


def _effect(change: Change) -> tuple[str, str | None]:
    """What a setting beside the condition does, and the words for it."""
    old, new = change.old, change.new
    match change.key:
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
    return "unknown", f"`{change.key}` decides what alerts, and was changed"


def _patterns(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and not v.startswith("-") for v in value)


def _changes(old: Document, new: Document) -> Iterator[Change]:
    for key in dict.fromkeys((*old.data, *new.data)):
        if key in _CONDITION or _value(old, key) == _value(new, key):
            continue
        yield Change(key, _value(old, key), _value(new, key), key in _DECIDES)
    for key in dict.fromkeys((*old.metadata, *new.metadata)):
        one, other = old.metadata.get(key), new.metadata.get(key)
        if one != other:
            yield Change(f"({key})", one, other)


def _value(document: Document, key: str) -> Any:
    return document.data.get(key)
