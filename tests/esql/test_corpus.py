"""All public ES|QL rules, the recorded answers to them, and the recorded tests of Elasticsearch itself."""

from __future__ import annotations

from pathlib import Path

import converter
from tests.esql.recorded import ask_case, ask_rule, cases, rules


def test_every_public_rule_reads_back_as_the_same_tree(shared: Path) -> None:
    misses, count = [], 0
    for document in converter.load(shared / "corpora" / "elastic"):
        if document.language != "esql":
            continue
        count += 1
        query = converter.parse("esql", document.data["query"])
        text = converter.render(query, "esql")
        again = converter.parse("esql", text)
        if again.tree != query.tree or converter.render(again, "esql") != text:
            misses.append(document.path)
    assert misses == []
    assert count > 100


def test_recorded_rules_give_the_recorded_rows(shared: Path) -> None:
    records = list(rules(shared))
    misses = [(record["rule_id"], miss) for record in records if (miss := ask_rule(record)) is not None]
    assert misses == []
    assert len(records) > 100


def test_tests_of_elasticsearch_give_the_recorded_rows(shared: Path) -> None:
    found = list(cases(shared))
    misses = [(case.name, miss) for case in found if (miss := ask_case(shared, case)) is not None]
    assert misses == []
    assert len(found) > 50
