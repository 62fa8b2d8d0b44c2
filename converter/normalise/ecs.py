"""A raw Windows event as Winlogbeat or the Elastic Agent and its ingest pipelines write it.

What a field is called comes from the mapping files; what has no exact entry there stays `winlog.event_data.X`, as a
port of a rule names it. Elastic's pipelines move some of these (PowerShell's script text, the digests of a deleted
file): then they stand under both names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from converter.fields import Fields
from converter.mapping import Entry
from converter.matching.values import parse_ip
from converter.normalise import derived, facts
from converter.normalise.record import Record, read

#: Names of `System` in `winlog`.
_WINLOG = {
    "Provider_Name": "winlog.provider_name", "Provider_Guid": "winlog.provider_guid", "EventID": "winlog.event_id",
    "Version": "winlog.version", "Task": "winlog.task", "Opcode": "winlog.opcode", "EventRecordID": "winlog.record_id",
    "Channel": "winlog.channel", "Computer": "winlog.computer_name", "Correlation_ActivityID": "winlog.activity_id",
    "Execution_ProcessID": "winlog.process.pid", "Execution_ThreadID": "winlog.process.thread.id",
    "Security_UserID": "winlog.user.identifier",
}  # fmt: skip
_AUDIT = {1 << 53: ("Audit Success", "success"), 1 << 52: ("Audit Failure", "failure")}


def to_ecs(event: Mapping[str, Any] | Record) -> dict[str, Any]:
    """The event with ECS names, nested. Raises `UsageError` if it is no raw Windows event (one in ECS is none)."""
    record = event if isinstance(event, Record) else read(event)
    flat = _base(record)
    sources = facts.log_sources(record)
    entries = facts.entries(sources)
    data = _data(record)
    for name, value in {**record.system, **data}.items():
        if value is None:
            continue
        entry = entries.get(name.replace(" ", ""))
        if entry is not None:
            _apply(entry, value, flat, record)
        if name in data and (entry is None or entry.approximate):
            flat[f"winlog.event_data.{name.replace(' ', '_')}"] = value
    for name, value in record.user_data.items():
        flat[f"winlog.user_data.{name}"] = value
    derived.add(flat, record, data)
    return nested(flat)


def _base(record: Record) -> dict[str, Any]:
    system, kind = record.system, facts.meaning(record)
    flat: dict[str, Any] = {path: system[name] for name, path in _WINLOG.items() if system.get(name) is not None}
    flat |= {
        "event.kind": "event", "event.code": record.code, "event.provider": record.provider, "host.os.type": "windows",
        "host.os.family": "windows", "host.name": system.get("Computer"), "winlog.api": "wineventlog",
        "event.category": list(kind.category), "event.type": list(kind.type), "event.action": kind.action,
        "message": record.message, "@timestamp": derived.instant(record), **kind.set,
    }  # fmt: skip
    for name in ("winlog.event_id", "winlog.record_id"):
        if name in flat:
            flat[name] = str(flat[name])
    level = facts.table()["levels"].get(system.get("Level"))
    if level is not None:
        flat["log.level"] = level
    keywords = system.get("Keywords")
    if isinstance(keywords, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,16}", keywords):
        for bit, (word, outcome) in _AUDIT.items():
            if int(keywords, 16) & bit and record.channel == "Security":
                flat["winlog.keywords"], flat["event.outcome"] = [word], outcome
    return {name: value for name, value in flat.items() if value not in (None, "", [])}


def _data(record: Record) -> dict[str, Any]:
    """Event data under Sigma's names, without what the pipeline takes for nothing; unnamed data as `param1` … too."""
    empty = facts.table()["empty"].get(record.provider, ())
    data = {name: value for name, value in record.data.items() if value not in empty}
    data |= {f"param{number}": value for number, value in enumerate(record.unnamed, 1)}
    if record.unnamed:
        data["Data"] = list(record.unnamed)
    for name, value in facts.named(record, facts.categories(record)):
        if value not in empty:
            data[name] = value
    return data


def _apply(entry: Entry, value: Any, flat: dict[str, Any], record: Record) -> None:
    """Write a value where the entry says that it is."""
    if entry.values:
        found = next((m for key, m in entry.values.items() if key.lower() == str(value).lower()), {})
        flat.update(found)
    elif entry.hashes:
        for name, digest in derived.digests(str(value)).items():
            if name in entry.hashes:
                flat[entry.hashes[name]] = digest
    elif entry.separator is not None:
        parts = str(value).split(entry.separator)
        if len(parts) == len(entry.to):
            flat.update(zip(entry.to, parts, strict=True))
    else:
        _put(entry, value, flat, record)


def _put(entry: Entry, value: Any, flat: dict[str, Any], record: Record) -> None:
    """Of several places the first that the event's kind and the field's type allow."""
    kept = [name for name in entry.to if name.startswith("winlog.")]
    places = entry.to if len(kept) in (0, len(entry.to)) or facts.moves(record) else tuple(kept)
    for name in places:
        typed = typed_value(name, value)
        if typed is not None:
            flat[name] = typed
            return


def typed_value(name: str, value: Any) -> Any:
    """The value as the field's type takes it; None where it does not."""
    match Fields.of(None).field(name).sort:
        case "integer":
            return derived.number(value)
        case "ip":
            return value if isinstance(value, str) and parse_ip(value) is not None else None
        case "boolean":
            return {"true": True, "false": False}.get(str(value).lower())
        case "string" | "text":
            return value if isinstance(value, list) else str(value)
    return value


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as objects."""
    out: dict[str, Any] = {}
    for name, value in flat.items():
        *parents, last = name.split(".")
        level = out
        for part in parents:
            below = level.setdefault(part, {})
            if not isinstance(below, dict):
                break
            level = below
        else:
            level[last] = value
    return out
