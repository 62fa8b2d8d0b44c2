"""Documentation pages: read by labels and anchors; what they lack is named, and can be given."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from converter.diagnostics import DocumentError
from converter.documents import dump, loads, validate
from tests.documents.samples import API, PAGE, api

QUERY_PAGE = PAGE.replace("type**: eql", "type**: query")


def page(text: str = PAGE, **options: Any) -> Any:
    [document] = loads(text, "docs", **options)
    return document


def test_everything_on_the_page_is_kept() -> None:
    data = page().data
    assert {k: v for k, v in data.items() if k not in ("rule_id", "threat", "note", "setup")} == {
        "name": "Tool run by a service",
        "description": "Finds `tool.exe` run by a service.",
        "type": "eql",
        "language": "eql",
        "index": ["logs-endpoint.events.*"],
        "severity": "medium",
        "risk_score": 47,
        "interval": "5m",
        "from": "now-9m",
        "max_signals": 100,
        "tags": ["Host", "Execution"],
        "version": 3,
        "author": ["Jo"],
        "license": "MIT",
        "query": 'process where process.name : "tool.exe"',
    }


def test_sections_are_found_by_their_anchors_not_by_heading_levels() -> None:
    data = page().data
    assert data["note"] == "# Triage\n\nLook at the parent.\n\n**Setup**: none of our labels"
    assert data["setup"] == "Install it.\n\n```\nnot the query\n```"
    deeper = page(PAGE.replace("## Rule query", "#### Rule query").replace("## Setup", "### Setup"))
    assert deeper.data == data


def test_a_sub_technique_belongs_to_the_technique_of_its_number() -> None:
    [threat] = page().data["threat"]
    assert threat["framework"] == "MITRE ATT&CK"
    assert threat["tactic"] == {
        "name": "Execution", "id": "TA0002", "reference": "https://attack.mitre.org/tactics/TA0002/",
    }  # fmt: skip
    assert [(t["id"], [s["id"] for s in t.get("subtechnique", [])]) for t in threat["technique"]] == [
        ("T1569", ["T1569.002"]), ("T1059", []),
    ]  # fmt: skip


def test_none_means_that_the_rule_does_not_say_it() -> None:
    text = PAGE.replace("every**: 5m", "every**: None").replace("from**: now-9m (", "from**: None (")
    data = page(text.replace("indices**:\n\n* logs-endpoint.events.*", "indices**: None")).data
    assert not {"interval", "from", "index", "references"} & data.keys()


def test_a_link_is_the_address_in_its_text_if_there_is_one() -> None:
    links = "* [https://a.example/x.html](https://a.example/x.md)\n* [jobs](docs-content://jobs.md)\n* plain text\n"
    data = page(PAGE.replace("**References**: None", "**References**:\n\n" + links)).data
    assert data["references"] == ["https://a.example/x.html", "docs-content://jobs.md", "plain text"]


def test_the_id_comes_from_the_pages_address_and_the_note_says_so() -> None:
    first, second = page(), page(PAGE.replace("Tool run by a service [", "Renamed ["))
    assert first.id == second.id and uuid.UUID(first.id).version == 5
    assert first.id != page(PAGE.replace("[tool-run-by-a-service]", "[other]")).id
    assert [note.code for note in first.notes] == ["derived-id"]


def test_a_query_page_asks_for_its_language() -> None:
    document = page(QUERY_PAGE)
    assert document.language is None
    [lack] = [f for f in validate(document) if f.severity == "error"]
    assert lack in document.missing
    assert lack.help == "give it with --language kuery"
    assert page(QUERY_PAGE, language="lucene").language == "lucene"
    assert validate(page(QUERY_PAGE, language="lucene")) == []


def test_a_language_against_the_rules_type_is_refused() -> None:
    with pytest.raises(DocumentError, match="its language is `eql`, not `kuery`"):
        page(language="kuery")


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("threshold", {"threshold": {"field": ["host.id"], "value": 3}}),
        ("new_terms", {"new_terms_fields": ["host.id"], "history_window_start": "now-7d"}),
        (
            "threat_match",
            {
                "threat_index": ["ti-*"],
                "threat_query": "*:*",
                "threat_mapping": [{"entries": [{"field": "a", "type": "mapping", "value": "b"}]}],
            },
        ),
        ("machine_learning", {"anomaly_threshold": 50, "machine_learning_job_id": "job"}),
    ],
)
def test_what_pages_of_a_type_lack_is_named_and_can_be_given(kind: str, given: dict[str, Any]) -> None:
    text = PAGE.replace("type**: eql", f"type**: {kind}")
    if kind == "machine_learning":
        text = text.split("## Rule query")[0].replace("indices**:\n\n* logs-endpoint.events.*", "indices**: None")
    lacking = page(text)
    assert {m.code for m in lacking.missing} == {"missing-" + key.replace("_", "-") for key in given}
    whole = page(text, given=given)
    assert whole.missing == () and validate(whole) == []
    if kind != "machine_learning":
        assert "assumed-language" in [note.code for note in whole.notes]
        assert whole.language == "kuery"


def test_the_query_has_its_place_on_the_page() -> None:
    source = page().query_source()
    assert source is not None and source.outer == PAGE
    assert PAGE[source.offset :].startswith(source.text)
    quoted = page(PAGE.replace('process where process.name : "tool.exe"', '"x" and "y"')).query_source()
    assert quoted is not None and quoted.outer is not None and quoted.text == '"x" and "y"'


@pytest.mark.parametrize("kind", [k for k in API if k != "machine_learning"])
def test_a_page_written_from_a_rule_reads_as_that_rule(kind: str) -> None:
    [rule] = loads(api(kind, note="## Triage\n\n```\ncode\n```", references=["https://a.example/b_(c)"]), "json")
    again = page(dump(rule, "docs"), language=rule.language)
    on_page = ("name", "description", "type", "query", "severity", "risk_score", "note", "references")
    assert [again.data.get(k) for k in on_page] == [rule.data.get(k) for k in on_page]


def test_a_page_says_what_kibana_takes_where_the_rule_says_nothing() -> None:
    [rule] = loads(api("eql"), "json")
    text = dump(rule, "docs")
    assert "interval" not in rule.data and "**Runs every**: 5m\n" in text
    assert "**Searches indices from**: now-6m (" in text and "**Maximum alerts per execution**: 100\n" in text


def test_a_page_is_written_again_as_it_was() -> None:
    document = page()
    again = page(dump(document, "docs"))
    assert again.data == document.data
    assert "[tool-run-by-a-service]" in dump(document, "docs")
