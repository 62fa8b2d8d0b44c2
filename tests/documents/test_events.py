"""Event and fixture files in every form, and their damages."""

# ruff: noqa: E501 - a table is read more easily with one case a line

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from converter.diagnostics import ConverterError, SchemaError
from converter.documents import load_events, load_fixtures

EVENTS = [{"process": {"name": "a"}, "n": [1, None]}, {"process.name": "b", "@timestamp": "2024-05-31T00:00:00Z"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.ndjson", "\n".join(map(json.dumps, EVENTS)) + "\n\n"),
        ("e.jsonl", "\r\n".join(map(json.dumps, EVENTS))),
        ("e.json", json.dumps(EVENTS, indent=2)),
        ("lines.json", "\n".join(map(json.dumps, EVENTS))),
        ("e.txt", json.dumps(EVENTS)),
        ("e.yml", "- process: {name: a}\n  n: [1, null]\n- process.name: b\n  '@timestamp': 2024-05-31T00:00:00Z\n"),
        ("e.yaml", "process: {name: a}\nn: [1, null]\n---\nprocess.name: b\n'@timestamp': 2024-05-31T00:00:00Z\n"),
        ("fixtures.yml", "fixtures:\n- {events: " + json.dumps(EVENTS) + ", expect: match}\n"),
    ],
)
def test_events_are_read_from_every_form(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(text.encode())
    assert load_events(tmp_path / name) == EVENTS


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "e.ndjson.xz"
    path.write_bytes(lzma.compress("\n".join(map(json.dumps, EVENTS)).encode()))
    assert load_events(path) == EVENTS


def test_one_object_is_one_event(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_text('{\n "a": 1\n}')
    assert load_events(path) == [{"a": 1}]


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("e.ndjson", '{"a": 1}\n{"a": \n{"a": 3}', 2, "expected a value"),
        ("e.ndjson", '{"a": 1}\n\n[1]', 3, "an event is a list, expected an object"),
        ("e.ndjson", '{"a": 1}\n{"a": NaN}', 2, "`NaN` is no JSON value"),
        ("e.ndjson", '{"a": 1}\n{"a": "\\ud800"}', 2, "half of a surrogate pair"),
        ("e.json", '[{"a": 1},\n 7]', 2, "an event is a number, expected an object"),
        ("e.json", '"x"', 1, "an event is text, expected an object"),
        ("e.yml", "- a: 1\n- b\n", 2, "an event is text, expected an object"),
        ("e.yml", "a: 1\na: 2\n", 2, "the key `a` stands here a second time"),
        ("e.yml", "a: .inf\n", 1, "no number"),
        ("e.yml", "a: &x [*x]\n", 1, "nested too deeply"),
        ("e.yml", "a: !!python/object:os.system {}\n", 1, "not valid YAML"),
        ("e.json", "", 1, "the file is empty"),
    ],
)
def test_a_damaged_event_file_is_named_with_its_line(
    name: str, text: str, line: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConverterError) as caught:
        load_events(tmp_path / name)
    [found] = caught.value.diagnostics
    assert words in found.message
    assert found.position is not None and found.position.line == line


def test_fixtures_are_read_with_their_reasons(tmp_path: Path) -> None:
    path = tmp_path / "fixtures.yml"
    path.write_text("fixtures:\n  - event: {a: 1}\n    expect: match\n    reason: a is 1\n")
    assert load_fixtures(path) == [{"event": {"a": 1}, "expect": "match", "reason": "a is 1"}]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("fixtures:\n- event: {a: 1}\n  expect: hit\n", 3, "`fixtures[0].expect` is the text `hit`, expected `match` or `no_match`"),
        ("fixtures:\n- expect: match\n", 2, "`fixtures[0]` needs exactly one of `event` or `events`"),
        ("fixtures:\n- {event: {}, events: [], expect: match}\n", 2, "`fixtures[0]` needs exactly one of"),
        ("fixtures:\n- event: x\n  expect: match\n", 2, "`fixtures[0].event` is the text `x`, expected a table"),
        ("fixtures:\n- event: {}\n", 2, "`fixtures[0].expect` is missing"),
        ("tests: []\n", 1, "`fixtures` is missing"),
    ],
)  # fmt: skip
def test_a_damaged_fixture_file_is_named_with_its_line(text: str, line: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "fixtures.yml"
    path.write_text(text)
    with pytest.raises(SchemaError) as caught:
        load_fixtures(path)
    [found] = caught.value.diagnostics
    assert words in found.message
    assert found.position is not None and found.position.line == line


def test_the_large_event_file_is_read(shared: Path) -> None:
    events = load_events(shared / "events" / "windows_21k.ndjson.xz")
    assert len(events) == 21_230
    assert all(isinstance(event, dict) for event in events)
