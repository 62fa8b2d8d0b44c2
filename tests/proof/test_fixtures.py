"""Fixtures: the outcome that they state is the evaluator's, and small mistakes in a rule do not get past them."""

from __future__ import annotations

import json
import lzma
import statistics
import sys
from pathlib import Path
from random import Random

import pytest
import yaml

from converter import parse
from converter.diagnostics import UnsupportedError
from converter.matching import EventValues
from converter.proof import compare, dump_fixtures, fixtures
from converter.proof.compare import condition_of, predicate
from converter.proof.mutants import mutants
from converter.tree import And, Field, Glob, Not, Or, Range, Term, glob

sys.path.insert(0, str(Path(__file__).parent))

from tests.proof import random_trees
from tests.proof.other_mutants import random_mutants

RULE = And(
    (
        Glob(Field("event.type"), ("start",)),
        Or(
            (Glob(Field("process.name"), ("cmd.exe",), "ascii"), Glob(Field("process.name"), glob("pow*.exe"), "ascii"))
        ),
        Glob(Field("process.args"), glob("*-enc*"), "ascii"),
        Range(Field("process.pid", "long"), 4, None, True),
        Not(And((Glob(Field("user.id"), ("S-1-5-18",)), Term(Field("ok", "boolean"), True)))),
    )
)


def test_fixtures_state_what_the_evaluator_says() -> None:
    decide = predicate(RULE)
    made = fixtures(RULE)
    assert {case.expect for case in made} == {True, False}
    assert all(decide(EventValues(case.event or {})) == case.expect for case in made)
    assert made[0].expect
    assert made[0].event == {
        "event.type": "start", "process.name": "cmd.exe", "process.args": "-enc", "process.pid": 5,
    }  # fmt: skip


def test_fixtures_are_the_same_every_time_and_few() -> None:
    assert fixtures(RULE) == fixtures(RULE)
    assert len(fixtures(RULE)) <= 25


def test_reasons_say_what_a_fixture_shows() -> None:
    said = " | ".join(case.reason for case in fixtures(RULE))
    for part in (
        "`process.name` in other case",
        "`event.type` missing",
        "several values of",
        "lower bound",
        "`user.id`",
    ):
        assert part in said


def test_every_mutant_of_the_generator_is_killed_or_the_same() -> None:
    cases = [(EventValues(case.event or {}), case.expect) for case in fixtures(RULE)]
    for mutant in mutants(RULE):
        decide = predicate(mutant.tree)
        if all(decide(values) == expect for values, expect in cases):
            assert compare(RULE, mutant.tree).relation == "equivalent", mutant.reason


def test_fixtures_survive_their_file() -> None:
    made = fixtures(RULE)
    read = yaml.safe_load(dump_fixtures(made))["fixtures"]
    assert [item["event"] for item in read] == [case.event for case in made]
    assert [item["expect"] == "match" for item in read] == [case.expect for case in made]


@pytest.mark.parametrize("seed", range(40))
def test_fixtures_of_random_trees_agree_with_the_evaluator(seed: int) -> None:
    tree = random_trees.tree(Random(seed), 2, True)
    decide = predicate(tree)
    assert all(decide(EventValues(case.event or {})) == case.expect for case in fixtures(tree))


def test_a_query_over_streams_has_streams_as_fixtures() -> None:
    cases = fixtures(parse("eql", "sequence [process where true] [file where true]"))
    assert {case.expect for case in cases} == {True, False}
    assert all(case.event is None and case.events for case in cases)
    with pytest.raises(UnsupportedError):
        fixtures(parse("esql", "FROM x | STATS c = MAX(process.pid)"))


def test_public_rules_have_small_fixtures_that_catch_random_mistakes(shared: Path) -> None:
    sizes, killed, survived = [], 0, []
    with lzma.open(shared / "conformance/elasticsearch-rules/eql.jsonl.xz") as lines:
        for number, line in enumerate(lines):
            if number % 36 or len(line) > 60_000:  # rules with hundreds of values take seconds
                continue
            case = json.loads(line)
            tree = condition_of(parse("eql", case["query"], case["mapping"]))
            assert tree is not None
            made = fixtures(tree)
            decide = predicate(tree)
            cases = [(EventValues(item.event or {}), item.expect) for item in made]
            assert all(decide(values) == expect for values, expect in cases), case["rule_id"]
            sizes.append(len(made))
            for name, mutant in random_mutants(tree, 15, number):
                changed = predicate(mutant)
                if any(changed(values) != expect for values, expect in cases):
                    killed += 1
                elif name != "_wildcard_in" and compare(tree, mutant).relation != "equivalent":
                    survived.append((case["rule_id"], name))
    assert statistics.median(sizes) < 45
    # a slip in a value that another one covers anyway only shows on the slip itself
    assert killed / (killed + len(survived)) > 0.98, survived


def test_recorded_events_never_contradict_a_verdict_on_a_changed_rule(shared: Path) -> None:
    proofs = 0
    with lzma.open(shared / "conformance/elasticsearch-rules/eql.jsonl.xz") as lines:
        for number, line in enumerate(lines):
            if number % 12:
                continue
            case = json.loads(line)
            tree = condition_of(parse("eql", case["query"], case["mapping"]))
            assert tree is not None
            decide = predicate(tree)
            events = [EventValues(event) for event in case["events"]]
            truth = [decide(values) for values in events]
            for _, mutant in random_mutants(tree, 6, number):
                verdict = compare(tree, mutant)
                changed = predicate(mutant)
                found = [changed(values) for values in events]
                only_a = any(a and not b for a, b in zip(truth, found, strict=True))
                only_b = any(b and not a for a, b in zip(truth, found, strict=True))
                proofs += 1
                assert not (only_a and verdict.relation in ("equivalent", "broader")), case["rule_id"]
                assert not (only_b and verdict.relation in ("equivalent", "narrower")), case["rule_id"]
                assert verdict.relation != "unknown", (case["rule_id"], verdict.notes)
    assert proofs > 250
