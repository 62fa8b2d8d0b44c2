"""A document's metadata in Sigma's words, and back.

Where the way back would not give the same value again, the value is kept under `elastic:` as well, so that the round
trip is the identity whatever a document holds. A kept value serves only as long as the Sigma key that it stands beside
still says the same; an edited Sigma rule means what it says.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from converter.diagnostics import Source
from converter.documents import Document
from converter.porting.carried import CARRIED, ID_SPACE, RISK_SCORES, slashed
from converter.porting.new_rule import new_rule

_NOWHERE = Source("")

#: Said by the Sigma rule's detection.
OWN = ("query",)

#: Made anew from the detection of a rule that was born in Sigma.
MADE = ("query", "type", "language", "required_fields", "threshold")

#: In `meta.sigma`: keys that the Sigma rule does not have, though the document says something of them.
ABSENT = "absent_keys"

#: Rule types whose every other key a Sigma detection can stand behind.
_PLAIN_TYPES = ("query", "eql", "esql")


def sigma_metadata(document: Document) -> dict[str, Any]:
    """Top-level Sigma keys for a document, `elastic` (what Sigma has no word for) last."""
    if document.kind == "sigma":
        return {key: value for key, value in document.data.items() if key != "detection"}
    born = born_in_sigma(document)
    if born is not None and document.type in (*_PLAIN_TYPES, *(("threshold",) if "rules" in born else ())):
        return _born_metadata(document, born)
    out, rest, tables = _carried(document)
    out.setdefault("title", "Untitled rule")
    out.setdefault("id", str(uuid.uuid5(ID_SPACE, str(document.data.get("name", "")))))
    out["logsource"] = logsource_label(document)
    out["taxonomy"] = "ecs"
    _never_modified(out, tables)
    again = _filled(out, {}, {})
    for key in again[0].keys() - document.data.keys():
        rest[key] = None
    out["elastic"] = {**rest, **({"tables": tables} if tables else {})}
    return out


def _never_modified(out: dict[str, Any], tables: dict[str, Any]) -> None:
    """A rule that was not changed since its date has no `modified`; a document without the second date says so."""
    if "date" in out and "modified" not in out:
        tables["metadata"] = {"updated_date": None, **tables.get("metadata", {})}
    elif out.get("modified") == out.get("date"):
        out.pop("modified", None)


def born_in_sigma(document: Document) -> dict[str, Any] | None:
    """What `meta.sigma` keeps of the Sigma rule that an Elastic document was made of."""
    meta = document.data.get("meta")
    kept = meta.get("sigma") if isinstance(meta, Mapping) else None
    return dict(kept) if isinstance(kept, Mapping) else None


def _carried(document: Document) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(Sigma keys, what of the data is left to say, what of the tables is)."""
    out: dict[str, Any] = {}
    rest = {key: value for key, value in document.data.items() if key not in OWN}
    tables = dict(document.metadata)
    meta = tables.pop("metadata", None)
    meta = dict(meta) if isinstance(meta, Mapping) else {}
    for item in CARRIED:
        held = meta if item.in_metadata else rest
        value = item.to_sigma(held[item.elastic]) if item.elastic in held else None
        if value is None:
            continue
        out[item.sigma] = value
        if item.to_elastic(value) == held[item.elastic]:
            del held[item.elastic]
    if "level" in out and rest.get("risk_score") == RISK_SCORES.get(out["level"]):
        del rest["risk_score"]
    if meta:
        tables["metadata"] = meta
    return out, rest, tables


