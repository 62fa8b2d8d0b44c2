"""A Sigma document as a Kibana rule document: the query in the best exact language, and the rule around it."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.diagnostics import Note, Source, UsageError
from converter.documents import Document, dump, loads, validate
from converter.fields import Fields, FieldsSpec
from converter.mapping import LogSource, find_log_source
from converter.porting.attack import table, threat
from converter.porting.metadata import ID_SPACE, elastic_data
from converter.porting.outcome import Loss, Port
from converter.porting.porter import port, speaks_ecs
from converter.tree import Node, fields_of

FORMATS = ("toml", "ndjson", "json")

#: Tried in this order; the first exact one wins.
LANGUAGES = ("eql", "lucene", "kuery", "esql")

#: Sigma's level → severity and risk score, as Kibana pairs them.
LEVELS = {
    "informational": ("low", 21), "low": ("low", 21), "medium": ("medium", 47), "high": ("high", 73),
    "critical": ("critical", 99),
}  # fmt: skip

#: Runs every 5 minutes over the last 9, so that events which come in late are seen.
SCHEDULE = {"interval": "5m", "from": "now-9m"}

#: Sigma keys that have a word of their own in the document; all others go to `meta.sigma`.
_SAID = (
    "title", "id", "description", "license", "references", "author", "falsepositives", "tags", "detection", "elastic",
)  # fmt: skip

_RANKS = ("equivalent", "broader", "unknown", "narrower", "different", "refused")


def port_document(
    document: Document, format: str = "toml", language: str = "auto", fields: FieldsSpec = None,
    approximate: bool = False,
) -> tuple[Port, str | None]:  # fmt: skip
    """The rule's port and the text of its Kibana document in `toml`, `ndjson` or `json`.

    The text is None where the port does not go out (neither equivalent nor broader; with `approximate` an unproven
    port goes out too). `language` is one of `LANGUAGES`, or `auto`: the one that an Elastic document behind the rule
    had, else the first exact one. Raises `UsageError` for a format or language that there is not, and for a document
    that is an Elastic rule already.
    """
    if format not in FORMATS:
        raise UsageError(f"there is no document format `{format}`", help="use one of " + ", ".join(FORMATS))
    if language != "auto" and language not in LANGUAGES:
        raise UsageError(f"a Kibana rule has no language `{language}`", help="use one of " + ", ".join(LANGUAGES))
    if document.kind != "sigma":
        raise UsageError(
            "the rule is an Elastic document already", help="`ruleproof convert` writes it in another format"
        )
    behind = document.data.get("elastic")
    result = _best(document, language, behind, fields, approximate)
    if not (result.exportable or (approximate and result.relation == "unknown" and result.text is not None)):
        return result, None
    if isinstance(behind, Mapping):
        data, tables = elastic_data(document.data)
    else:
        data, tables, notes = _new_rule(document, result, Fields.of(fields))
        result = replace(result, notes=(*result.notes, *notes))
        if format != "toml":
            tables = {}
    data["query"] = result.text
    _set_language(data, result.to)
    made = Document("elastic", format, data, None, Source(""), tables)  # type: ignore[arg-type]
    return _checked(result, dump(made, format))


def _best(document: Document, language: str, behind: Any, fields: FieldsSpec, approximate: bool) -> Port:
    """The first exact port; else the one with the best relation."""
    order = LANGUAGES if language == "auto" else (language,)
    if language == "auto" and isinstance(behind, Mapping) and behind.get("language") in LANGUAGES:
        own = behind["language"]
        order = (own, *(name for name in LANGUAGES if name != own))
    best: Port | None = None
    for name in order:
        found = port(document, name, "auto", fields, approximate)
        if best is None or _RANKS.index(found.relation) < _RANKS.index(best.relation):
            best = found
        if best.relation == "equivalent" or (found.losses and found.losses[0].code == "stateful"):
            break
    assert best is not None, "some language was tried"
    return best


def _set_language(data: dict[str, Any], language: str) -> None:
    """Type and language; ES|QL names its indices itself, and a changed language changes the type with it."""
    if data.get("language") == language and data.get("type"):
        return
    data["language"] = language
    if data.get("type") not in ("threshold", "new_terms", "threat_match") or language in ("eql", "esql"):
        data["type"] = language if language in ("eql", "esql") else "query"
    if language == "esql":
        for key in ("index", "data_view_id", "filters"):
            data.pop(key, None)


def _checked(result: Port, text: str) -> tuple[Port, str | None]:
    """The document as it reads again; one that our own schema rejects does not go out."""
    (again,) = loads(text)
    errors = [item for item in validate(again) if item.severity == "error"]
    if not errors:
        return result, text
    losses = tuple(Loss("document", item.message) for item in errors)
    return replace(result, relation="refused", losses=(*result.losses, *losses), reason=errors[0].message), None


def _new_rule(document: Document, result: Port, fields: Fields) -> tuple[dict[str, Any], dict[str, Any], list[Note]]:
    """Everything but query and language of a rule that was born in Sigma; the tables of its TOML form; notes."""
    sigma = document.data
    notes: list[Note] = []
    name = _text(sigma.get("title")) or "Untitled rule"
    level = str(sigma.get("level", "medium")).lower()
    severity, risk = LEVELS.get(level, LEVELS["medium"])
    if "level" not in sigma:
        notes.append(Note("level", "the rule has no level; medium is taken"))
    elif level == "informational":
        notes.append(Note("level", "Elastic has no severity `informational`; it becomes `low`"))
    data: dict[str, Any] = {
        "name": name, "rule_id": _rule_id(sigma.get("id"), name),
        "description": _text(sigma.get("description")) or name, "severity": severity, "risk_score": risk,
        "author": _authors(sigma.get("author")), "enabled": False, **SCHEDULE,
    }  # fmt: skip
    optional = {
        "license": _text(sigma.get("license")), "references": _strings(sigma.get("references")),
        "false_positives": _strings(sigma.get("falsepositives")), "tags": _strings(sigma.get("tags")),
    }  # fmt: skip
    data.update({key: value for key, value in optional.items() if value})
    blocks, unknown = threat(_strings(sigma.get("tags")))
    if blocks:
        data["threat"] = blocks
    if unknown:
        tags = ", ".join(f"`{tag}`" for tag in unknown)
        notes.append(Note("attack", f"ATT&CK {table()['version']} does not know {tags}; kept as plain tags"))
    source = None if speaks_ecs(sigma) else find_log_source(sigma.get("logsource") or {})
    data["index"] = list(source.index) if source is not None else ["logs-*", "filebeat-*", "winlogbeat-*"]
    if source is None:
        notes.append(Note("index", "no mapping knows where the events of this log source lie; set the index patterns"))
    if source is not None and source.integrations:
        data["related_integrations"] = _integrations(source)
    required = _required(result, fields)
    if required:
        data["required_fields"] = required
    data["meta"] = {"sigma": {key: _plain(value) for key, value in sigma.items() if key not in _SAID}}
    if result.to == "esql":
        del data["index"]
    return data, _tables(sigma, source), notes


def _tables(sigma: Mapping[str, Any], source: LogSource | None) -> dict[str, Any]:
    created = _date(sigma.get("date"))
    meta: dict[str, Any] = {}
    if created:
        meta["creation_date"] = created
        meta["updated_date"] = _date(sigma.get("modified")) or created
    if source is not None and source.integrations:
        meta["integration"] = list(source.integrations)
    return {"metadata": meta} if meta else {}


def _integrations(source: LogSource) -> list[dict[str, str]]:
    """Packages in any version; the data stream where the log source's condition names it."""
    stated = source.conditions.get("data_stream.dataset") if isinstance(source.conditions, Mapping) else None
    found = []
    for package in source.integrations:
        item = {"package": package, "version": "*"}
        if isinstance(stated, str) and stated.startswith(f"{package}."):
            item["integration"] = stated.removeprefix(f"{package}.")
        found.append(item)
    return found


def _required(result: Port, fields: Fields) -> list[dict[str, str]]:
    tree = result.target.tree if result.target is not None else None
    if not isinstance(tree, Node):
        return []
    names = {field.name for field in fields_of(tree) if field.sort != "any"}
    return [{"name": name, "type": fields.field(name).type} for name in sorted(names)]


def _rule_id(value: Any, name: str) -> str:
    if isinstance(value, str) and value:
        return value
    return str(uuid.uuid5(ID_SPACE, name))


def _authors(value: Any) -> list[str]:
    """Sigma's one text of names."""
    names = [part.strip() for part in re.split(r",|\s&\s", value)] if isinstance(value, str) else _strings(value)
    return [name for name in names if name]


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if item not in (None, "")]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _date(value: Any) -> str | None:
    found = re.fullmatch(r"(\d{4})[-/](\d{2})[-/](\d{2})", str(value))
    return "/".join(found.groups()) if found else None


def _plain(value: Any) -> Any:
    """YAML's dates as text, so that JSON can hold the value."""
    match value:
        case datetime.date() | datetime.datetime():
            return value.isoformat()
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
    return value
