"""A document into each language: what is equivalent, what is broader with which loss, what is refused and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import converter
from converter.documents import Document, loads
from converter.porting import port, rule_query
from converter.replay.near import near

SIGMA = """\
title: Test
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image|endswith: '\\cmd.exe', CommandLine|contains: ' /c '}
  filter: {User|contains: AUTHORI}
  condition: selection and not filter
"""


def elastic(query: str, language: str = "eql", type_: str | None = None, **more: Any) -> Document:
    import json

    data = {
        "rule_id": "a", "name": "Test", "description": "Test.",
        "type": type_ or ("query" if language == "kuery" else language),
        "language": language, "query": query, "risk_score": 21, "severity": "low", "index": ["logs-*"], **more,
    }  # fmt: skip
    return loads(json.dumps(data), "json")[0]


@pytest.mark.parametrize("to", ["sigma", "eql", "lucene", "esql", "dsl"])
def test_a_folded_list_and_an_exclusion_are_equivalent_everywhere_but_in_kql(to: str) -> None:
    rule = elastic('process where process.name : ("a*.exe", "b.exe") and not process.args : "-x"')
    assert port(rule, to).relation == "equivalent"


def test_kql_takes_the_lower_case_field_and_is_broader() -> None:
    found = port(elastic('process where process.name : "kick.exe" and process.pid == 4'), "kuery")
    assert (found.relation, "process.name.caseless:kick.exe" in str(found.text)) == ("broader", True)
    assert found.counterexample is not None


def test_a_condition_that_sigma_lacks_is_named_at_its_place() -> None:
    text = 'process where process.name == "a" and process.args_count * 2 > 4'
    found = port(elastic(text), "sigma")
    assert found.relation == "broader"
    assert [text[loss.span.start : loss.span.end] for loss in found.losses if loss.span] == [
        "process.args_count * 2 > 4"
    ]


def test_nothing_that_only_says_which_data_is_meant_is_called_a_port() -> None:
    found = port(elastic('process where event.type == "start" and process.args_count * 2 > 4'), "sigma")
    assert (found.relation, found.text) == ("refused", None)


def test_a_query_that_does_not_parse_is_refused_with_the_place() -> None:
    found = port(elastic("process where process.name :"), "sigma")
    assert (found.relation, found.losses[0].code) == ("refused", "parse")


def test_the_base_query_of_new_terms_is_broader_at_most() -> None:
    rule = elastic("user.name: *", "kuery", "new_terms", new_terms_fields=["user.name"], history_window_start="now-7d")
    found = port(rule, "sigma")
    assert (found.relation, found.losses[-1].code) == ("broader", "new_terms-base")


def test_filters_of_a_rule_are_part_of_its_query() -> None:
    filters = [{"meta": {"negate": True}, "query": {"term": {"user.name": "root"}}}]
    found = port(elastic("process.name: a", "kuery", filters=filters), "sigma")
    assert found.relation == "equivalent" and "user.name" in str(found.text)


def test_a_sigma_rule_prints_what_its_names_are_taken_to_be() -> None:
    found = port(loads(SIGMA, "sigma")[0], "eql")
    assert found.relation == "equivalent"
    assert "Image is process.executable" in found.given


def test_standard_names_are_taken_where_the_rule_states_the_log_source() -> None:
    rule = elastic(
        'process where host.os.type == "windows" and event.type == "start" and process.executable : "*\\\\cmd.exe"'
    )
    found = port(rule, "sigma", "auto")
    assert (found.relation, found.naming) == ("equivalent", "sigma")
    assert r"Image|endswith: '\cmd.exe'" in str(found.text)
    assert port(rule, "sigma", "ecs").naming == "ecs"


def test_every_equivalent_port_of_real_rules_agrees_on_events_near_them(shared: Path) -> None:
    paths = sorted((shared / "corpora/elastic/rules").rglob("*.toml"))[::90]
    paths += sorted((shared / "corpora/sigma/rules").rglob("*.yml"))[::200]
    wrong, seen = [], 0
    for path in paths:
        document = converter.load(path)[0]
        for to in ("sigma", "eql", "kuery", "lucene", "esql", "dsl"):
            found = port(document, to, "ecs")
            if found.relation != "equivalent" or (document.kind == "sigma" and to == "sigma"):
                continue
            if not (found.source.is_event and found.target.is_event):
                continue
            events = near(found.source.tree, 30)
            seen += 1
            if converter.match(found.source, events) != converter.match(found.target, events):
                wrong.append(f"{path.name} in {to}")
    assert wrong == []
    assert seen > 80


@pytest.mark.parametrize("language", ["kuery", "lucene"])
@pytest.mark.parametrize("query", ["", "  "])
def test_an_empty_query_of_a_rule_matches_all_that_its_filters_do(language: str, query: str) -> None:
    filters = [{"meta": {}, "query": {"term": {"process.name": "a"}}}]
    document = elastic(query, language, "query", filters=filters)
    events = [{"process": {"name": "a"}}, {"process": {"name": "b"}}]
    assert converter.match(rule_query(document), events) == [(0,)]
    assert port(document).relation == "equivalent"
    assert len(converter.alerts(document, events)) == 1
