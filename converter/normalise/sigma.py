"""An event under the names that Sigma rules use for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.mapping import find_log_source
from converter.normalise import facts
from converter.normalise.record import Record, is_raw, read

#: Names of `System` that event data of the same name does not hide: rules mean these.
_FIRM = frozenset({"EventID", "Channel", "Provider_Name", "Level", "Keywords", "Computer"})


def native(event: Mapping[str, Any] | Record, log_source: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The event, flat, under Sigma's own names (`EventID`, `Channel`, `Provider_Name`, `Image` …).

    `log_source` is the rule's: within a category a field has the category's name (`Image` for the Security channel's
    `NewProcessName`); None takes the names of all categories that the event is of, where they hide none of its own.
    Unnamed event data is `Data`, a list; the rendered text is `Message`. Raises `UsageError` if it is no Windows event.
    """
    record = event if isinstance(event, Record) else read(event)
    own = {**record.user_data, **record.data}
    out: dict[str, Any] = {name: value for name, value in record.system.items() if value is not None}
    out |= {name: value for name, value in own.items() if name not in _FIRM or name not in out}
    for name in [name for name in own if " " in name]:  # rules write them without the blanks, or with underscores
        out.setdefault(name.replace(" ", ""), own[name])
        out.setdefault(name.replace(" ", "_"), own[name])
    if record.unnamed:
        out["Data"] = list(record.unnamed)
    if record.message:
        out["Message"] = record.message
    if "Computer" in out:
        out.setdefault("ComputerName", out["Computer"])
    category = str((log_source or {}).get("category", "")).lower()
    found = facts.categories(record)
    for name, value in facts.named(record, found & {category} if log_source else found):
        if log_source or name not in out:
            out[name] = value
    return out


def belongs(event: Mapping[str, Any] | Record, log_source: Mapping[str, Any] | None) -> bool:
    """Whether a raw Windows event is of a rule's log source: its product, its category, its service's channel.

    A category or service that no mapping knows holds for no event.
    """
    record = event if isinstance(event, Record) else read(event)
    wanted = {key: str(value).lower() for key, value in (log_source or {}).items() if isinstance(value, str)}
    if wanted.get("product", facts.WINDOWS) != facts.WINDOWS:
        return False
    if "category" in wanted and wanted["category"] not in facts.categories(record):
        return False
    if "service" not in wanted:
        return True
    source = find_log_source({"product": facts.WINDOWS, "service": wanted["service"]})
    return source is not None and record.channel.lower() in facts.channels_of(source)


def completed(event: Mapping[str, Any], log_source: Mapping[str, Any]) -> dict[str, Any] | None:
    """An event in Sigma's names as a raw Windows event: the `EventID`, `Channel` and `Provider_Name` that it leaves
    unsaid are those of the log source. None for a log source whose events no table knows, and for one in ECS."""
    if is_raw(event):
        return dict(event)
    if any("." in str(name) or isinstance(value, Mapping) for name, value in event.items()):
        return None
    code = str(event["EventID"]) if "EventID" in event else None
    found = facts.origin({key: str(value).lower() for key, value in log_source.items()}, code)
    return {**found, **event} if found else None
