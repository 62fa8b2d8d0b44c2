"""Random events near a query."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter.fields import Fields
from converter.matching import EventValues, compile_node
from converter.replay.near import near
from converter.tree import (
    ANY,
    ONE,
    And,
    Category,
    Cidr,
    Const,
    Field,
    Glob,
    Length,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Term,
)

NAME, PID, IP = Field("process.name"), Field("process.pid", "long"), Field("source.ip", "ip")
TREES: dict[str, Node] = {
    "glob": Glob(NAME, ("c", ANY, "d", ONE), "ascii"),
    "regex": Regex(NAME, "[a-c]+x|y{2,3}"),
    "numbers": And((Range(PID, low=5, high=9), Not(Term(PID, 7)))),
    "addresses": Cidr(IP, "10.0.0.0/8"),
    "length": Length(NAME, low=3, high=5),
    "phrase": Phrase(Field("message", "text"), ("access", "denied")),
    "dates": Range(Field("t", "date"), low=1_000_000, high_open=True, high=2_000_000),
    "boolean": Term(Field("signed", "boolean"), False),
    "category": And((Category("process"), Or((Glob(NAME, ("a",)), Glob(NAME, ("b",)))))),
    "nested": Nested("u", And((Glob(Field("u.n", nested="u"), ("x",)), Term(Field("u.i", "long", nested="u"), 1)))),
    "negated": Not(Glob(NAME, ("a",))),
}


def decisions(tree: Node, events: list[dict[str, Any]]) -> set[bool]:
    test = compile_node(tree)
    return {test(EventValues(event)) for event in events}


@pytest.mark.parametrize("name", TREES)
def test_events_near_a_query_fall_on_both_sides_of_it(name: str) -> None:
    assert decisions(TREES[name], near(TREES[name], 60)) == {True, False}


@pytest.mark.parametrize("name", TREES)
def test_the_same_seed_gives_the_same_events_and_they_are_json(name: str) -> None:
    first = near(TREES[name], 20, seed=4)
    assert json.loads(json.dumps(first)) == first == near(TREES[name], 20, seed=4)
    assert first != near(TREES[name], 20, seed=5)


def test_a_query_without_fields_gets_its_events_too() -> None:
    assert near(Const(True), 3) == [{}, {}, {}]


def test_values_are_single_several_null_missing_and_nested() -> None:
    events = near(TREES["glob"], 400)
    values = [event.get("process.name", event.get("process")) for event in events]
    assert {type(value) for value in values} >= {str, list, dict, type(None)}


def test_the_category_is_put_where_the_query_reads_it() -> None:
    events = near(Category("process"), 4, category=Fields.of(None).field("event_type"))
    assert any("event_type" in event for event in events)
