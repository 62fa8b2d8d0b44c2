"""Two queries over streams: what the shapes, the prover and the small streams say of them."""

from __future__ import annotations

from typing import Any

import pytest

from converter import compare, match, parse
from converter.proof.stateful import _letters, shape_of
from converter.proof.streams import enumerated, hits, letters_of

FIELDS = {
    "c": "keyword",
    "k": "keyword",
    "k2": "keyword",
    "n": "long",
    "@timestamp": "date",
    "event.category": "keyword",
}
A, B = '[any where c == "a"]', '[any where c == "b"]'


def eql(text: str) -> Any:
    return parse("eql", text, FIELDS)


def relation(one: str, other: str) -> str:
    verdict = compare(eql(one), eql(other))
    for name, query, without in (("a_not_b", one, other), ("b_not_a", other, one)):
        found = verdict.counterexamples[name]
        if found is not None:
            first = [
                min((hit[-1] for hit in match(eql(text), found["events"])), default=99) for text in (query, without)
            ]
            assert first[0] < first[1]
    return verdict.relation


PAIR = f"sequence by k with maxspan=10s {A} {B}"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (f'sequence by k with maxspan=10s [any where c in ("a")] {B}', "equivalent"),
        (f"sequence by k with maxspan=20s {A} {B}", "broader"),
        (f"sequence by k with maxspan=5s {A} {B}", "narrower"),
        (f'sequence by k with maxspan=10s [any where c : "a"] {B}', "broader"),
        (f'sequence by k with maxspan=10s [any where c == "a" and n == 1] {B}', "narrower"),
        (f'sequence by k with maxspan=20s [any where c == "a" and n == 1] {B}', "different"),
        (f"sequence by k with maxspan=10s {B} {A}", "different"),
    ],
)
def test_spans_and_conditions_decide(other: str, expected: str) -> None:
    assert relation(PAIR, other) == expected


@pytest.mark.parametrize(
    "other",
    [
        f"sequence by k2 with maxspan=10s {A} {B}",
        f'sequence by k with maxspan=10s {A} {B} [any where c == "z"]',
        f'sequence by k with maxspan=10s {A} {B} until [any where c == "z"]',
        f"sequence by k {A} {B}",
        f"sequence by ?k with maxspan=10s {A} {B}",
    ],
)
def test_other_shapes_are_never_called_equivalent_and_a_stream_shows_the_difference(other: str) -> None:
    verdict = compare(eql(PAIR), eql(other))
    assert verdict.relation in ("unknown", "different")
    assert verdict.counterexample is not None and verdict.counterexample["events"]
    assert relation(PAIR, other) == verdict.relation


def test_more_events_are_narrower_and_fewer_broader() -> None:
    run = 'sequence by k with maxspan=10s [any where c == "a"] with runs=%d'
    assert relation(run % 4, run % 3) == "broader"
    assert relation(run % 3, run % 4) == "narrower"


def sigma(text: str) -> Any:
    rules = "".join(
        f"title: {n}\nname: {n}\nlogsource: {{product: x}}\ndetection: {{s: {{c|cased: {n}}}, condition: s}}\n---\n"
        for n in "ab"
    )
    return parse("sigma", f"{rules}title: c\ncorrelation: {text}", FIELDS)


def test_a_correlation_is_compared_with_a_sequence_and_with_another_correlation() -> None:
    ordered = sigma("{type: temporal_ordered, rules: [a, b], group-by: [k], timespan: 10s}")
    assert compare(eql(PAIR), ordered).relation == "equivalent"
    assert compare(ordered, eql(PAIR)).relation == "equivalent"
    free = sigma("{type: temporal, rules: [a, b], group-by: [k], timespan: 10s}")
    verdict = compare(ordered, free)
    assert verdict.relation == "unknown" and verdict.counterexamples["b_not_a"] is not None


def test_rules_that_swap_their_names_are_not_the_same() -> None:
    def of(names: tuple[str, str]) -> Any:
        rules = "".join(
            f"title: {name}\nname: {name}\nlogsource: {{product: x}}\n"
            f"detection: {{s: {{c|cased: {value}}}, condition: s}}\n---\n"
            for name, value in zip(names, "ab", strict=True)
        )
        body = f"{{type: temporal, rules: [{', '.join(names)}], timespan: 10s, condition: p and not q}}"
        return parse("sigma", f"{rules}title: c\ncorrelation: {body}", FIELDS)

    assert compare(of(("p", "q")), of(("p", "q"))).relation == "equivalent"
    assert compare(of(("p", "q")), of(("q", "p"))).relation in ("unknown", "different")


@pytest.mark.parametrize("bound", ["eq: 3", "lte: 3", "gte: 3, lt: 5"])
def test_where_more_events_may_end_it_only_equal_rules_are_equivalent(bound: str) -> None:
    count = "{type: event_count, rules: [%s], timespan: 10s, condition: {%s}}"
    assert compare(sigma(count % ("a", bound)), sigma(count % ("a", bound))).relation == "equivalent"
    assert compare(sigma(count % ("a", bound)), sigma(count % ("a, b", bound))).relation in ("unknown", "different")


def test_equal_steps_are_met_by_the_same_events_only() -> None:
    query = eql(f'sequence with maxspan=1m {A} with runs=3 [any where c in ("a", "b")]')
    shape = shape_of(query)
    assert not isinstance(shape, str)
    letters, complete = _letters(query, shape)
    assert complete and set(letters) == {frozenset({0, 1, 2, 3}), frozenset({3})}


def test_every_combination_of_overlapping_conditions_has_an_event() -> None:
    tests = [eql(f"any where {text}").tree for text in ('c : "a*"', 'c : "*b"', "n > 5")]
    found, complete = letters_of(tests)
    assert complete and len(found) == 7
    for letter in found:
        assert letter.event is not None
        stream = [{"@timestamp": "2026-01-01T00:00:00Z", **letter.event}]
        held = {
            at for at, text in enumerate(('c : "a*"', 'c : "*b"', "n > 5")) if hits(eql(f"any where {text}"), stream)
        }
        assert held == set(letter.holds)


def test_the_enumeration_tells_matchers_apart_that_differ() -> None:
    """Sigma's way, asked for two steps in order, against EQL's of the same: no difference. Against a count: many."""
    letters = (frozenset({0}), frozenset({1}))
    assert enumerated("temporal_ordered", 2, 0, letters) == ("equivalent", None)
    assert enumerated("temporal", 2, 0, letters)[0] == "broader"  # Sigma's `temporal` fires on b, a as well
