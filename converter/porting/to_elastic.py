"""A Sigma document as a Kibana rule document: the query in the best exact language, and the rule around it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from converter.diagnostics import Note, Source, UsageError
from converter.documents import Document, dump, loads, referred, validate
from converter.fields import Fields, FieldsSpec
from converter.porting import anomalies
from converter.porting.kept import kept_query
from converter.porting.metadata import elastic_data, kept_for_sigma
from converter.porting.new_rule import new_rule
from converter.porting.outcome import Loss, Port
from converter.porting.porter import port_rule
from converter.porting.rule_query import BASE_QUERY_TYPES, rule_query
from converter.porting.threshold import LANGUAGES as THRESHOLD_LANGUAGES
from converter.porting.threshold import threshold_rule
from converter.proof import compare
from converter.proof.streams_search import steps_of
from converter.tree import Node, fields_of

FORMATS = ("toml", "ndjson", "json")

#: Tried in this order; the first exact one wins.
LANGUAGES = ("eql", "lucene", "kuery", "esql")

#: The look-back that Kibana takes where a rule names none.
DEFAULT_FROM = "now-6m"

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RANKS = ("equivalent", "broader", "unknown", "narrower", "different", "refused")
INVERSE = {"broader": "narrower", "narrower": "broader"}
_ANY_LANGUAGE = ("threshold", "new_terms", "threat_match", "query")
#: Keys that rules of one type have and others have not.
OWN_KEYS = {
    "threshold": ("threshold",),
    "new_terms": ("new_terms_fields", "history_window_start"),
    "threat_match": (
        "threat_index", "threat_mapping", "threat_query", "threat_language", "threat_filters", "threat_indicator_path",
    ),
}  # fmt: skip


def port_document(
    document: Document, to: str = "toml", rule_language: str = "auto", fields: FieldsSpec = None,
    approximate: bool = False, stack: str | None = None,
) -> Port:  # fmt: skip
    """The rule's port with `text` the whole Kibana rule in `toml`, `ndjson` or `json`.

    `extra` holds `document` (the `Document`), `language` and `query`. The text is None where the port does not go out
    (neither equivalent nor broader; with `approximate` an unproven one goes out too). `rule_language` is one of
    `LANGUAGES`, or `auto`: the one that an Elastic document behind the rule had, else the first exact one. An Elastic
    document is written as it is, or with its query in the language asked for. `stack` (`8.19`, `9.5`) refuses what that
    version cannot take. Raises `UsageError` for a format, language or stack that there is not.
    """
    if to not in FORMATS:
        raise UsageError(f"there is no document format `{to}`", help="use one of " + ", ".join(FORMATS))
    if rule_language != "auto" and rule_language not in LANGUAGES:
        raise UsageError(f"a Kibana rule has no language `{rule_language}`", help="use one of " + ", ".join(LANGUAGES))
    wish = Wish(to, rule_language, fields, approximate, stack)
    if document.kind == "elastic":
        return _rewritten(document, wish)
    behind = document.data.get("elastic")
    if isinstance(behind, Mapping) and "type" in behind:
        return _returned(document, wish)
    result = _best(document, _order(rule_language), wish)
    if not wish.lets_out(result):
        return replace(result, to=to, text=None)
    return _born(document, result, wish)


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    to: str
    language: str
    fields: FieldsSpec
    approximate: bool
    stack: str | None

    def port(self, document: Document, language: str) -> Port:
        return port_rule(document, language, "auto", self.fields, self.approximate)

    def count(self, document: Document, language: str) -> Port:
        return threshold_rule(document, language, self.fields, self.approximate)

    def lets_out(self, result: Port) -> bool:
        return result.exportable or (self.approximate and result.relation == "unknown" and result.text is not None)


def _born(document: Document, result: Port, wish: Wish) -> Port:
    """The rule around the query of a rule that never was an Elastic one."""
    made = new_rule(document.data)
    data, tables = made.data, made.tables if wish.to == "toml" else {}
    data.update(result.extra.get("data") or {})
    _change(data, tables, document.data.get("elastic"))
    _set_query(data, result)
    required = _required(result, Fields.of(wish.fields))
    if required:
        data["required_fields"] = required
    kept = kept_for_sigma(document.data, data, tables)
    data["meta"] = {**(data.get("meta") or {}), "sigma": plain({**kept, **_detections(document)})}
    return _written(replace(result, notes=(*result.notes, *made.notes)), data, tables, wish)


def _order(rule_language: str, own: Any = None) -> tuple[str, ...]:
    if rule_language != "auto":
        return (rule_language,)
    return (own, *(name for name in LANGUAGES if name != own)) if own in LANGUAGES else LANGUAGES


def _best(document: Document, order: tuple[str, ...], wish: Wish) -> Port:
    """The first exact port; else the one with the best relation. A correlation that counts is a threshold rule, unless
    a run of events says it."""
    ways = [partial(wish.port, document, name) for name in order]
    if document.type == "correlation":
        counted = [partial(wish.count, document, name) for name in THRESHOLD_LANGUAGES]
        ways = [*ways[:1], *counted, *ways[1:]] if order == LANGUAGES else [*ways, *counted]
    return _first(way() for way in ways)


def _first(ports: Iterable[Port]) -> Port:
    """The first exact one; else the one with the best relation."""
    found: list[Port] = []
    for item in ports:
        if item.relation == "equivalent":
            return item
        found.append(item)
    return min(found, key=lambda item: _RANKS.index(item.relation))


def _returned(document: Document, wish: Wish) -> Port:
    """The Elastic document that a Sigma rule came from."""
    kept = kept_query(document) if wish.language == "auto" else None
    if kept is not None:
        origin, relation = kept
        note = Note("kept-query", "the query is the one that the rule was ported from, letter by letter")
        result = Port(relation, origin.language or "", str(origin.data["query"]), notes=(note,), extra={"kept": True})
        return _written(result, origin.data, origin.metadata, wish)
    data, tables = elastic_data(document.data)
    if data["type"] == anomalies.TYPE:
        return _anomalies(document, data, tables, wish)
    had_query = data.pop("query", None) is not None
    order = _order(wish.language, data.get("language") or ("kuery" if data["type"] in _ANY_LANGUAGE else data["type"]))
    if data["type"] in BASE_QUERY_TYPES and wish.language == "auto":  # in another language it would be another rule
        order = tuple(name for name in order if name in THRESHOLD_LANGUAGES)
    if data["type"] == "threshold" and document.type == "correlation":
        counted = [name for name in order if name in THRESHOLD_LANGUAGES] or THRESHOLD_LANGUAGES
        result = _first(wish.count(document, name) for name in counted)
        _look_back(data, result)
    else:
        result = _best(document, order, wish)
    if not wish.lets_out(result):
        return replace(result, to=wish.to, text=None)
    if had_query:
        note = Note("kept-query", "the detection was changed since the rule was ported; the kept query is not used")
        result = replace(result, notes=(*result.notes, note))
    result = _without_filters(data, result)
    _set_query(data, result)
    _update_required(data, result, Fields.of(wish.fields))
    return _written(_with_base(result, data["type"]), data, tables, wish)


def _anomalies(document: Document, data: dict[str, Any], tables: dict[str, Any], wish: Wish) -> Port:
    """A machine_learning rule, its jobs and threshold as the detection says them."""
    query = rule_query(document, wish.fields)
    keys = anomalies.anomaly_keys(query.tree) if query.is_event else None
    if keys is None or wish.language != "auto":
        reason = "a machine_learning rule says nothing but its jobs and the score of an anomaly record"
        return Port("refused", wish.to, None, (Loss("anomalies", reason),), source=query, reason=reason)
    data |= anomalies.changed(data, keys)
    made = Document("elastic", "json", data, None, Source(""), tables)
    verdict = compare(query, anomalies.anomaly_query(made, wish.fields))
    return _written(Port(verdict.relation, "", "", given=(anomalies.GIVEN,), source=query), data, tables, wish)


def _without_filters(data: dict[str, Any], result: Port) -> Port:
    """What Kibana's filters said is in the tree, and so in the new query."""
    if not data.pop("filters", None):
        return result
    return replace(result, notes=(*result.notes, Note("filters", "the rule's filters are part of its query now")))


