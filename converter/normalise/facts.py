"""What the mapping files and the pipelines' own table say about a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from converter.mapping import Entry, LogSource, platforms
from converter.normalise.record import Record

WINDOWS = "windows"


@dataclass(frozen=True)
class Meaning:
    """What the pipelines write for one kind of event: lists for category and type, the action, and fields set."""

    category: tuple[str, ...]
    type: tuple[str, ...]
    action: str | None
    set: Mapping[str, Any]


@cache
def table() -> Mapping[str, Any]:
    """The pipelines' table (`data/windows.yml`)."""
    import yaml

    text = files("converter.normalise").joinpath("data").joinpath("windows.yml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def _meanings() -> Mapping[tuple[str, str], Meaning]:
    return {
        (provider, str(code)): Meaning(
            _many(group.get("category")), _many(group.get("type")), action, group.get("set", {})
        )
        for provider, groups in table()["events"].items()
        for group in groups
        for code, action in group["events"].items()
    }  # fmt: skip


def meaning(record: Record) -> Meaning:
    """Empty for a kind of event that no pipeline knows."""
    return _meanings().get((record.provider, record.code), Meaning((), (), None, {}))


def _many(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def is_of(record: Record, row: Mapping[str, Any]) -> bool:
    """Whether a row's `provider` or `channel` is the record's; the case of a channel's name does not count."""
    if "provider" in row:
        return bool(record.provider == row["provider"])
    return bool(record.channel.lower() == str(row["channel"]).lower())


def categories(record: Record) -> frozenset[str]:
    """The Sigma categories that an event is of."""
    return frozenset(
        name
        for row in table()["categories"]
        if is_of(record, row)
        for name, codes in row["events"].items()
        if record.code in map(str, codes)
    )


def log_sources(record: Record) -> list[LogSource]:
    """The log sources of the mapping that the event is of: by category, by the service's channel, `windows` itself."""
    own = categories(record)
    return [source for source in _windows() if _is_in(record, source, own)]


def _is_in(record: Record, source: LogSource, own: frozenset[str]) -> bool:
    if "category" in source.when:
        return source.when["category"] in own
    channels = channels_of(source)
    return not channels or record.channel.lower() in channels


def channels_of(source: LogSource) -> frozenset[str]:
    """The channels that a service's conditions name, in lower case; none where they name no channel."""
    found = source.conditions.get("winlog.channel", ()) if isinstance(source.conditions, Mapping) else ()
    return frozenset(item.lower() for item in _many(found))


@cache
def _windows() -> tuple[LogSource, ...]:
    return tuple(source for platform in platforms() if platform.name == WINDOWS for source in platform.log_sources)


def entries(sources: list[LogSource]) -> Mapping[str, Entry]:
    """Sigma field → entry, of all the log sources; an exact one before an approximate one."""
    return _entries(tuple(source.title for source in sources))


@cache
def _entries(titles: tuple[str, ...]) -> Mapping[str, Entry]:
    found: dict[str, Entry] = {}
    for source in _windows():
        if source.title in titles:
            for name, entry in source.entries.items():
                if name not in found or (found[name].approximate and not entry.approximate):
                    found[name] = entry
    return found


def named(record: Record, categories_of: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Values under the names of the record's Sigma category, for providers that have names of their own."""
    for row in table()["names"]:
        if not is_of(record, row) or record.code not in map(str, row["events"]) or row["category"] not in categories_of:
            continue
        for name, own in row["fields"].items():
            parts = [record.data.get(part) for part in ([own] if isinstance(own, str) else own)]
            if None not in parts:
                yield name, parts[0] if len(parts) == 1 else "\\".join(map(str, parts))


def moves(record: Record) -> bool:
    """Whether the pipeline moves data out of events of this kind that it leaves in others."""
    return any(
        is_of(record, row) and (record.code in map(str, row["events"])) is not row.get("but", False)
        for row in table()["moved"]
    )


#: The channels of the providers that the table's categories name.
_CHANNELS = {
    "Microsoft-Windows-Sysmon": "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-Security-Auditing": "Security",
}
_PROVIDERS = {"Windows PowerShell": "PowerShell", **{channel: provider for provider, channel in _CHANNELS.items()}}


def origin(log_source: Mapping[str, str], code: str | None) -> dict[str, Any]:
    """Provider, channel and event id of an event of a Windows log source; `code` is its id where it is known. {} where
    the tables do not say it."""
    if log_source.get("product", WINDOWS) != WINDOWS:
        return {}
    for row in table()["categories"]:
        codes = [str(item) for item in row["events"].get(log_source.get("category", ""), ())]
        if codes and (code is None or code in codes):
            channel = row.get("channel") or _CHANNELS[row["provider"]]
            provider = row.get("provider") or _PROVIDERS.get(channel, channel.partition("/")[0])
            return {"Provider_Name": provider, "Channel": channel, "EventID": int(code or codes[0])}
    if "category" in log_source or "service" not in log_source or code is None:
        return {}
    for source in _windows():
        if source.when.get("service") == log_source["service"] and isinstance(source.conditions, Mapping):
            channel = next(iter(_many(source.conditions.get("winlog.channel"))), None)
            if channel is not None:
                provider = _PROVIDERS.get(channel, channel.partition("/")[0])
                return {"Provider_Name": provider, "Channel": channel, "EventID": int(code) if code.isdigit() else code}
    return {}
