"""A rule document as a documentation page, in the layout of Elastic's prebuilt rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from converter.diagnostics import DocumentError
from converter.documents.document import Document
from converter.documents.transforms import expand

_DATE_MATH = (
    "({{ref}}/common-options.html#date-math[Date Math format], see also [`Additional look-back time`]"
    "(docs-content://solutions/security/detect-and-alert/create-detection-rule.md#rule-schedule))"
)


def write_docs(document: Document) -> str:
    """The page's text; raises `DocumentError` for a Sigma document."""
    if document.kind != "elastic":
        raise DocumentError("a Sigma rule has no documentation page", help="port it to Elastic first")
    data = document.data
    page = document.metadata.get("page")
    anchor = page.get("anchor") if isinstance(page, Mapping) else None
    anchor = anchor or slug(document.name)
    parts = [_front(anchor), f"# {document.name} [{anchor}]", str(data.get("description", "")).strip()]
    parts += _labels(data)
    transform = document.metadata.get("transform")
    for key, title, mark in (("note", "Investigation guide", "investigation_guide"), ("setup", "Setup", "setup")):
        text = data.get(key)
        if isinstance(text, str) and text.strip():
            parts += [f"## {title} [_{mark}_1]", expand(text, transform).strip() + "\n"]
    query = data.get("query")
    if isinstance(query, str):
        fence = "`" * max(3, 1 + max((len(m) for m in re.findall(r"`+", query)), default=0))
        parts += ["## Rule query [_rule_query_1]", f"{fence}js\n{query.removesuffix(chr(10))}\n{fence}"]
    parts += _threat(data.get("threat"))
    return "\n\n".join(parts) + "\n"


def slug(name: str) -> str:
    """A heading's anchor: lower case, words joined by `-`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "rule"


def _front(anchor: str) -> str:
    url = f"https://www.elastic.co/guide/en/security/current/{anchor}.html"
    return f"---\napplies_to:\n  stack: all\n  serverless:\n    security: all\nmapped_pages:\n  - {url}\n---"


def _labels(data: Mapping[str, Any]) -> list[str]:
    """What stands above the guide; a page says what Kibana takes where the rule says nothing."""
    return [
        f"**Rule type**: {data.get('type')}",
        *_list("Rule indices", data.get("index")),
        f"**Severity**: {data.get('severity')}",
        f"**Risk score**: {data.get('risk_score')}",
        f"**Runs every**: {data.get('interval', '5m')}",
        f"**Searches indices from**: {data.get('from', 'now-6m')} {_DATE_MATH}",
        f"**Maximum alerts per execution**: {data.get('max_signals', 100)}",
        *_list("References", [f"[{url}]({url})" for url in _items(data.get("references"))]),
        *_list("Tags", data.get("tags")),
        f"**Version**: {data.get('version')}",
        *_list("Rule authors", data.get("author")),
        f"**Rule license**: {data.get('license')}",
    ]


def _list(label: str, items: Any) -> list[str]:
    if not _items(items):
        return [f"**{label}**: None"]
    return [f"**{label}**:", "\n".join(f"* {item}" for item in _items(items))]


def _items(value: Any) -> list[Any]:
    """The value if it is a list; a rule that no schema has passed may hold anything."""
    return value if isinstance(value, list) else []


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _items(value) if isinstance(item, Mapping)]


def _threat(threat: Any) -> list[str]:
    parts: list[str] = []
    last = None
    for tactic in _tables(threat):
        name = str(tactic.get("framework", "")).replace("ATT&CK", "ATT&CKTM")
        if name != last:
            parts.append(f"**Framework**: {name}")
            last = name
        parts += _entry("Tactic", tactic.get("tactic"))
        for technique in _tables(tactic.get("technique")):
            parts += _entry("Technique", technique)
            for sub in _tables(technique.get("subtechnique")):
                parts += _entry("Sub-technique", sub)
    return parts


def _entry(kind: str, entry: Any) -> list[str]:
    if not isinstance(entry, Mapping):
        return []
    rows = [("Name", entry.get("name")), ("ID", entry.get("id"))]
    if entry.get("reference"):
        rows.append(("Reference URL", f"[{entry['reference']}]({entry['reference']})"))
    return [f"* {kind}:", "\n".join(f"    * {label}: {text}" for label, text in rows)]
