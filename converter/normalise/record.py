"""A Windows event in any of its JSON shapes, read into one `Record`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from converter.diagnostics import UsageError

#: Windows' own name in a Sigma rule → its place below `System` in an event log's XML (element, attribute).
SYSTEM = {
    "Provider_Name": ("Provider", "Name"),
    "Provider_Guid": ("Provider", "Guid"),
    "EventID": ("EventID", None),
    "Version": ("Version", None),
    "Level": ("Level", None),
    "Task": ("Task", None),
    "Opcode": ("Opcode", None),
    "Keywords": ("Keywords", None),
    "TimeCreated": ("TimeCreated", "SystemTime"),
    "EventRecordID": ("EventRecordID", None),
    "Correlation_ActivityID": ("Correlation", "ActivityID"),
    "Execution_ProcessID": ("Execution", "ProcessID"),
    "Execution_ThreadID": ("Execution", "ThreadID"),
    "Channel": ("Channel", None),
    "Computer": ("Computer", None),
    "Security_UserID": ("Security", "UserID"),
}

#: Names that collectors (NXLog, Log Analytics, Logstash, rendered XML) give to the same, in order of preference.
FLAT = {
    "Provider_Name": ("Provider_Name", "SourceName", "EventSourceName", "Provider"),
    "Provider_Guid": ("Provider_Guid", "ProviderGuid"),
    "EventID": ("EventID", "event_id", "EventId"),
    "Version": ("Version",),
    "Level": ("Level", "EventLevel"),
    "Task": ("Task",),
    "Opcode": ("OpcodeValue", "Opcode"),
    "Keywords": ("Keywords",),
    "TimeCreated": ("TimeCreated", "SystemTime", "TimeGenerated", "@timestamp", "EventTime"),
    "EventRecordID": ("EventRecordID", "RecordNumber"),
    "Correlation_ActivityID": ("Correlation_ActivityID", "ActivityID"),
    "Execution_ProcessID": ("Execution_ProcessID", "ExecutionProcessID"),
    "Execution_ThreadID": ("Execution_ThreadID", "ThreadID"),
    "Channel": ("Channel",),
    "Computer": ("Computer", "Hostname", "ComputerName"),
    "Security_UserID": ("Security_UserID", "UserID"),
}

#: What collectors add of their own: no part of the event.
COLLECTOR = frozenset({
    "@timestamp", "@version", "host", "port", "tags", "type", "Message", "EventReceivedTime", "SourceModuleName",
    "SourceModuleType", "Severity", "SeverityValue", "EventTypeOrignal", "AccountType", "ERROR_EVT_UNRESOLVED",
    "TenantId", "SourceSystem", "EventOriginId", "ManagementGroupName", "_ResourceId", "EventLevelName", "MG",
    "TimeCollected", "SourceComputerId", "EventData", "UserData", "System", "Opcode", "Category", "ActivityID",
})  # fmt: skip
_WINLOGBEAT = {
    "Provider_Name": "provider_name", "Provider_Guid": "provider_guid", "EventID": "event_id", "Version": "version",
    "Task": "task", "Opcode": "opcode", "EventRecordID": "record_id", "Channel": "channel",
    "Computer": "computer_name", "Correlation_ActivityID": "activity_id", "TimeCreated": "time_created",
    "Level": "level",
}  # fmt: skip
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
_RENDERED = re.compile(r"<(?:Data|Param) Name=[\"']([^\"']*)[\"'](?:\s*/>|>(.*?)</(?:Data|Param)>)", re.DOTALL)


def scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what an event log can hold: texts, numbers, booleans, and lists of these."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list):
            kept = [item for item in value if isinstance(item, str | int | float)]
            if kept:
                out[str(name)] = kept
        elif isinstance(value, str | int | float):
            out[str(name)] = value
    return out


@dataclass(frozen=True)
class Record:
    """`system` under Sigma's names, `data` the named event data, `unnamed` those without a name in order, `user_data`
    the leaves below the one element of `UserData`; `message` the rendered text."""

    system: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    unnamed: tuple[Any, ...] = ()
    user_data: Mapping[str, Any] = field(default_factory=dict)
    message: str | None = None

    def __post_init__(self) -> None:
        system = {name: value for name, value in scalars(self.system).items() if not isinstance(value, list)}
        for name, clean in (
            ("system", system), ("data", scalars(self.data)), ("user_data", scalars(self.user_data)),
            ("unnamed", tuple(item for item in self.unnamed if isinstance(item, str | int | float))),
            ("message", self.message if isinstance(self.message, str) else None),
        ):  # fmt: skip
            object.__setattr__(self, name, clean)

    @property
    def provider(self) -> str:
        return str(self.system.get("Provider_Name") or "")

    @property
    def channel(self) -> str:
        return str(self.system.get("Channel") or "")

    @property
    def code(self) -> str:
        return str(self.system.get("EventID", ""))


def is_raw(event: Mapping[str, Any]) -> bool:
    """Whether it is a Windows event that no ingest pipeline has seen yet."""
    if isinstance(event.get("Event"), Mapping) or isinstance(event.get("System"), Mapping):
        return True
    if (
        "event.category" in event
        or "event.code" in event
        or (isinstance(event.get("event"), Mapping) and event["event"].get("category"))
    ):
        return False
    winlog = event.get("winlog")
    if isinstance(winlog, Mapping):
        return "event_id" in winlog and "process" not in event
    return any(name in event for name in FLAT["EventID"]) and any(
        name in event for name in ("Channel", "Provider_Name", "SourceName", "EventData")
    )


def read(event: Mapping[str, Any]) -> Record:
    """The record of an event: EVTX as JSON (`Event`, `System`, `EventData`), Winlogbeat's before its ingest pipeline,
    or flat. Raises `UsageError` where it is none of them."""
    if not is_raw(event):
        raise UsageError(
            "this is no raw Windows event", help="expected `Event`, `winlog`, or flat `EventID` and `Channel`"
        )
    inner = event["Event"] if isinstance(event.get("Event"), Mapping) else event
    if isinstance(inner.get("System"), Mapping):
        return _nested(inner)
    return _winlogbeat(event) if isinstance(event.get("winlog"), Mapping) else _flat(event)


def _nested(event: Mapping[str, Any]) -> Record:
    system = {name: value for name, place in SYSTEM.items() if (value := _place(event["System"], *place)) is not None}
    data, unnamed = _event_data(event.get("EventData"))
    user = dict(_leaves(event.get("UserData")))
    rendering = event.get("RenderingInfo")
    message = rendering.get("Message") if isinstance(rendering, Mapping) else None
    return Record(_typed(system), data, unnamed, user, message)


def _place(system: Mapping[str, Any], element: str, attribute: str | None) -> Any:
    value = system.get(element)
    if attribute is None:
        return _text(value)
    for holder in (_attributes(value), system.get(element + "_attributes"), value):
        if isinstance(holder, Mapping):
            for name in (attribute, "@" + attribute):
                if holder.get(name) is not None:
                    return holder[name]
    return value if isinstance(value, str) and attribute in ("Name", "SystemTime") else None


def _attributes(value: Any) -> Any:
    return value.get("#attributes") if isinstance(value, Mapping) else None


def _text(value: Any) -> Any:
    """The text of an element, which stands alone or beside its attributes."""
    if isinstance(value, Mapping):
        return next((value[key] for key in ("#text", "#value", "Content", "Value", "text") if key in value), None)
    return value


def _event_data(raw: Any) -> tuple[dict[str, Any], tuple[Any, ...]]:
    data: dict[str, Any] = {}
    unnamed: list[Any] = []
    for value in raw if isinstance(raw, list) else [raw]:
        if not isinstance(value, Mapping):
            unnamed += [value] if value not in (None, "") else []
            continue
        for name, item in value.items():
            if name in ("#attributes", "#text") or name.endswith("_attributes") or name.startswith("@"):
                continue
            if name == "Data":
                _data_list(item, data, unnamed)
            elif not isinstance(item, Mapping) or _text(item) is not None:
                data[name] = _value(name, _text(item))
    return data, tuple(unnamed)


def _data_list(raw: Any, data: dict[str, Any], unnamed: list[Any]) -> None:
    """`Data` elements: each with a name of its own, or plain values."""
    for item in raw if isinstance(raw, list) else [raw]:
        name = None
        if isinstance(item, Mapping):
            holder = _attributes(item) or item
            name = next((holder[key] for key in ("Name", "@Name", "name") if key in holder), None)
        value = _text(item)
        if name is not None:
            data[str(name)] = _value(str(name), value)
        elif isinstance(value, list):
            unnamed += value
        elif value is not None:
            unnamed.append(value)


def _leaves(raw: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of each leaf, by its own name; the first of several wins no more than the last."""
    if not isinstance(raw, Mapping):
        return
    for name, value in raw.items():
        if name == "#attributes" or name.endswith("_attributes") or name.startswith("@") or name == "xmlns":
            continue
        if isinstance(value, Mapping) and _text(value) is None:
            yield from _leaves(value)
        elif value is not None:
            yield name, _value(name, _text(value))


