"""EQL against what Elasticsearch is recorded to return: all queries, with sequences, and all folded expressions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter import ConverterError, match, parse, render
from converter.languages.eql import fold_expression
from tests.eql.recorded import endgame, ids, mapped, queries

SUITES = {
    "test_queries.toml": (endgame, "serial_event_id", "timestamp"),
    "additional_test_queries.toml": (endgame, "serial_event_id", "timestamp"),
    "test_extra.toml": (lambda folder: mapped(folder, "extra.data"), "sequence", "@timestamp"),
    "test_missing_events.toml": (lambda folder: mapped(folder, "missing-events.data"), "sequence", "@timestamp"),
}


@pytest.mark.parametrize("suite", SUITES)
def test_queries_find_the_recorded_events_and_so_do_their_renderings(shared: Path, suite: str) -> None:
    folder = shared / "conformance/elasticsearch-eql"
    load, id_field, time_field = SUITES[suite]
    events, fields = load(folder)
    misses = []
    for case in queries(folder, suite):
        try:
            again = render(parse("eql", case["query"], fields), "eql")
            found = [ids(text, events, fields, id_field, time_field) for text in (case["query"], again)]
        except ConverterError as error:
            found = [error.render()]
        if any(one != case["expected_event_ids"] for one in found):
            misses.append((case["name"], case["expected_event_ids"], found))
    assert not misses


def test_expressions_fold_to_the_recorded_values(shared: Path) -> None:
    cases = json.loads((shared / "conformance/elasticsearch-eql/string_function_folds.json").read_text("utf-8"))
    misses = [(c, got) for c in cases if (got := fold_expression(c["expression"])) != c["expected"]]
    assert not misses


def test_event_rules_find_what_a_real_node_found(shared: Path) -> None:
    import lzma

    misses = []
    events = hits = 0
    with lzma.open(shared / "conformance/elasticsearch-rules/eql.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            query = parse("eql", case["query"], case["mapping"])
            category = case.get("event_category_field", "event.category")
            found = [hit[0] for hit in match(query, case["events"], category_field=category)]
            events, hits = events + len(case["events"]), hits + len(found)
            if found != case["matched"]:
                misses.append((case["rule_id"], sorted(set(found) ^ set(case["matched"]))))
    assert not misses
    assert events > 40_000 and hits > 20_000
