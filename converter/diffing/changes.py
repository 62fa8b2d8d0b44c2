"""One changed rule: what it now matches more and less, with an event for each, and its other changes by name.

The condition is judged by the prover. Settings beside it that decide what alerts (a threshold, the indices) widen or
narrow the rule too; where what they do is not plain, the relation is `unknown` and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import ConverterError
from converter.diffing.judged import Judged, counts
from converter.diffing.sources import Pair
from converter.documents import Document, referred
from converter.fields import FieldsSpec
from converter.porting import rule_query
from converter.proof import example

#: What holds the condition itself.
_CONDITION = frozenset(
    ("query", "language", "filters", "event_category_override", "detection", "correlation", "filter")
)
#: Settings beside the condition that decide which events alert.
_DECIDES = frozenset((
    "type", "index", "data_view_id", "threshold", "new_terms_fields", "history_window_start", "threat_query",
    "threat_index", "threat_mapping", "threat_filters", "threat_language", "machine_learning_job_id",
    "anomaly_threshold", "exceptions_list", "timestamp_override", "timestamp_override_fallback_disabled",
    "tiebreaker_field", "timestamp_field", "alert_suppression", "logsource", "taxonomy",
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
        elif not same(_text(pair.old), _text(pair.new)):
            yield _changed(pair.path, pair.old, pair.new, fields)


def _text(document: Document) -> list[Any]:
    return [document.data, document.metadata, _around(document)]


def same(old: Any, new: Any) -> bool:
    """Equal, and of one type: `1`, `1.0` and `true` are three values."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    numbers = isinstance(old, int | float) and isinstance(new, int | float)
    return bool(old == new) and (not numbers or type(old) is type(new))


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


def _changed(path: str, old: Document, new: Document, fields: FieldsSpec) -> RuleDiff:
    changes = tuple(_changes(old, new))
    notes = tuple(_old_date(old, new))
    out = RuleDiff(path, "changed", new.id or old.id, new.name or old.name, changes=changes, notes=notes)
    condition = old.kind != new.kind or not same(_around(old), _around(new))
    condition = condition or not all(same(_value(old, key), _value(new, key)) for key in _CONDITION)
    deciding = [change for change in changes if change.decides]
    if not condition and not deciding:
        return out
    judged = Judged()
    if condition or any(change.key == "logsource" for change in deciding):
        judged.condition(old, new, fields)
    for change in deciding:
        judged.setting(change.key, change.old, change.new)
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


def _changes(old: Document, new: Document) -> Iterator[Change]:
    for key in dict.fromkeys((*old.data, *new.data)):
        one, other = _value(old, key), _value(new, key)
        if key not in _CONDITION and not same(one, other):
            yield Change(key, one, other, _decides(key, old, new))
    for key in dict.fromkeys((*old.metadata, *new.metadata)):
        one, other = old.metadata.get(key), new.metadata.get(key)
        if not same(one, other):
            yield Change(f"({key})", one, other)


def _decides(key: str, old: Document, new: Document) -> bool:
    """Whether a setting takes part in what alerts; the look-back does where events are counted over it, what is kept
    for Elastic where it would there."""
    if key == "from":
        return any(map(counts, (old, new)))
    if key == "elastic":
        one, other = (_value(side, key) for side in (old, new))
        kept = [side if isinstance(side, Mapping) else {} for side in (one, other)]
        return any(
            not same(*(side.get(name) for side in kept)) for name in _DECIDES | {"filters", "from", "log_source"}
        )
    return key in _DECIDES


def _value(document: Document, key: str) -> Any:
    return document.data.get(key)