def elastic_data(sigma: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The way back: API data and TOML tables of the document behind `sigma_metadata`, without its query."""
    kept = dict(sigma.get("elastic") or {})
    for about in ("log_source", "query_of"):  # of the detection, no keys of the document
        kept.pop(about, None)
    tables = {key: dict(value) for key, value in (kept.pop("tables", None) or {}).items()}
    return _filled(sigma, kept, tables)


def _filled(
    sigma: Mapping[str, Any], kept: dict[str, Any], tables: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    meta: dict[str, Any] = tables.get("metadata", {})
    for item in CARRIED:
        held = meta if item.in_metadata else kept
        if item.sigma not in sigma or (item.elastic in held and held[item.elastic] is None):
            continue
        said = sigma[item.sigma]
        if item.elastic in held and item.to_sigma(held[item.elastic]) == said:
            continue
        value = item.to_elastic(said)
        if value is not None:
            held[item.elastic] = value
    if "date" in sigma and "modified" not in sigma and (created := slashed(sigma["date"])):
        meta.setdefault("updated_date", created)
    if "risk_score" not in kept and kept.get("severity") in RISK_SCORES:
        kept["risk_score"] = RISK_SCORES[kept["severity"]]
    for key in [*(item.elastic for item in CARRIED), "risk_score"]:
        if key in kept and kept[key] is None:
            del kept[key]
    meta = {key: value for key, value in meta.items() if value is not None}
    tables.pop("metadata", None)
    if meta:
        tables["metadata"] = meta
    return kept, tables


def _born_metadata(document: Document, born: Mapping[str, Any]) -> dict[str, Any]:
    """The Sigma rule that a document was made of; `elastic` holds what was changed in Elastic since."""
    out, _, _ = _carried(document)
    out = with_kept(out, born)
    out.setdefault("title", "Untitled rule")
    if "correlation" not in out:
        out.setdefault("logsource", {"product": "elastic"})
    fresh = new_rule(out)
    spec = out.get("correlation")
    if document.type == "threshold" and isinstance(spec, Mapping):
        fresh.data["from"] = f"now-{spec.get('timespan')}"
    elastic = dict(_changes(fresh.data, {k: v for k, v in document.data.items() if k not in (*MADE, "meta")}))
    meta = {key: value for key, value in (document.data.get("meta") or {}).items() if key != "sigma"}
    if meta:
        elastic["meta"] = meta
    tables = dict(_changes(fresh.tables, document.metadata)) if document.metadata else {}
    if tables:
        elastic["tables"] = tables
    return {**out, **({"elastic": elastic} if elastic else {})}


def with_kept(made: Mapping[str, Any], born: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of `meta.sigma` over those that the document says, without those that the rule had not."""
    absent = born.get(ABSENT)
    left = {key: value for key, value in made.items() if not isinstance(absent, list) or key not in absent}
    return {**left, **{key: value for key, value in born.items() if key not in ("detection", "rules", ABSENT)}}


def kept_for_sigma(sigma: Mapping[str, Any], data: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, Any]:
    """What `meta.sigma` has to keep so that `_born_metadata` gives the rule again: what the document does not say."""
    made, _, _ = _carried(Document("elastic", "json", dict(data), None, _NOWHERE, dict(tables)))
    own = {key: value for key, value in sigma.items() if key != "elastic"}
    kept = {key: value for key, value in own.items() if key not in made or made[key] != value}
    absent = sorted(made.keys() - own.keys())
    return {**kept, **({ABSENT: absent} if absent else {})}


def _changes(fresh: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((key, value) for key, value in now.items() if key not in fresh or fresh[key] != value)
    yield from ((key, None) for key in fresh if key not in now)


_OS = ("windows", "linux", "macos")

#: Index patterns of shippers of any data, which say nothing of a log source.
_SHIPPERS = ("auditbeat", "filebeat", "packetbeat", "heartbeat", "apm", "traces", "logs", "endgame")


def logsource_label(document: Document) -> dict[str, str]:
    """A label without meaning in ECS naming: the operating system if the tags name one, else the integration, else the
    data set of the first index pattern that tells one. A machine_learning rule's are the records of anomalies."""
    if document.type == "machine_learning":
        return {"product": "elastic", "service": "machine_learning"}
    tags = [str(tag).lower() for tag in document.data.get("tags") or ()]
    found = [name for name in _OS if f"os: {name}" in tags or name in tags]
    if len(found) == 1:
        return {"product": found[0]}
    meta = document.metadata.get("metadata")
    said = meta.get("integration") if isinstance(meta, Mapping) else None
    named = [said] if isinstance(said, str) else list(said) if isinstance(said, list) else []
    named += [item.get("package") for item in document.data.get("related_integrations") or () if isinstance(item, dict)]
    names = [name for name in named if isinstance(name, str) and name]
    for pattern in document.data.get("index") or ():
        match = re.match(r"(?:logs-)?([a-z0-9_]+)", str(pattern).lstrip("*."))
        if match and match[1] not in _SHIPPERS:
            names.append("windows" if match[1] == "winlogbeat" else match[1])
    return {"product": names[0] if names else "elastic"}


def labelled(stated: Mapping[str, str], label: Mapping[str, str]) -> dict[str, str]:
    """The log source that a query states, else the label; a category alone with the operating system of the label."""
    if not stated:
        return dict(label)
    return {**(label if "product" not in stated and label.get("product") in _OS else {}), **stated}
