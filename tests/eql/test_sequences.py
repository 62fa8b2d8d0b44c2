"""Sequences, samples and pipes over a stream."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter import match, parse
from converter.matching import Context
from converter.matching.sequences import find
from converter.tree import Key, Sequence, Stage, Term
from tests.eql.sequence_oracle import FLAGS, KEYS, TIME, differences, hits

FIELDS = {
    "c": "keyword",
    "k": "keyword",
    "k2": "keyword",
    "n": "long",
    "@timestamp": "date",
    "event.category": "keyword",
}


def run(text: str, *events: dict[str, Any], fields: Any = FIELDS, **options: Any) -> list[tuple[int | None, ...]]:
    """Events get a time, one second after another, where they have none; numbers are milliseconds after the first."""
    stream = []
    for i, event in enumerate(events):
        at = event.get("@timestamp", 1000 * i)
        stream.append({**event, "@timestamp": START + at if isinstance(at, int) else at})
    return match(parse("eql", text, fields), stream, **options)


START = 1_700_000_000_000
A, B, C = {"c": "a"}, {"c": "b"}, {"c": "c"}
AB = '[any where c == "a"] [any where c == "b"]'


def test_random_streams_agree_with_the_definition() -> None:
    compared, found, wrong = differences(12_000, seed=20261124)
    assert not wrong
    assert compared >= 12_000 and found > 3_000


flags = st.fixed_dictionaries(
    {"time": st.integers(0, 4), "k0": st.sampled_from(["a", "b", None, ["a", "b"]]), "k1": st.sampled_from(["a", None])}
    | {field.name: st.booleans() for field in FLAGS}
)
stages = st.builds(
    Stage, st.sampled_from([Term(field, True) for field in FLAGS]), st.just(()), st.integers(1, 2), st.just(False)
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(stages, min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from([None, 1, 3]),
    st.booleans(),
    st.lists(flags, max_size=6),
)
def test_any_stream_agrees_with_the_definition(
    parts: list[Stage], optional: bool, maxspan: int | None, until: bool, stream: list[dict[str, Any]]
) -> None:
    end = Stage(Term(FLAGS[3], True)) if until else None
    query = Sequence(tuple(parts), (Key(KEYS[0], optional), Key(KEYS[1], True)), maxspan, end)
    assert find(query, stream, Context(), TIME, "tie") == hits(query, stream)


def test_the_latest_partial_is_taken_and_the_older_are_lost() -> None:
    assert run(f"sequence {AB}", A, A, B, B) == [(1, 2)]


def test_an_event_never_follows_itself() -> None:
    same = '[any where c == "a"] [any where c == "a"]'
    assert run(f"sequence {same}", A) == []
    assert run(f"sequence {same}", A, A, A) == [(0, 1), (1, 2)]


def test_the_span_is_inclusive_and_counts_from_the_first_event() -> None:
    three = f'{AB} [any where c == "c"]'
    assert run(f"sequence with maxspan=2s {three}", A, B, C) == [(0, 1, 2)]
    assert run(f"sequence with maxspan=1999ms {three}", A, B, C) == []


def test_a_partial_past_its_span_is_used_up() -> None:
    late = {**B, "@timestamp": 9000}
    assert run(f"sequence with maxspan=5s {AB}", {**A, "@timestamp": 0}, late, {**B, "@timestamp": 4000}) == [(0, 2)]
    assert run(f"sequence with maxspan=5s {AB}", {**A, "@timestamp": 0}, {**B, "@timestamp": 6000}, late) == []


def test_order_is_time_then_tiebreaker_then_position() -> None:
    tie = {"@timestamp": 5}
    assert run(f"sequence {AB}", {**B, **tie}, {**A, **tie}) == []
    assert run(f"sequence {AB}", {**A, **tie}, {**B, **tie}) == [(0, 1)]
    assert run(f"sequence {AB}", {**B, **tie, "n": 2}, {**A, **tie, "n": 1}, tiebreaker_field="n") == [(1, 0)]
    assert run(f"sequence {AB}", {**B, "@timestamp": 2}, {**A, "@timestamp": 1}) == [(1, 0)]


def test_an_event_without_a_time_takes_no_part() -> None:
    assert run(f"sequence {AB}", {**A, "@timestamp": None}, A, {**B, "@timestamp": "soon"}, B) == [(1, 3)]


def test_until_cuts_between_its_neighbours() -> None:
    text = f'sequence {AB} until [any where c == "c"]'
    assert run(text, A, C, B) == []
    assert run(text, C, A, B, C) == [(1, 2)]
    assert run(f'sequence {AB} until [any where c == "a"]', A, B) == []
    assert run(f'sequence {AB} until [any where c == "b"]', A, B) == [(0, 1)]


def test_keys_must_be_equal_and_there() -> None:
    text = f"sequence by k {AB}"
    assert run(text, {**A, "k": "x"}, {**B, "k": "y"}) == []
    assert run(text, A, B) == []
    assert run(f"sequence by ?k {AB}", A, B) == [(0, 1)]
    assert run(text, {**A, "k": "X"}, {**B, "k": "x"}) == []


def test_each_shared_value_of_a_key_is_a_hit() -> None:
    events = {**A, "k": ["x", "y", None]}, {**B, "k": ["y", "x", "x"]}
    assert run(f"sequence by k {AB}", *events) == [(0, 1), (0, 1)]


def test_keys_of_a_stage_join_across_fields() -> None:
    text = 'sequence [any where c == "a"] by k [any where c == "b"] by k2'
    assert run(text, {**A, "k": "x"}, {**B, "k2": "x"}) == [(0, 1)]


def test_runs_repeat_a_stage() -> None:
    assert run('sequence [any where c == "a"] with runs=3', A, B, A, A, A) == [(0, 2, 3), (2, 3, 4)]


def test_a_missing_event_has_an_empty_slot() -> None:
    text = 'sequence with maxspan=5s [any where c == "a"] ![any where c == "c"] [any where c == "b"]'
    assert run(text, A, B) == [(0, None, 1)]
    assert run(text, A, C, B) == []


def test_leading_and_trailing_absences_reach_over_the_span() -> None:
    leading = 'sequence with maxspan=2s ![any where c == "c"] [any where c == "a"]'
    assert run(leading, C, A) == []
    assert run(leading, C, B, B, A) == [(None, 3)]
    trailing = 'sequence with maxspan=2s [any where c == "a"] ![any where c == "c"]'
    assert run(trailing, A, B, C) == []
    assert run(trailing, A, B, B, C) == [(0, None)]


def test_a_sample_takes_events_in_any_order_and_no_event_twice() -> None:
    text = 'sample by k [any where c == "a"] [any where n > 0] [any where n > 1]'
    x = {"k": "x"}
    assert run(text, {**B, **x, "n": 2}, {**A, **x}, {**B, **x, "n": 1}) == [(1, 2, 0)]
    assert run(text, {**B, **x, "n": 2}, {**A, **x}) == []
    assert run(text, {**A, **x, "n": 5}, {**B, "k": "y", "n": 2}, {**B, "k": "y", "n": 2}) == []


@pytest.mark.parametrize(
    ("pipes", "expected"),
    [("| head 2", [(1,), (2,)]), ("| tail 2", [(0,), (3,)]), ("| head 3 | tail 1", [(3,)]), ("| tail 0", [])],
)
def test_head_and_tail_cut_in_the_order_of_time(pipes: str, expected: list[tuple[int]]) -> None:
    times = [{**A, "@timestamp": time} for time in (9, 1, 2, 5)]
    assert run(f"any where true {pipes}", *times) == expected


def test_no_default_size_cuts_the_hits() -> None:
    assert len(run("any where true", *[A] * 50)) == 50
    assert len(run(f"sequence {AB}", *[A, B] * 2000)) == 2000


def test_nanoseconds_count() -> None:
    fields = {**FIELDS, "@timestamp": "date_nanos"}
    first, second = "2024-01-01T00:00:00.000000000Z", "2024-01-01T00:00:00.001000001Z"
    events = {**A, "@timestamp": first}, {**B, "@timestamp": second}
    assert run(f"sequence with maxspan=1ms {AB}", *events, fields=fields) == []
    assert run(f"sequence with maxspan=2ms {AB}", *events, fields=fields) == [(0, 1)]
