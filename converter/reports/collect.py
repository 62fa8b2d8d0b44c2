"""Documents as rows of a report: what a rule is, its ATT&CK ids, its forms and fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from converter.documents import Document
from converter.export.export import Exported
from converter.reports.model import FormRow, RuleRow

_TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.I)


def row_of(document: Document) -> RuleRow:
    """A rule without forms."""
    source = document.query_source() if document.kind == "elastic" else None
    tactics, techniques = attack_ids(document)
    data = document.data
    severity = data.get("level" if document.kind == "sigma" else "severity")
    description = data.get("description")
    line = document.source.text.count("\n", 0, document.extent.start) + 1 if document.extent else 1
    return RuleRow(
        document.id, document.name, document.path, line, document.kind, document.type, document.language,
        severity if isinstance(severity, str) else None, description if isinstance(description, str) else "",
        source.text.strip("\n") if source else _own_text(document), tuple(tactics), tuple(techniques),
    )  # fmt: skip


def rows_of(results: Iterable[Exported]) -> tuple[RuleRow, ...]:
    """Exported rules with their forms and the fixtures that these were replayed on."""
    return tuple(_with_forms(result) for result in results)


def _with_forms(result: Exported) -> RuleRow:
    from dataclasses import replace

    forms = []
    for form in result.forms:
        data = form.as_json()
        forms.append(FormRow.of({**data, "text": form.port.text}))
    return replace(
        row_of(result.document), forms=tuple(forms), fixtures=tuple(item.as_json() for item in result.fixtures)
    )


def _own_text(document: Document) -> str | None:
    """The part of a Sigma file that says what it matches."""
    if document.kind != "sigma":
        return None
    from converter.languages.sigma.yaml_writer import document as write_yaml

    part: dict[str, Any] = {
        k: document.data[k] for k in ("logsource", "detection", "correlation", "filter") if k in document.data
    }
    try:
        return write_yaml(part).rstrip("\n")
    except (TypeError, ValueError):
        return None


def attack_ids(document: Document) -> tuple[list[str], list[str]]:
    """The ids of tactics and techniques (sub-techniques as `T1059.001`) that a rule names, once each, in order."""
    if document.kind == "sigma":
        return _of_tags(document.data.get("tags"))
    tactics: dict[str, None] = {}
    techniques: dict[str, None] = {}
    for entry in _dicts(document.data.get("threat")):
        tactic = entry.get("tactic")
        if isinstance(tactic, dict) and isinstance(tactic.get("id"), str):
            tactics[tactic["id"]] = None
        for technique in _dicts(entry.get("technique")):
            for item in (technique, *_dicts(technique.get("subtechnique"))):
                if isinstance(item.get("id"), str):
                    techniques[item["id"]] = None
    return list(tactics), list(techniques)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _of_tags(tags: Any) -> tuple[list[str], list[str]]:
    from converter.porting.attack import table

    slugs = table()["tactics"]
    tactics: dict[str, None] = {}
    techniques: dict[str, None] = {}
    for tag in tags if isinstance(tags, list) else []:
        if not isinstance(tag, str):
            continue
        found = _TECHNIQUE.fullmatch(tag)
        slug = tag.lower().removeprefix("attack.").replace("_", "-")
        if found:
            techniques[found[1].upper()] = None
        elif tag.lower().startswith("attack.") and slug in slugs:
            tactics[slugs[slug][0]] = None
    return list(tactics), list(techniques)
