"""Rule documents as API JSON or as a Kibana export."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from converter.diagnostics import DocumentError
from converter.documents.document import Document
from converter.documents.transforms import pack_meta

_NOTHING_MISSING: dict[str, Any] = {
    "missing_rules": [],
    "missing_rules_count": 0,
    "missing_exception_list_item_count": 0,
    "missing_exception_list_items": [],
    "missing_exception_lists": [],
    "missing_exception_lists_count": 0,
    "missing_action_connection_count": 0,
    "missing_action_connections": [],
    "excluded_action_connection_count": 0,
    "excluded_action_connections": [],
}


def api_rule(document: Document) -> dict[str, Any]:
    """The rule as Kibana takes it, what TOML files hold beside it in `meta`."""
    if document.kind != "elastic":
        raise DocumentError("a Sigma rule has no Kibana form", help="port it to Elastic first")
    return pack_meta(document.data, document.metadata)


def write_json(documents: Sequence[Document]) -> str:
    """One rule as an object, several as a list."""
    rules = [api_rule(document) for document in documents]
    return json.dumps(rules[0] if len(rules) == 1 else rules, indent=2, ensure_ascii=False) + "\n"


def write_ndjson(documents: Sequence[Document]) -> str:
    """A Kibana export: the rules, the exception lists and connectors that they use, a summary."""
    rules = [api_rule(document) for document in documents]
    attached = used_attachments(documents)
    summary = _summary(documents, rules, attached)
    return "".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in [*rules, *attached, summary]
    )


def used_attachments(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The exception lists, their items and the connectors that the rules refer to."""
    lists: set[str] = set()
    connectors: set[str] = set()
    for document in documents:
        lists |= _named(document.data.get("exceptions_list"), "list_id")
        connectors |= _named(document.data.get("actions"), "id")
    found: list[dict[str, Any]] = []
    for document in documents:
        for line in document.attachments:
            used = str(line["list_id"]) in lists if "list_id" in line else str(line.get("id")) in connectors
            if used and not _is_summary(line) and line not in found:
                found.append(line)
    return found


def _named(value: Any, key: str) -> set[str]:
    return {str(v[key]) for v in value if isinstance(v, Mapping) and key in v} if isinstance(value, list) else set()


def _is_summary(line: Mapping[str, Any]) -> bool:
    return "exported_count" in line or "exported_rules_count" in line


def _summary(
    documents: Sequence[Document], rules: list[dict[str, Any]], attached: list[dict[str, Any]]
) -> dict[str, Any]:
    items = sum("item_id" in line for line in attached)
    lists = sum("list_id" in line for line in attached) - items
    fresh = {
        "exported_count": len(rules) + len(attached),
        "exported_rules_count": len(rules),
        "exported_exception_list_count": lists,
        "exported_exception_list_item_count": items,
        "exported_action_connector_count": len(attached) - lists - items,
    }
    old = next((line for d in documents for line in d.attachments if _is_summary(line)), {})
    return {**dict.fromkeys(old or fresh), **fresh, **_NOTHING_MISSING, **old, **fresh}
