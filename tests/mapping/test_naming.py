"""Elastic rules in Sigma's own names: what is taken for a log source, what stands in the way, and the way back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from converter.diagnostics import ConverterError
from converter.documents import Document, load, loads
from converter.export.export import disagreements
from converter.fields import Fields
from converter.languages import parse
from converter.mapping import derive, log_source_of, portability, relations, to_ecs
from converter.matching import EventValues
from converter.porting import Port, port
from converter.porting.naming import compare_named, in_ecs
from converter.porting.porter import own_log_source, predicate_of
from converter.proof import compare, fixtures
from converter.tree import fields_of

FIELDS = Fields.of(None)
HEAD = """[metadata]
creation_date = "2024/01/01"
maturity = "production"
updated_date = "2024/01/01"

[rule]
author = ["x"]
description = "x"
from = "now-9m"
language = "{language}"
license = "x"
name = "x"
risk_score = 21
rule_id = "11111111-1111-4111-8111-111111111111"
severity = "low"
type = "{kind}"
index = {index}
query = '''{query}'''
"""


def elastic(query: str, language: str = "eql", index: list[str] | None = None) -> Document:
    kind = language if language in ("eql", "esql") else "query"
    shown = str(index or ["logs-endpoint.events.*"]).replace("'", '"')
    return loads(HEAD.format(language=language, kind=kind, query=query, index=shown), "toml")[0]


def sigma_of(found: Port) -> dict[str, Any]:
    assert found.text is not None
    return dict(loads(found.text, "sigma")[0].data)


START = 'process where host.os.type == "windows" and event.type == "start" and '


@pytest.mark.parametrize(
    ("query", "detection"),
    [
        (START + 'process.name : "x.exe"', {"Image|endswith": "\\x.exe"}),
        (START + 'process.parent.name : ("a.exe", "b.exe")', {"ParentImage|endswith": ["\\a.exe", "\\b.exe"]}),
        (START + 'process.name : "x*.exe"', {"Image|re|i": r"(?:^|\\)x[^\\]*\.exe$"}),
        (START + 'user.name : "bob"', {"User|endswith": "\\bob"}),
        (START + 'user.domain : "NT*"', {"User|startswith": "NT*\\"}),
        (START.replace("windows", "linux") + 'process.name == "sh"', {"Image|endswith|cased": "/sh"}),
        (START.replace("windows", "macos") + 'process.name == "sh"', {"Image|endswith|cased": "/sh"}),
    ],
)
def test_a_part_of_a_path_becomes_a_test_of_the_path(query: str, detection: dict[str, Any]) -> None:
    found = port(elastic(query))
    assert (found.relation, found.naming) == ("equivalent", "sigma")
    assert sigma_of(found)["detection"]["selection"] == detection
    assert found.given


@pytest.mark.parametrize(
    ("query", "detection"),
    [
        ("destination.port >= 389", {"DestinationPort|gte": 389}),
        ("process.pid > 3 and process.pid < 8", {"ProcessId|gt": 3, "ProcessId|lt": 8}),
    ],
)
def test_a_comparison_of_numbers_keeps_them_under_sigmas_names(query: str, detection: dict[str, Any]) -> None:
    head = 'network where host.os.type == "windows" and event.type == "start" and '
    for naming in ("auto", "sigma"):
        found = port(elastic(head + query), "sigma", naming)
        assert (found.relation, found.naming) == ("equivalent", "sigma")
        assert sigma_of(found)["detection"]["selection"] == detection


@pytest.mark.parametrize("query", ["destination.ip >= 10.0.0.0", "@timestamp > 2024-01-01"])
def test_a_comparison_that_sigma_cannot_say_is_refused_under_sigmas_names_too(query: str) -> None:
    head = "host.os.type: windows and event.category: network and event.type: start and "
    assert port(elastic(head + query, "kuery"), "sigma", "sigma").relation == "refused"


def test_the_verdict_prints_the_relation_that_it_rests_on() -> None:
    found = port(elastic(START + 'process.name : "x.exe"'))
    said = "process.name is what stands behind the last `\\` of process.executable (a value without one has no dot)"
    assert said in found.given


def test_a_rule_over_the_data_of_several_vendors_keeps_their_words_for_the_way_back() -> None:
    query = (
        'process where host.os.type == "linux" and event.type == "start" and '
        'event.action in ("exec", "ProcessRollup2") and process.executable == "/bin/x"'
    )
    found = port(elastic(query))
    rule = sigma_of(found)
    assert rule["logsource"] == {"product": "linux", "category": "process_creation"}
    own = rule["elastic"]["log_source"]
    assert own["event.action"] == ["exec", "ProcessRollup2"]
    assert found.text is not None
    back = port(loads(found.text, "sigma")[0], "eql")
    assert back.text is not None
    assert compare(parse("eql", query), parse("eql", back.text)).relation == "equivalent"


@pytest.mark.parametrize(
    "query",
    [
        START.replace("start", "end") + 'process.args : "x"',
        'process where host.os.type == "windows" and process.name : "x.exe"',  # any process event
        'file where host.os.type == "macos" and event.action == "open" and file.path : "/x"',
        START + 'process.name : "a\\\\b"',
        START + 'process.Ext.effective_parent.name : "x"',
    ],
)
def test_what_has_no_exact_standard_form_takes_ecs_names_and_says_why(query: str) -> None:
    found = port(elastic(query))
    assert found.naming == "ecs"
    assert any(note.code == "naming" for note in found.notes)
    strict = port(elastic(query), naming="sigma")
    assert strict.relation == "refused" and strict.losses


def test_an_outcome_of_a_console_login_is_not_the_error_of_the_call() -> None:
    common = 'data_stream.dataset:aws.cloudtrail and event.outcome:success and event.action:"{}"'
    plain = port(elastic(common.format("DeleteTrail"), "kuery", ["logs-aws.cloudtrail-*"]))
    assert plain.naming == "sigma"
    assert sigma_of(plain)["detection"]["selection"] == {
        "eventName|cased": "DeleteTrail", "errorCode": None, "errorMessage": None,
    }  # fmt: skip
    login = port(elastic(common.format("ConsoleLogin"), "kuery", ["logs-aws.cloudtrail-*"]))
    assert login.naming == "ecs"


def test_the_index_names_the_log_source_where_the_query_does_not() -> None:
    query = 'event.code:"5136" and winlog.event_data.ObjectDN:x'
    found = port(elastic(query, "kuery", ["logs-system.security*", "winlogbeat-*"]))
    assert sigma_of(found)["logsource"] == {"product": "windows", "service": "security"}
    assert sigma_of(found)["elastic"]["log_source"] == {}
    assert port(elastic(query, "kuery", ["logs-*"])).naming == "ecs"


def test_an_ecs_named_rule_carries_the_log_source_that_it_states() -> None:
    found = sigma_of(port(elastic(START + 'process.args : "x"')))
    assert found["taxonomy"] == "ecs"
    assert found["logsource"] == {"product": "windows", "category": "process_creation"}
    tree = predicate_of(parse("kuery", 'host.os.type:linux and message:"x"'))
    assert tree is not None and log_source_of(tree, FIELDS) == {"product": "linux"}


def test_a_log_source_of_its_own_that_is_no_map_is_an_error() -> None:
    assert own_log_source({"elastic": {"log_source": {"a": ["x", "y"]}}}) == {"a": ["x", "y"]}
    for wrong in ("x", {"a": {"b": "c"}}, {1: "x"}):
        with pytest.raises(ConverterError):
            own_log_source({"elastic": {"log_source": wrong}})


@pytest.mark.parametrize(
    ("log_source", "names", "said"),
    [
        ({"product": "windows", "category": "process_creation"}, ["Image"], "ecs_windows, splunk_cim, sysmon"),
        ({"product": "windows", "category": "process_creation"}, ["Foo"], "in part to ecs_windows (not `Foo`)"),
        ({"product": "okta", "service": "okta"}, ["eventType"], "no published pySigma pipeline"),
        ({"product": "kubernetes", "service": "audit"}, ["verb"], "ecs_kubernetes"),
    ],
)
def test_the_portability_line_names_the_pipelines(log_source: dict[str, str], names: list[str], said: str) -> None:
    assert said in portability(log_source, names)


def test_every_port_to_sigma_says_where_else_it_runs() -> None:
    for query in (START + 'process.name : "x.exe"', START + 'process.args : "x"'):
        assert [note.code for note in port(elastic(query)).notes].count("portability") == 1


def test_a_rewritten_test_shows_what_it_was() -> None:
    text = port(elastic(START + 'process.name : ("php*", "lua*")')).text or ""
    assert '        # process.name: "php*", "lua*"\n        Image|re|i:\n' in text


def named(query: str, sigma: str) -> Any:
    rule = loads(sigma, "sigma")[0]
    found = in_ecs(parse("sigma", sigma), rule.data)
    return compare_named(parse("eql", query), found.query, rule.data["logsource"], ["logs-endpoint.events.*"])


def test_two_rules_are_compared_under_the_relations_of_the_log_source() -> None:
    query = START + 'process.name : "x.exe" and process.parent.name != "System"'
    sigma = port(elastic(query)).text or ""
    found = named(query, sigma)
    assert found.relation == "equivalent"
    assert any("process.parent.name is what stands behind" in fact for fact in found.assumptions)
    assert compare(parse("eql", query), in_ecs(parse("sigma", sigma), {}).query).relation == "different"


def test_a_counterexample_under_a_relation_holds_the_parts_too() -> None:
    query = START + 'process.name : "x.exe"'
    sigma = (port(elastic(query)).text or "").replace("\\x.exe", "x.exe")
    found = named(query, sigma)
    assert found.relation == "broader"
    event = found.counterexamples["b_not_a"]
    assert event["process.executable"].lower().endswith("\\" + event["process.name"].lower())
    assert event["process.name"].lower().endswith("x.exe")


def test_a_form_that_rests_on_relations_is_replayed_on_events_of_the_whole_fields() -> None:
    found = port(elastic(START + 'process.name : ("x.exe", "System", "y*") and user.name != "bob"'))
    assert found.proven is not None and found.source is not None and found.target is not None
    assert "process.name" not in {field.name for field in fields_of(found.proven.tree)}
    cases = fixtures(found.proven)
    assert {case.expect for case in cases} == {True, False}
    assert disagreements(found, cases) == []
    plain = port(elastic(START + 'process.executable : "x"'))
    assert plain.proven is plain.source


def test_relations_are_not_taken_where_they_are_not_needed() -> None:
    query = START + 'process.executable : "x.exe"'
    assert not any("stands behind" in fact for fact in named(query, port(elastic(query)).text or "").assumptions)


def test_public_rules_in_standard_names_lead_back_to_what_they_were(shared: Path) -> None:
    """Each rule in standard names, read again and mapped to ECS, is the rule without its derived fields."""
    counts: Counter[str] = Counter()
    for path in sorted((shared / "corpora" / "elastic").rglob("*.toml"))[::3]:
        for document in load(path):
            if document.language not in ("eql", "kuery") or "sequence" in document.data["query"]:
                continue
            found = port(document)
            counts[found.naming] += 1
            if found.naming != "sigma" or found.source is None or found.text is None:
                continue
            rule = loads(found.text, "sigma")[0]
            if rule.type == "correlation" or "detection" not in rule.data:
                continue
            query = parse("sigma", found.text, found.source.fields)
            tree, source = predicate_of(query), predicate_of(found.source)
            if tree is None or source is None:
                continue
            own = own_log_source(rule.data)
            mapped = to_ecs(tree, rule.data["logsource"], query.fields, own=own)
            assert mapped.log_source is not None
            known = relations(mapped.log_source.platform, mapped.log_source.when.get("category", ""))
            known = known.on(document.data.get("index") or ())
            entries = [e for e in mapped.log_source.entries.values() if not e.approximate and not e.separator]
            names = {entry.to[0] for entry in entries if len(entry.to) == 1}
            meant = derive(source, known, query.fields, lambda name, names=names: name in names)  # type: ignore[misc]
            verdict = compare(meant.exact, mapped.tree, constraints=meant.constraints)
            assert verdict.relation == "equivalent", path.name
            counts["proven"] += 1
    assert counts["sigma"] > 30 and counts["proven"] > 30


PARENT = 'process where host.os.type == "windows" and event.type == "start" and process.parent.name : "winword.exe"'


@pytest.mark.parametrize(
    ("index", "naming"),
    [
        (["logs-endpoint.events.process-*", "winlogbeat-*"], "sigma"),
        (["logs-endpoint.events.process-*", "logs-m365_defender.event-*"], "sigma"),
        (["logs-endpoint.events.process-*", "logs-crowdstrike.fdr*"], "ecs"),
    ],
)
def test_a_relation_is_not_taken_where_the_rule_searches_data_of_which_it_is_not_true(
    index: list[str], naming: str
) -> None:
    found = port(elastic(PARENT, index=index), "sigma")
    assert (found.naming, found.relation) == (naming, "equivalent")
    notes = " ".join(note.message for note in found.notes)
    assert ("in logs-crowdstrike.fdr* it is no part of process.parent.executable" in notes) is (naming == "ecs")
    said = " ".join(found.given)
    assert ("also in logs-m365_defender.event-*, whose source writes both" in said) is ("logs-m365" in str(index))


@pytest.mark.parametrize("event", ["process", "file", "registry", "library"])
def test_the_relations_hold_of_what_elastic_defend_writes(shared: Path, event: str) -> None:
    text = (shared / "events" / "endpoint" / f"{event}.json").read_text(encoding="utf-8")
    flat = EventValues(json.loads(text))
    for part in relations("windows", "registry_set").on([f"logs-endpoint.events.{event}-*"]).parts.values():
        wholes = flat.raw(part.of)
        assert [part.cut(str(whole)) for whole in wholes] == list(flat.raw(part.field))


@pytest.mark.parametrize("language", ["eql", "esql"])
def test_a_rule_over_a_stream_has_ecs_names_and_says_why(language: str) -> None:
    query = {
        "eql": 'sequence by host.id with maxspan=1m [process where process.name == "a"] [file where file.name == "b"]',
        "esql": 'FROM logs-* | WHERE process.name:"a" AND host.id IS NOT NULL | STATS c = COUNT(*) BY host.id '
        "| WHERE c > 5",
    }[language]
    document = elastic(query, language)
    found = port(document, "sigma")
    assert (found.relation, found.naming) == ("equivalent", "ecs")
    assert any(note.code == "naming" and "conditions on one event" in note.message for note in found.notes)
    asked = port(document, "sigma", "sigma")
    assert (asked.relation, asked.text, asked.reason) == ("refused", None, "no standard names")
