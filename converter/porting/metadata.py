"""An Elastic document's metadata in Sigma's words, and back.

Each key that Sigma has a word for is a pair of functions. Where the way back would not give the same value again, the
value is kept under `elastic:` as well, so that the round trip is the identity whatever a document holds.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from converter.documents import Document

#: A name space of our own, so that the same rule always gets the same id.
ID_SPACE = uuid.UUID("6f0a5d4e-9a1c-5d43-9d3f-0d2f5a1c7be1")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_MATURITY = {"production": "stable", "development": "experimental", "beta": "test", "deprecated": "deprecated"}
_STATUS = {status: maturity for maturity, status in _MATURITY.items()}


@dataclass(frozen=True)
class Carried:
    """An Elastic key (a path of keys; the first "metadata" is the TOML table) as a Sigma key, and both ways between."""

    elastic: str
    sigma: str
    to_sigma: Callable[[Any], Any]
    to_elastic: Callable[[Any], Any]
    in_metadata: bool = False


def _same(value: Any) -> Any:
    return value


def _dashed(value: Any) -> Any:
    return value.replace("/", "-") if isinstance(value, str) and re.fullmatch(r"\d{4}/\d\d/\d\d", value) else None


def _slashed(value: Any) -> Any:
    return value.replace("-", "/") if isinstance(value, str) else None


def _joined(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) and value and all(isinstance(v, str) for v in value) else None


def _split(value: Any) -> Any:
    return value.split(", ") if isinstance(value, str) else None


def _strings(value: Any) -> Any:
    return value if isinstance(value, list) and value and all(isinstance(v, str) and v for v in value) else None


def _id(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return None
    return value.lower() if _UUID.fullmatch(value) else str(uuid.uuid5(ID_SPACE, value))


def _text(value: Any) -> Any:
    return value if isinstance(value, str) and value.strip() else None


CARRIED = (
    Carried("name", "title", _text, _same),
    Carried("rule_id", "id", _id, _same),
    Carried("maturity", "status", _MATURITY.get, _STATUS.get, in_metadata=True),
    Carried("description", "description", _text, _same),
    Carried("license", "license", _text, _same),
    Carried("references", "references", _strings, _same),
    Carried("author", "author", _joined, _split),
    Carried("creation_date", "date", _dashed, _slashed, in_metadata=True),
    Carried("updated_date", "modified", _dashed, _slashed, in_metadata=True),
    Carried("false_positives", "falsepositives", _strings, _same),
    Carried("severity", "level", _text, _same),
)

#: Said by the Sigma rule itself, or made again from it.
_OWN = ("query",)


def sigma_metadata(document: Document) -> dict[str, Any]:
    """Top-level Sigma keys for an Elastic document, `elastic` (what Sigma has no word for) last."""
    if document.kind == "sigma":
        return {key: value for key, value in document.data.items() if key != "detection"}
    out: dict[str, Any] = {}
    rest = {key: value for key, value in document.data.items() if key not in _OWN}
    tables = dict(document.metadata)
    meta = dict(tables.get("metadata") or {})
    for item in CARRIED:
        held = meta if item.in_metadata else rest
        value = item.to_sigma(held[item.elastic]) if item.elastic in held else None
        if value is None:
            continue
        out[item.sigma] = value
        if item.to_elastic(value) == held[item.elastic]:
            del held[item.elastic]
    tags = attack_tags(document.data.get("threat"))
    if tags:
        out["tags"] = tags
    out.setdefault("title", "Untitled rule")
    out.setdefault("id", str(uuid.uuid5(ID_SPACE, str(document.data.get("name", "")))))
    out["logsource"] = logsource_label(document)
    out["taxonomy"] = "ecs"
    if meta:
        tables["metadata"] = meta
    else:
        tables.pop("metadata", None)
    out["elastic"] = {**rest, **({"tables": tables} if tables else {})}
    return out


def elastic_data(sigma: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The way back: API data and TOML tables of the document behind `sigma_metadata`, without its query."""
    kept = dict(sigma.get("elastic") or {})
    tables = {key: dict(value) for key, value in (kept.pop("tables", None) or {}).items()}
    meta: dict[str, Any] = tables.get("metadata", {})
    for item in CARRIED:
        if item.sigma not in sigma:
            continue
        held = meta if item.in_metadata else kept
        value = item.to_elastic(sigma[item.sigma])
        if value is not None and item.elastic not in held:
            held[item.elastic] = value
    if meta:
        tables["metadata"] = meta
    return kept, tables


def attack_tags(threat: Any) -> list[str]:
    """`attack.` tags of a `threat` block: tactics by name, techniques and sub-techniques by id, in order, once each."""
    tags: list[str] = []
    for entry in threat if isinstance(threat, list) else ():
        if "att&ck" not in str(entry.get("framework", "")).lower():
            continue
        tactic = (entry.get("tactic") or {}).get("name", "")
        slug = re.sub(r"[^a-z0-9]+", "-", str(tactic).lower()).strip("-")
        if slug:
            tags.append(f"attack.{slug}")
        for technique in entry.get("technique") or ():
            for item in (technique, *(technique.get("subtechnique") or ())):
                if re.fullmatch(r"T\d{4}(\.\d{3})?", str(item.get("id", ""))):
                    tags.append(f"attack.{item['id'].lower()}")
    return list(dict.fromkeys(tags))


_OS = ("windows", "linux", "macos")


def logsource_label(document: Document) -> dict[str, str]:
    """A label without meaning in ECS naming: the operating system if the tags name one, else the data set."""
    tags = [str(tag).lower() for tag in document.data.get("tags") or ()]
    found = [name for name in _OS if f"os: {name}" in tags or name in tags]
    if len(found) == 1:
        return {"product": found[0]}
    patterns = [str(pattern) for pattern in document.data.get("index") or ()]
    for pattern in patterns:
        match = re.match(r"(?:logs-)?([a-z0-9_]+)", pattern.lstrip("*."))
        if match:
            return {"product": match.group(1)}
    return {"product": "elastic"}