def _with_base(result: Port, kind: str) -> Port:
    """A rule that alerts only on a part of what its query matches is narrower than its Sigma form."""
    if kind not in BASE_QUERY_TYPES or kind == "threshold":
        return result
    note = Note("base-query", f"beside its query the rule has {BASE_QUERY_TYPES[kind]}")
    relation = "narrower" if result.relation == "equivalent" else "different"
    return replace(
        result, relation=relation, notes=(*result.notes, note), extra={**result.extra, "kept": relation == "narrower"}
    )


def _look_back(data: dict[str, Any], result: Port) -> None:
    """Threshold and look-back as the correlation says them; the written look-back stays while it means the same."""
    written = data.get("from")
    data.update(result.extra.get("data") or {})
    if _span(written or DEFAULT_FROM) == _span(data.get("from")):
        data["from"] = written
    if data.get("from") is None:
        data.pop("from", None)


def _span(date_math: Any) -> int | None:
    """The milliseconds of `now-5m`; None for any other date."""
    found = re.fullmatch(r"now-(\d+)([smhd])", date_math) if isinstance(date_math, str) else None
    return int(found[1]) * _UNITS[found[2]] if found else None


def _rewritten(document: Document, wish: Wish) -> Port:
    """An Elastic document as it is, or with its query in another language."""
    data = dict(document.data)
    if wish.language in ("auto", document.language) or document.type == anomalies.TYPE:
        result = Port("equivalent", document.language or "", str(data.get("query", "")))
        return _written(result, data, document.metadata, wish, document)
    result = port_rule(document, wish.language, "ecs", wish.fields, wish.approximate)
    based = document.type in BASE_QUERY_TYPES and wish.language in THRESHOLD_LANGUAGES
    if based and result.relation == "broader" and all(loss.code.endswith("-base") for loss in result.losses):
        result = replace(result, relation="equivalent", losses=())  # the other keys go along
    if not wish.lets_out(result):
        return replace(result, to=wish.to, text=None)
    result = _without_filters(data, result)
    _set_query(data, result)
    return _written(result, data, document.metadata, wish, document)


