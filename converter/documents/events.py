"""Event files and fixture files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from converter.diagnostics import Diagnostic, DocumentError, ParseError, SchemaError, Source, Span
from converter.documents.json_read import checked, kind_of, lazy_json, parse_json
from converter.documents.positions import Spots, nearest
from converter.documents.text import normalise, read_text
from converter.normalise.evtx import load_evtx

_PACKED = (".xz", ".gz", ".bz2")


def load_events(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The events of a file, in order: NDJSON, JSON (one event, a list, or several one after the other), YAML (the same,
    or one document an event), EVTX.

    Of a fixture file, all its events. Raises `UsageError` (no file, no package for EVTX), `ParseError` or
    `DocumentError`, with the line.
    """
    path = Path(path)
    if path.suffix.lower() == ".evtx":
        return load_evtx(path)
    source = Source(normalise(read_text(path)), str(path))
    if not source.text.strip():
        raise DocumentError("the file is empty", source=source, help="expected events as NDJSON, JSON or YAML")
    suffix = _suffix(path)
    if suffix in (".ndjson", ".jsonl"):
        return _ndjson(source)
    if suffix == ".json" or (suffix not in (".yml", ".yaml") and source.text.lstrip()[0] in "{["):
        return _ndjson(source) if _many_lines(source.text) else _json(source)
    return _yaml(source)


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _many_lines(text: str) -> bool:
    """Whether a `.json` file holds an object on each line."""
    lines = [line for line in text.split("\n", 20)[:20] if line.strip()]
    return len(lines) > 1 and all(line.startswith("{") and line.rstrip().endswith("}") for line in lines[:-1])


def _ndjson(source: Source) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    problems: list[Diagnostic] = []
    at = 0
    for line in source.text.split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip():
            continue
        try:
            event = _quick(line)
            if event is None:
                event = parse_json(source, start, start + len(line))
                event = checked(event, source, lazy_json(source.text, start))
        except (DocumentError, ParseError) as error:
            problems += error.diagnostics
            continue
        if isinstance(event, dict):
            events.append(event)
        else:
            span = Span(start, start + len(line))
            problems.append(_no_event(event, source, span))
        if len(problems) >= 20:
            break
    if problems:
        raise DocumentError.of(problems)
    return events


def _quick(line: str) -> Any:
    """The line's value on the fast way; None if it needs the careful one (an error, half a surrogate pair)."""
    if "\\ud" in line or "\\uD" in line or "NaN" in line or "Infinity" in line:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _no_event(value: Any, source: Source, span: Span | None) -> Diagnostic:
    return Diagnostic("document", f"an event is {kind_of(value)}, expected an object", "error", span, source)


def _json(source: Source) -> list[dict[str, Any]]:
    parts = _parts(source.text)
    if len(parts) > 1:
        return [
            event
            for start, stop in parts
            for spots in [lazy_json(source.text, start)]
            for event in _listed(checked(parse_json(source, start, stop), source, spots), source, spots)
        ]
    spots = lazy_json(source.text)
    return _listed(checked(parse_json(source), source, spots), source, spots)


def _parts(text: str) -> list[tuple[int, int]]:
    """Where the values of a text stand that holds several, one after the other; [] if one of them cannot be read."""
    decoder = json.JSONDecoder()
    found: list[tuple[int, int]] = []
    at = 0
    while (at := _behind_blanks(text, at)) < len(text):
        try:
            _, stop = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        found.append((at, stop))
        at = stop
    return found


def _behind_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _yaml(source: Source) -> list[dict[str, Any]]:
    from converter.documents.yaml_read import parse_yaml

    parts = parse_yaml(source)
    return [event for value, _, spots in parts for event in _listed(value, source, spots)]


def _listed(value: Any, source: Source, spots: Callable[[], Spots]) -> list[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("fixtures"), list):
        fixtures = _fixtures(value, source, spots)
        return [event for fixture in fixtures for event in fixture_events(fixture)]
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise DocumentError.of([_no_event(value, source, None)])
    problems = [
        _no_event(event, source, spots()[(index,)].value if (index,) in spots() else None)
        for index, event in enumerate(value)
        if not isinstance(event, dict)
    ]
    if problems:
        raise DocumentError.of(problems[:20])
    return value


def load_fixtures(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The fixtures of a `fixtures.yml` (or JSON) file: `event` or `events`, `expect` (`match` or `no_match`), `reason`.

    Raises `UsageError`, `ParseError` or `SchemaError`, with the line.
    """
    from converter.documents.yaml_read import parse_yaml

    source = Source(normalise(read_text(os.fspath(path))), os.fspath(path))
    parts = parse_yaml(source)
    if len(parts) != 1:
        what = "is empty" if not parts else "holds several YAML documents, expected one"
        raise DocumentError(f"the file {what}", source=source, help="a fixture file begins with `fixtures:`")
    value, _, spots = parts[0]
    return _fixtures(value, source, spots)


def _fixtures(value: Any, source: Source, spots: Callable[[], Spots]) -> list[dict[str, Any]]:
    from converter.documents.schema import check_data

    problems: list[Diagnostic] = []

    def report(path: Sequence[str | int], message: str, help: str | None) -> None:
        found = nearest(spots(), tuple(path))
        span = (found[1].key or _head(found[1].value)) if found else None
        problems.append(Diagnostic("schema", message, "error", span, source, help))

    check_data("fixtures.json", value, report)
    if problems:
        raise SchemaError.of(problems)
    fixtures: list[dict[str, Any]] = value["fixtures"]
    return fixtures


def _head(span: Span) -> Span:
    return Span(span.start, span.start + 1)


def fixture_events(fixture: dict[str, Any]) -> list[dict[str, Any]]:
    """The stream of a fixture: its `events`, or its one `event`."""
    return fixture["events"] if "events" in fixture else [fixture["event"]]
