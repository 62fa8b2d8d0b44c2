"""The recorded EQL suites of Elasticsearch: their data, its mapping, and a run of one query."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converter import match, parse

Event = dict[str, Any]


def queries(folder: Path, name: str) -> list[dict[str, Any]]:
    return tomllib.loads((folder / name).read_text("utf-8"))["queries"]


def endgame(folder: Path) -> tuple[list[Event], dict[str, str]]:
    events = json.loads((folder / "data/endgame-140.data.json").read_text("utf-8"))
    for event in events:  # Windows FILETIME
        event["timestamp"] = (event["timestamp"] - 116444736000000000) // 10000
    return events, dynamic_types(events)


def mapped(folder: Path, name: str) -> tuple[list[Event], dict[str, Any]]:
    """Data and mapping: what extra.mapping says, and for other fields what a dynamic mapping would."""
    events = json.loads((folder / "data" / name).read_text("utf-8"))
    properties = json.loads((folder / "data/extra.mapping").read_text("utf-8"))["properties"]
    for field in properties.values():
        if str(field.get("type", "")).startswith("["):
            field["type"] = "keyword"
    for field, kind in dynamic_types(events).items():
        properties.setdefault(field, {"type": kind})
    return events, {"properties": properties}


def dynamic_types(events: list[Event]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        for name, value in leaves("", event):
            found.setdefault(name, "long" if isinstance(value, int) else "keyword")
    return found


def leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(f"{path}.{key}" if path else key, item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(path, item)
    elif value is not None:
        yield path, value


def ids(text: str, events: list[Event], fields: Any, id_field: str, time_field: str) -> list[int]:
    """The ids of all hits one after another, -1 for a missing event."""
    hits = match(
        parse("eql", text, fields),
        events,
        category_field="event_type",
        timestamp_field=time_field,
        tiebreaker_field=id_field,
    )
    return [-1 if position is None else events[position][id_field] for hit in hits for position in hit]