def _set_query(data: dict[str, Any], result: Port) -> None:
    """Query, type and language; ES|QL names its indices itself, and a changed language changes the type with it."""
    language, kind = result.to, data.get("type")
    if "threshold" in data:
        kind = "threshold"
    elif kind not in _ANY_LANGUAGE or language not in ("kuery", "lucene"):
        kind = language if language in ("eql", "esql") else "query"
    data |= {"type": kind, "language": language, "query": result.text}
    for key in {key for name, keys in OWN_KEYS.items() if name != kind for key in keys}:
        data.pop(key, None)
    if language == "esql":
        for key in ("index", "data_view_id"):
            data.pop(key, None)


def _update_required(data: dict[str, Any], result: Port, fields: Fields) -> None:
    """The required fields of a rule that lists them, as its new query reads them."""
    listed = data.get("required_fields")
    if not isinstance(listed, list) or result.target is None:
        return
    known = {item["name"]: item for item in listed if isinstance(item, Mapping) and "name" in item}
    data["required_fields"] = [known.get(item["name"], item) for item in _required(result, fields)]


def _change(data: dict[str, Any], tables: dict[str, Any], changes: Any) -> None:
    """What was changed in Elastic since the rule was born in Sigma; None: the key was taken away."""
    if not isinstance(changes, Mapping):
        return
    for target, wanted in ((data, changes), (tables, changes.get("tables") or {})):
        for key, value in wanted.items():
            if value is None:
                target.pop(key, None)
            elif key != "tables":
                target[key] = value


def _detections(document: Document) -> dict[str, Any]:
    """The detection as it is written; of a correlation, the rules that it refers to."""
    if document.type == "correlation":
        return {"rules": [item.data for item in referred(document)]}
    return {"detection": document.data.get("detection")}


def _required(result: Port, fields: Fields) -> list[dict[str, str]]:
    if result.target is None:
        return []
    tree = result.target.tree
    steps = [(tree, ())] if isinstance(tree, Node) else steps_of(result.target)
    names = {f.name for node, keys in steps for f in (*fields_of(node), *keys) if f.sort != "any"}
    return [{"name": name, "type": fields.field(name).type} for name in sorted(names)]


def _written(
    result: Port, data: dict[str, Any], tables: Mapping[str, Any], wish: Wish, behind: Document | None = None
) -> Port:
    """The document as it reads again; one that our own schema, or the stack asked for, rejects does not go out."""
    attachments = behind.attachments if behind is not None else []
    made = Document("elastic", wish.to, data, None, Source(""), dict(tables), attachments)  # type: ignore[arg-type]
    text = dump(made, wish.to)
    (again,) = loads(text, wish.to)
    findings = validate(again, wish.stack)
    errors = [item for item in findings if item.severity == "error"]
    notes = (*result.notes, *(Note(item.code, item.message) for item in findings if item.severity != "error"))
    if not errors:
        extra = {**result.extra, "document": again, "language": data.get("language"), "query": data.get("query")}
        return replace(result, to=wish.to, text=text, extra=extra, notes=notes)
    losses = tuple(Loss(item.code if item.code == "stack" else "document", item.message) for item in errors)
    return replace(
        result, relation="refused", to=wish.to, text=None, losses=(*result.losses, *losses), notes=notes,
        reason=errors[0].message,
    )  # fmt: skip


def plain(value: Any) -> Any:
    """YAML's dates as text, so that JSON can hold the value."""
    match value:
        case datetime.date() | datetime.datetime():
            return value.isoformat()
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value
