"""Elastic → Sigma → Elastic and Sigma → Elastic → Sigma: the same rule, and edits on the way mean what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from converter.documents import Document, edit, loads
from converter.porting import port
from converter.porting.kept import main_document
from converter.porting.round_trip import round_trip
from converter.porting.to_elastic import port_document

RULE = """
title: Shell of an office program
id: 5e3d2c1b-0a9f-4e8d-8c7b-6a5f4e3d2c1b
related:
  - {id: 6e3d2c1b-0a9f-4e8d-8c7b-6a5f4e3d2c1b, type: derived}
status: test
description: A word processor starts a shell.
author: Ann (A, B), Bob
date: 2024-01-31
tags: [attack.stealth, attack.t1685.001, cve.2020-1]
logsource: {category: process_creation, product: windows, definition: Sysmon}
detection:
  parent:
    ParentImage|endswith: '\\winword.exe'
  child:
    Image|endswith: '\\cmd.exe'
  condition: parent and child
level: informational
custom: {a: [1, 2.5, null]}
"""

CORRELATION = """
title: Logon
name: logon
taxonomy: ecs
logsource: {product: windows}
detection:
  selection: {event.code: '4625'}
  condition: selection
---
title: Many failed logons
id: 5e3d2c1b-0a9f-4e8d-8c7b-6a5f4e3d2c1c
taxonomy: ecs
correlation:
  type: value_count
  rules: [logon]
  group-by: [host.id]
  timespan: 5m
  condition: {gte: 10, field: user.name}
