"""Replay of forms over events, and why a form decides as it does. Trees are written by hand: no language is needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter.diagnostics import Source, UnsupportedError
from converter.fields import Fields
from converter.query import Query
from converter.replay import explain, replay, why
from converter.tree import (
    ANY,
    And,
    Category,
    Exists,
    Field,
    Glob,
    Nested,
    Node,
    Not,
    Or,
    Range,
    Sequence,
    Stage,
    Term,
)  # fmt: skip
from converter.tree.describe import describe

NAME, PID = Field("process.name"), Field("process.pid", "long")


def query(tree: Any, language: str = "eql") -> Query:
    return Query(language, "", tree, Fields.of(None), Source(""))


CMD = query(Glob(NAME, ("cmd.exe",)))
ANY_CASE = query(Glob(NAME, ("cmd.exe",), "ascii"))
EVENTS: list[dict[str, Any]] = [{"process.name": "cmd.exe"}, {"process": {"name": "CMD.EXE"}}, {}]


def test_forms_that_pick_the_same_events_agree() -> None:
    out = replay({"a": CMD, "b": CMD}, EVENTS)
    assert out.agrees
    assert out.differing == ()
    assert [form.picked for form in out.forms] == [(0,), (0,)]
    assert out.text() == "2 forms, 3 events: the same outcome on 3, different on 0"


def test_an_event_that_tells_forms_apart_stands_in_the_table() -> None:
    out = replay({"exact": CMD, "folded": ANY_CASE}, EVENTS, labels=["lower", "upper", "missing"])
    assert not out.agrees
    assert out.differing == (1,)
    assert out.text().splitlines()[:2] == ["event  exact  folded", "1      no     yes     upper"]
    assert len(out.text(everything=True).splitlines()) == 5
    assert out.as_json()["differing"] == [{"event": 1, "verdicts": {"exact": False, "folded": True}, "label": "upper"}]
    json.dumps(out.as_json())


def test_a_fixture_that_expects_otherwise_differs_even_if_all_forms_agree() -> None:
    out = replay({"a": CMD}, EVENTS, expected=[True, True, None])
    assert out.differing == (1,)
    assert out.as_json()["differing"][0]["expected"] is True


def test_a_form_without_a_verdict_says_why_and_stops_no_other() -> None:
    sequence = query(Sequence((Stage(CMD.tree), Stage(CMD.tree))))
    out = replay({"seq": sequence, "a": CMD}, EVENTS)
    assert not out.agrees
    assert "seq: no verdict: a query of kind `sequence` has no verdict for each event" in out.text()
    assert out.forms[1].picked == (0,)


def test_a_stream_query_is_replayed_by_the_matcher_that_is_given() -> None:
    sequence = query(Sequence((Stage(CMD.tree), Stage(CMD.tree))))
    out = replay({"seq": sequence}, EVENTS, match=lambda _query, _events: [(0, 1), (0, None)])
    assert out.forms[0].hits == ((0, 1), (0, None))
    assert out.forms[0].picked == (0, 1)
    assert out.agrees


def test_a_category_is_read_from_the_field_that_the_query_names() -> None:
    form = Query("eql", "", Category("process"), Fields.of(None), Source(""), category_field="event_type")
    events = [{"event_type": "process"}, {"event.category": "process"}]
    assert replay({"a": form}, events).forms[0].picked == (0,)
    assert "event_type" in why(form, events[0])


def test_why_shows_each_condition_and_marks_those_that_decided() -> None:
    tree = And((Glob(NAME, ("cmd.exe",)), Not(Range(PID, low=10)), Exists(Field("user.name"))))
    lines = why(query(tree), {"process": {"name": "cmd.exe", "pid": 4}}).splitlines()
    assert lines == [
        "> false all of",
        '  true    process.name is "cmd.exe"   [process.name: "cmd.exe"]',
        "  true    not",
        "  false     process.pid >= 10   [process.pid: 4]",
        "> false   user.name exists   [user.name: no value]",
    ]


def test_why_marks_every_part_where_all_were_needed() -> None:
    reason = explain(query(Or((Term(PID, 1), Term(PID, 2)))), {"process.pid": 3})
    assert [(child.truth, child.decided) for child in reason.children] == [(False, True), (False, True)]
    reason = explain(query(Or((Term(PID, 1), Term(PID, 3)))), {"process.pid": 3})
    assert [(child.truth, child.decided) for child in reason.children] == [(False, False), (True, True)]
    json.dumps(reason.as_json())


def test_why_joins_patterns_of_one_field_and_shows_the_one_that_matched() -> None:
    globs = tuple(Glob(NAME, (f"{letter}.exe",), "ascii") for letter in "abcdefghi")
    lines = why(query(Or(globs)), {"process.name": "i.EXE"}).splitlines()
    assert len(lines) == 3
    assert lines[1].startswith('  false   process.name matches one of "a.exe", "b.exe"')
    assert "and 2 more (any case)" in lines[1]
    assert lines[2] == '> true    process.name is "i.exe" (any case)   [process.name: "i.EXE"]'


def test_why_shows_the_object_that_passed() -> None:
    inner = Field("u.name", nested="u")
    tree: Node = Nested("u", Glob(inner, ("x", ANY)))
    text = why(query(tree), {"u": [{"name": "a"}, {"name": "xy"}]})
    assert "object 2" in text
    assert "object 1" not in text
    assert 'u.name matches "x*"   [u.name: "xy"]' in text
    assert "object 1" in why(query(tree), {"u": [{"name": "a"}]})


def test_why_explains_each_stage_of_a_sequence() -> None:
    text = why(query(Sequence((Stage(CMD.tree), Stage(Exists(PID), missing=True)))), {"process.name": "cmd.exe"})
    assert "stage 1" in text
    assert "stage 2 (must not come)" in text


def test_a_pipeline_has_no_reasons_for_one_event() -> None:
    with pytest.raises(UnsupportedError):
        explain(query(object(), "esql"), {})


def test_a_literal_star_is_told_from_a_wild_one() -> None:
    assert describe(Glob(NAME, ("a*", ANY))) == 'process.name matches "a\\**"'
    assert describe(Glob(NAME, ("a*",))) == 'process.name is "a*"'


def test_values_are_written_as_their_type_is() -> None:
    assert describe(Term(Field("ip", "ip"), (0xFFFF << 32) + 0x0A000001)) == "ip is 10.0.0.1"
    assert describe(Range(Field("t", "date"), low=0, high_open=True, high=1000)) == (
        "t >= 1970-01-01T00:00:00.000Z and < 1970-01-01T00:00:01.000Z"
    )
