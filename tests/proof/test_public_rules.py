"""Proofs over real rules: the text of a rule against the Query DSL that a real Elasticsearch was asked for it."""

from __future__ import annotations

import json
import lzma
import statistics
import time
from pathlib import Path

from converter import compare, parse
from converter.matching import EventValues
from converter.proof.compare import condition_of, predicate


def test_every_rule_in_eql_is_equivalent_to_the_dsl_that_was_run_for_it(shared: Path) -> None:
    misses, times = [], []
    with lzma.open(shared / "conformance/elasticsearch-rules/eql.jsonl.xz") as lines:
        for line in lines:
            case = json.loads(line)
            rule = parse("eql", case["query"], case["mapping"], category_field=case.get("event_category_field"))
            other = parse("dsl", json.dumps(case["dsl"]), case["mapping"])
            started = time.process_time()
            verdict = compare(rule, other)
            times.append(time.process_time() - started)
            if verdict.relation != "equivalent":
                misses.append((case["rule_id"], verdict.relation, verdict.counterexample, verdict.notes))
    assert not misses
    assert len(times) > 500
    assert statistics.median(times) < 0.01


def test_a_rule_without_one_of_its_conditions_is_never_equivalent_on_the_recorded_events(shared: Path) -> None:
    from converter.tree import And

    seen = 0
    with lzma.open(shared / "conformance/elasticsearch-rules/eql.jsonl.xz") as lines:
        for number, line in enumerate(lines):
            if number % 10:
                continue
            case = json.loads(line)
            tree = condition_of(parse("eql", case["query"], case["mapping"]))
            if not isinstance(tree, And):
                continue
            decide = predicate(tree)
            for i in range(len(tree.items)):
                rest = And((*tree.items[:i], *tree.items[i + 1 :]))
                verdict = compare(tree, rest)
                told = predicate(rest)
                more = any(told(e) and not decide(e) for e in map(EventValues, case["events"]))
                assert verdict.relation in ("broader", "equivalent"), (case["rule_id"], i, verdict)
                assert verdict.relation == "broader" or not more, (case["rule_id"], i)
                seen += 1
    assert seen > 150