level: high
"""


def one(text: str, format: str | None = None) -> Document:
    return loads(text, format)[0]


def elastic(query: str, type_: str = "query", language: str = "kuery", **more: Any) -> Document:
    data = {
        "rule_id": "not-a-uuid", "name": "Test", "description": "Test.", "type": type_, "language": language,
        "query": query, "risk_score": 50, "severity": "low", "index": ["logs-*"], "author": ["A, B", "C"],
        "threat": [{"framework": "MITRE ATT&CK", "tactic": {"id": "TA0002", "name": "Execution"}}], **more,
    }  # fmt: skip
    return one(json.dumps(data), "json")


@pytest.mark.parametrize("format", ["toml", "ndjson", "json"])
def test_a_sigma_rule_comes_back_with_all_that_elastic_has_no_word_for(format: str) -> None:
    there = port_document(one(RULE, "sigma"), format)
    back = port(one(there.text or "", format), "sigma")
    assert back.relation == "equivalent"
    assert one(back.text or "", "sigma").data == one(RULE, "sigma").data


def test_without_what_was_kept_the_document_is_a_normal_elastic_rule() -> None:
    made = json.loads(port_document(one(RULE, "sigma"), "json").text or "")
    assert set(made.pop("meta")) == {"sigma"}
    back = port(one(json.dumps(made), "json"), "sigma")
    assert back.relation == "equivalent"
    assert one(back.text or "", "sigma").data["title"] == "Shell of an office program"


def test_a_query_changed_in_kibana_is_what_the_sigma_rule_says() -> None:
    made = json.loads(port_document(one(RULE, "sigma"), "json").text or "")
    made["query"] = made["query"].replace("cmd.exe", "pwsh.exe")
    back = port(one(json.dumps(made), "json"), "sigma")
    assert back.relation == "equivalent" and "pwsh.exe" in (back.text or "") and "cmd.exe" not in (back.text or "")


def test_a_note_written_in_kibana_travels_with_the_sigma_rule() -> None:
    made = json.loads(port_document(one(RULE, "sigma"), "json").text or "")
    made |= {"note": "## Triage", "enabled": True}
    del made["interval"]
    sigma = port(one(json.dumps(made), "json"), "sigma").text or ""
    assert one(sigma, "sigma").data["elastic"] == {"note": "## Triage", "enabled": True, "interval": None}
    again = json.loads(port_document(one(sigma, "sigma"), "json").text or "")
    assert {k: v for k, v in again.items() if k != "query"} == {k: v for k, v in made.items() if k != "query"}


def test_a_count_of_events_is_a_threshold_rule_and_comes_back() -> None:
    rules = loads(CORRELATION, "sigma")
    there = port_document(rules[1], "json")
    data = json.loads(there.text or "")
    assert (there.relation, data["type"], data["from"]) == ("equivalent", "threshold", "now-5m")
    assert data["threshold"] == {
        "field": ["host.id"], "value": 1, "cardinality": [{"field": "user.name", "value": 10}]
    }  # fmt: skip
    back = loads(port(one(there.text or "", "json"), "sigma").text or "", "sigma")
    assert [item.data for item in back] == [item.data for item in rules]


@pytest.mark.parametrize(
    "document",
    [
        elastic("process.name: a* and not user.name: root"),
        elastic("process.name: a", "new_terms", new_terms_fields=["user.name"], history_window_start="now-7d"),
        elastic("process.name: a", "threshold", threshold={"field": ["host.id"], "value": 5}, **{"from": "now-300s"}),
        elastic("process.name: a and host.id: *", "threshold", threshold={"field": ["host.id"], "value": 5}),
        elastic("process.name: a", "threshold", threshold={"field": "host.id", "value": 5}),
        elastic('process where process.args_count * 2 > 4 and process.name : "a"', "eql", "eql"),
        elastic('sequence by host.id with maxspan=1m [process where true] [file where file.name : "x"]', "eql", "eql"),
        elastic("process.name: a", filters=[{"meta": {"negate": True}, "query": {"term": {"user.name": "x"}}}]),
        elastic("FROM logs-* METADATA _id | WHERE process.name == \"a\" | KEEP _id", "esql", "esql", index=None),
    ],
    ids=["query", "new_terms", "threshold", "key asked for", "one field", "function", "sequence", "filters", "esql"],
)  # fmt: skip
def test_an_elastic_rule_comes_back_whatever_sigma_can_say_of_it(document: Document) -> None:
    if document.data["index"] is None:
        del document.data["index"]
    found = round_trip(document)
    assert (found.outcome, found.why) in [("same", "letter by letter"), ("same", "equivalent")]


def test_the_query_is_kept_only_where_the_sigma_form_does_not_lead_back_to_it() -> None:
    plain, filtered = elastic("process.name: a"), elastic("process.name: a", filters=[{"query": {"match_all": {}}}])
    assert "query" not in one(port(plain, "sigma").text or "", "sigma").data["elastic"]
    assert one(port(filtered, "sigma").text or "", "sigma").data["elastic"]["query"] == "process.name: a"


def test_an_edited_sigma_rule_does_not_get_the_kept_query_or_its_filters_again() -> None:
    document = elastic("process.name: a", filters=[{"meta": {"negate": True}, "query": {"term": {"user.name": "x"}}}])
    sigma = port(document, "sigma").text or ""
    changed = sigma.replace("'x'", "'y'")
    assert changed != sigma
    back = port_document(one(changed, "sigma"), "json")
    data = json.loads(back.text or "")
    assert "filters" not in data and "user.name" in data["query"] and back.relation == "equivalent"
    assert "kept-query" in {note.code for note in back.notes}


def test_an_edited_key_wins_over_what_was_kept_beside_it() -> None:
    sigma = port(elastic("process.name: a"), "sigma").text or ""
    assert one(sigma, "sigma").data["elastic"]["author"] == ["A, B", "C"]
    changed = edit(one(sigma, "sigma"), ("author",), "D")
    assert json.loads(port_document(one(changed, "sigma"), "json").text or "")["author"] == ["D"]
    same = json.loads(port_document(one(sigma, "sigma"), "json").text or "")
    assert (same["author"], same["rule_id"], same["risk_score"]) == (["A, B", "C"], "not-a-uuid", 50)


def test_an_edited_correlation_is_the_threshold() -> None:
    document = elastic("process.name: a", "threshold", threshold={"field": ["host.id"], "value": 5})
    sigma = port(document, "sigma").text or ""
    assert "threshold" not in main_document(sigma).data["elastic"]
    changed = sigma.replace("gte: 5", "gte: 7").replace("timespan: 6m", "timespan: 1h")
    data = json.loads(port_document(main_document(changed), "json").text or "")
    assert (data["threshold"], data["from"]) == ({"field": ["host.id"], "value": 7}, "now-1h")


def test_threat_blocks_that_the_tags_give_again_are_not_repeated() -> None:
    block = {
        "framework": "MITRE ATT&CK",
        "tactic": {
            "id": "TA0002", "name": "Execution", "reference": "https://attack.mitre.org/tactics/TA0002/"
        },
    }  # fmt: skip
    document = elastic("process.name: a", threat=[block])
    kept = one(port(document, "sigma").text or "", "sigma").data["elastic"]
    assert "threat" not in kept
    assert round_trip(document).outcome == "same"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("new_terms", {"new_terms_fields": ["user.name"], "history_window_start": "now-7d"}),
        ("threat_match", {"threat_index": ["ti-*"], "threat_query": "*:*", "threat_mapping": [
            {"entries": [{"field": "host.name", "type": "mapping", "value": "threat.indicator.name"}]}]}),
    ],
)  # fmt: skip
def test_an_edited_rule_stays_of_its_type_whatever_its_new_query_needs(kind: str, more: dict[str, Any]) -> None:
    document = elastic("process.name: a", kind, required_fields=[{"name": "process.name", "type": "keyword"}], **more)
    sigma = port(document, "sigma").text or ""
    changed = sigma.replace("process.name|cased: 'a'", "user.name: 'B'")  # no KQL for any case
    assert changed != sigma
    back = port_document(one(changed, "sigma"), "json")
    data = json.loads(back.text or "")
    assert (data["type"], data["language"]) == (kind, "lucene")
    assert more.items() <= data.items()
    assert data["required_fields"] == [{"name": "user.name", "type": "keyword"}]


def test_a_new_terms_rule_in_a_language_that_has_none_keeps_no_key_of_that_type() -> None:
    more = {"new_terms_fields": ["user.name"], "history_window_start": "now-7d"}
    found = port_document(elastic("process.name: a", "new_terms", **more), "json", "eql")
    assert (found.relation, [loss.code for loss in found.losses]) == ("broader", ["new_terms-base"])
    data = json.loads(found.text or "")
    assert data["type"] == "eql" and not more.keys() & data.keys()
