"""The Kibana rule around the query of a rule that was born in Sigma: a pure function of the Sigma rule's metadata."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from converter.diagnostics import Note
from converter.mapping import LogSource, find_log_source
from converter.porting.attack import Threat, table, threat
from converter.porting.carried import ID_SPACE, RISK_SCORES, STATUS_MATURITY, slashed

#: Sigma's level → Elastic's severity, where the words differ.
SEVERITIES = {"informational": "low"}

#: Runs every 5 minutes over the last 9, so that events which come in late are seen.
SCHEDULE = {"interval": "5m", "from": "now-9m"}

#: Where a rule searches whose log source no mapping knows.
ANYWHERE = ("logs-*", "filebeat-*", "packetbeat-*", "winlogbeat-*", "auditbeat-*")

_OS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}
_CLOUD = ("aws", "azure", "gcp")
#: Packages with a policy template a data set, which `related_integrations` names.
_TEMPLATES = ("aws", "azure", "gcp")


@dataclass
class NewRule:
    """`data` lacks type, language, query and required fields; `tables` are those of a TOML file."""

    data: dict[str, Any]
    tables: dict[str, Any]
    notes: list[Note] = field(default_factory=list)


def new_rule(sigma: Mapping[str, Any]) -> NewRule:
    """Everything that a Sigma rule says about itself, in Kibana's words."""
    notes: list[Note] = []
    name = _text(sigma.get("title")) or "Untitled rule"
    severity = _severity(sigma, notes)
    attack = threat(strings(sigma.get("tags")))
    _say_moved(attack, notes)
    source = None if speaks_ecs(sigma) else find_log_source(sigma.get("logsource") or {})
    index = list(source.index) if source is not None and source.index else list(ANYWHERE)
    if source is None:
        notes.append(Note("index", "no mapping knows where the events of this log source lie; set the index patterns"))
    data: dict[str, Any] = {
        "name": name, "rule_id": rule_id(sigma.get("id"), name),
        "description": _text(sigma.get("description")) or name, "severity": severity,
        "risk_score": RISK_SCORES[severity], "author": authors(sigma.get("author")), "enabled": False, **SCHEDULE,
        "index": index, "license": _text(sigma.get("license")), "references": strings(sigma.get("references")),
        "false_positives": strings(sigma.get("falsepositives")),
        "tags": _tags(sigma, attack), "threat": attack.blocks,
        "related_integrations": integrations(source),
    }  # fmt: skip
    return NewRule({key: value for key, value in data.items() if value not in (None, [])}, _tables(sigma, data), notes)


def speaks_ecs(sigma: Mapping[str, Any]) -> bool:
    """The rule's names are ECS names already (its taxonomy says so)."""
    return str(sigma.get("taxonomy", "sigma")).lower() == "ecs"


def _severity(sigma: Mapping[str, Any], notes: list[Note]) -> str:
    level = str(sigma.get("level") or "").lower()
    severity = SEVERITIES.get(level, level)
    if severity not in RISK_SCORES:
        notes.append(Note("level", "the rule has no level that Elastic knows; medium is taken"))
        return "medium"
    if level != severity:
        notes.append(Note("level", f"Elastic has no severity `{level}`; it becomes `{severity}`"))
    return severity


def _say_moved(found: Threat, notes: list[Note]) -> None:
    version = table()["version"]
    if found.unknown:
        listed = ", ".join(f"`{tag}`" for tag in found.unknown)
        notes.append(Note("attack", f"ATT&CK {version} does not know {listed}; kept as plain tags"))
    notes += [Note("attack", f"`{tag}` is {new} in ATT&CK {version}") for tag, new in found.moved.items()]


def _tags(sigma: Mapping[str, Any], attack: Threat) -> list[str]:
    """Elastic's own kind of tags, then the Sigma tags that the threat block does not say."""
    product = str((sigma.get("logsource") or {}).get("product", "")).lower()
    domain = "Domain: Endpoint" if product in _OS else "Domain: Cloud" if product in _CLOUD else None
    made = [domain, f"OS: {_OS[product]}" if product in _OS else None, "Use Case: Threat Detection"]
    made += [f"Tactic: {block['tactic']['name']}" for block in attack.blocks]
    own = [tag for tag in strings(sigma.get("tags")) if not tag.lower().startswith("attack.") or tag in attack.apart]
    return list(dict.fromkeys([*(tag for tag in made if tag), *own]))


def _tables(sigma: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    created = slashed(sigma.get("date"))
    meta: dict[str, Any] = {}
    if created:
        meta["creation_date"] = created
    packages = list(dict.fromkeys(item["package"] for item in data["related_integrations"]))
    if packages:
        meta["integration"] = packages
    maturity = STATUS_MATURITY.get(str(sigma.get("status")))
    if maturity:
        meta["maturity"] = maturity
    updated = slashed(sigma.get("modified")) or created
    if updated:
        meta["updated_date"] = updated
    return {"metadata": meta} if meta else {}


def integrations(source: LogSource | None) -> list[dict[str, str]]:
    """The packages of a log source, those that its index patterns name with them, in any version."""
    if source is None:
        return []
    named: dict[str, dict[str, str]] = {
        package: {"package": package, "version": "*"} for package in source.integrations
    }
    for pattern in source.index:
        found = re.fullmatch(r"logs-([a-z0-9_]+)\.([a-z0-9_.]*[a-z0-9_])?[-*]+", pattern)
        if found is None:
            continue
        item = named.setdefault(found[1], {"package": found[1], "version": "*"})
        if found[1] in _TEMPLATES and found[2]:
            item["integration"] = found[2]
    return list(named.values())


def rule_id(value: Any, name: str) -> str:
    """The rule's own id, else one that is always the same for the same name."""
    return value if isinstance(value, str) and value else str(uuid.uuid5(ID_SPACE, name))


def authors(value: Any) -> list[str]:
    """Sigma's one text of names; a comma in brackets or quotes belongs to a name."""
    if not isinstance(value, str):
        return strings(value)
    names, depth, quoted = [""], 0, False
    for char in value:
        quoted ^= char == '"'
        depth = max(0, depth + (char in "([") - (char in ")]"))
        if char == "," and not depth and not quoted:
            names.append("")
        else:
            names[-1] += char
    return [name.strip() for name in names if name.strip()]


def strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if item not in (None, "")]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
