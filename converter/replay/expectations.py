"""`<rule>.test.yml`: events beside a rule file and what the rule must do on each (`expect: match` or `no_match`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic, DocumentError, Source
from converter.documents import Document, load_events
from converter.documents.text import normalise, read_text
from converter.replay.cases import Case

#: Endings of a test file that takes the place of the rule file's own.
ENDINGS = (".test.yml", ".test.yaml")
_LISTS = ("tests", "cases", "testcases", "fixtures")
_ONE, _MANY, _FILE = ("event", "log"), ("events", "logs"), ("file", "logFile", "events_file")
_EXPECT = {"match": True, "true": True, "no_match": False, "no-match": False, "nomatch": False, "false": False}


def file_of(document: Document) -> Path | None:
    """The test file beside a rule's file: `rule.test.yml` for `rule.yml`."""
    return next(iter(beside(Path(document.path))), None) if document.path else None


def beside(path: Path) -> list[Path]:
    """The test files beside a rule's file; the first one is its own."""
    places = (path.with_name(path.stem + ending) for ending in ENDINGS)
    return [place for place in places if place.is_file()]


def files_of(path: Path) -> list[Path]:
    """A test file and the files of events that it names, whether they are there or not."""
    try:
        listed = _listed(path)
    except ConverterError:
        return [path]
    named = (item[key] for item in listed if isinstance(item, Mapping) for key in _FILE if item.get(key) is not None)
    return [path, *(path.parent / str(name) for name in named)]


def cases_of(document: Document) -> list[Case]:
    """The cases of the test file beside a rule; [] where there is none."""
    path = file_of(document)
    return [] if path is None else load_cases(path)


def load_cases(path: Path) -> list[Case]:
    """The cases of a test file: a list `tests` (or `cases`) of `name`, `expect` and `event`, `events` or `file`; or
    `match` and `dont-match`, lists of events each.

    `events` are one stream, `logs` and the events of a file a case each; `together` says otherwise. Raises
    `DocumentError` with every case that is wrong.
    """
    cases: list[Case] = []
    problems: list[Diagnostic] = []
    for number, item in enumerate(_listed(path), 1):
        try:
            cases += _cases(item, path)
        except _Wrong as error:
            source = Source(normalise(read_text(path)), str(path))
            problems.append(Diagnostic("document", f"test {number} {error}", "error", None, source))
    if problems:
        raise DocumentError.of(problems)
    return cases


def _listed(path: Path) -> list[Any]:
    """The tests of a file as they stand there. Raises `DocumentError`, or what reading the file raises."""
    from converter.documents.yaml_read import parse_yaml

    source = Source(normalise(read_text(path)), str(path))
    parts = parse_yaml(source)
    raw = parts[0][0] if len(parts) == 1 else None
    listed = next((raw[key] for key in _LISTS if key in raw), raw) if isinstance(raw, Mapping) else raw
    if isinstance(listed, Mapping):
        listed = list(_by_outcome(listed))
    if not isinstance(listed, list) or not listed:
        raise DocumentError("the file has no list `tests`", source=source, help="each has `event` and `expect`")
    return listed


class _Wrong(Exception):
    """What is wrong with one test."""


def _by_outcome(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key, expect in (("match", "match"), ("dont-match", "no_match"), ("no_match", "no_match")):
        for event in raw.get(key) or ():
            yield {"event": event, "expect": expect}


def _cases(item: Any, path: Path) -> list[Case]:
    if not isinstance(item, Mapping):
        raise _Wrong("is no map")
    said = item.get("expect")
    expect = _EXPECT.get(str(said).lower())
    if expect is None:
        raise _Wrong(f"expects `{said}`, not match or no_match" if said is not None else "lacks `expect`")
    reason = str(item.get("name") or item.get("reason") or item.get("description") or "")
    events = _events(item, path)
    if item.get("together", "events" in item):
        return [Case(tuple(events), expect, reason)]
    return [Case((event,), expect, reason) for event in events]


def _events(item: Mapping[str, Any], path: Path) -> list[Any]:
    given = [(key, item[key]) for key in (*_ONE, *_MANY, *_FILE) if item.get(key) is not None]
    if len(given) != 1:
        raise _Wrong("needs one of `event`, `events` and `file`")
    key, value = given[0]
    if key in _FILE:
        return list(load_events(path.parent / str(value)))
    events = [value] if key in _ONE else value
    if not isinstance(events, list) or not events or not all(isinstance(event, Mapping) for event in events):
        raise _Wrong(f"has a `{key}` that is no event")
    return events
