"""Predicates of other languages written as ES|QL: what is written means the same, or is refused with a reason."""

from __future__ import annotations

import converter
from converter import UnsupportedError
from converter.languages import get
from converter.matching import EventValues, compile_node
from tests.dsl.random_trees import FIELDS, Maker


def test_a_random_predicate_means_the_same_when_it_is_read_back() -> None:
    written, misses = 0, []
    language = get("esql")
    for seed in range(500):
        maker = Maker(seed, nested=False)
        tree = maker.tree(2)
        try:
            text = language.render(tree, FIELDS, {})
        except UnsupportedError as error:
            assert error.diagnostics
            continue
        written += 1
        query = converter.parse("esql", text, FIELDS)
        test = compile_node(tree)
        events = [maker.event() for _ in range(12)]
        expected = [i for i, event in enumerate(events) if test(EventValues(event))]
        found = [position for (position,) in converter.match(query, events)]
        if sorted(found) != expected:
            misses.append((seed, text, expected, found))
    assert misses == []
    assert written > 100