def _winlogbeat(event: Mapping[str, Any]) -> Record:
    winlog = event["winlog"]
    system = {name: winlog[key] for name, key in _WINLOGBEAT.items() if winlog.get(key) not in (None, "")}
    system["TimeCreated"] = winlog.get("time_created") or event.get("@timestamp")
    data = {str(name): _value(str(name), value) for name, value in _mapping(winlog.get("event_data")).items()}
    unnamed: list[Any] = []
    while (value := data.get(f"param{len(unnamed) + 1}")) is not None:
        unnamed.append(value)
    user = {str(name): value for name, value in _mapping(winlog.get("user_data")).items() if name != "xml_name"}
    return Record(_typed(system), data, tuple(unnamed), user, event.get("message"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _flat(event: Mapping[str, Any]) -> Record:
    system: dict[str, Any] = {}
    used: set[str] = set()
    for name, places in FLAT.items():
        found = [place for place in places if event.get(place) not in (None, "")]
        if found:
            system[name] = event[found[0]]
            used.update(name for name in found if name != "SourceName" or name == found[0])
    rendered: dict[str, Any] = {}
    unnamed: tuple[Any, ...] = ()
    for container in (event.get("EventData"), event.get("UserData")):
        if isinstance(container, str):
            rendered |= {name: html.unescape(value) for name, value in _RENDERED.findall(container)}
        elif isinstance(container, Mapping | list):
            more, unnamed = _event_data(container)
            rendered |= more
    if "SourceModuleType" in event and "EventTypeOrignal" not in event:  # NXLog's own, not the event's
        used.add("EventType")
    rest = {name: value for name, value in event.items() if name not in used and name not in COLLECTOR}
    data = {name: _value(name, value) for name, value in (rendered | rest).items() if value is not None}
    if isinstance(data.get("Data"), list):
        unnamed = tuple(data.pop("Data"))
    return Record(_typed(system), data, unnamed, {}, event.get("Message"))


def _value(name: str, value: Any) -> Any:
    """As Windows writes it: booleans in words, GUIDs in braces."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and name.lower().endswith("guid") and (found := _GUID.fullmatch(value)):
        return "{" + found[1].lower() + "}"
    return value


def _typed(system: dict[str, Any]) -> dict[str, Any]:
    """Numbers as numbers, keywords in hexadecimal as Windows shows them (unsigned)."""
    for name in ("EventID", "Version", "Level", "Task", "Opcode", "EventRecordID", "Execution_ProcessID"):
        value = system.get(name)
        if isinstance(value, str) and value.strip().isdigit():
            system[name] = int(value)
    keywords = system.get("Keywords")
    if isinstance(keywords, str) and re.fullmatch(r"-?\d+", keywords):
        keywords = int(keywords)
    if isinstance(keywords, int):
        system["Keywords"] = hex(keywords & 0xFFFFFFFFFFFFFFFF)
    return system
