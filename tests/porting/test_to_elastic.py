"""A Sigma rule as a Kibana rule document, and an Elastic rule through Sigma and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter.diagnostics import UsageError
from converter.documents import Document, load, loads, validate
from converter.porting.round_trip import round_trip
from converter.porting.to_elastic import FORMATS, port_document

RULE = """
title: Shell of an office program
id: 5e3d2c1b-0a9f-4e8d-8c7b-6a5f4e3d2c1b
status: test
description: A word processor starts a shell.
references: [https://example.org/a]
author: Ann, Bob
date: 2024-01-31
tags: [attack.execution, attack.t1059.003, attack.initial-access, attack.t1566.001, detection.threat-hunting]
logsource: {category: process_creation, product: windows}
detection:
  selection:
    ParentImage|endswith: '\\winword.exe'
    Image|endswith: '\\cmd.exe'
  condition: selection
falsepositives: [Unlikely]
level: high
"""


def one(text: str, format: str | None = None) -> Document:
    """The text's rule; of a correlation and the rules that it refers to, the correlation."""
    found = loads(text, format)
    (document,) = [item for item in found if item.type == "correlation"] or found
    return document


@pytest.mark.parametrize("format", FORMATS)
def test_a_rule_becomes_a_valid_document_in_every_format(format: str) -> None:
    result = port_document(one(RULE), format)
    assert result.relation == "equivalent" and result.text is not None
    made = one(result.text)
    assert validate(made) == []
    assert made.format == format
    data = made.data
    assert (data["type"], data["language"], data["query"]) == ("eql", "eql", result.extra["query"])
    assert (data["severity"], data["risk_score"], data["author"]) == ("high", 73, ["Ann", "Bob"])
    assert (data["from"], data["interval"]) == ("now-9m", "5m")
    assert "logs-endpoint.events.process-*" in data["index"]
    assert data["false_positives"] == ["Unlikely"] and data["references"] == ["https://example.org/a"]
    assert data["meta"]["sigma"]["logsource"] == {"category": "process_creation", "product": "windows"}
    assert {"name": "process.executable", "type": "keyword"} in data["required_fields"]


def test_toml_has_the_dates_in_its_own_table() -> None:
    text = port_document(one(RULE), "toml").text
    assert one(text or "").metadata["metadata"]["creation_date"] == "2024/01/31"


def test_a_language_may_be_asked_for() -> None:
    result = port_document(one(RULE), "json", "lucene")
    assert result.extra["language"] == "lucene" and json.loads(result.text or "")["type"] == "query"


def test_keywords_go_to_a_language_that_can_say_them() -> None:
    rule = RULE.replace("    ParentImage|endswith: '\\winword.exe'\n", "").replace(
        "  condition: selection", "  words: [mimikatz]\n  condition: selection and words"
    )
    result = port_document(one(rule), "json")
    assert result.relation == "equivalent" and result.extra["language"] != "eql" and result.text is not None


def test_a_port_that_is_not_exact_gives_no_document() -> None:
    rule = RULE.replace("Image|endswith: '\\cmd.exe'", "Image|expand: '%nobody%'")
    result = port_document(one(rule))
    assert (result.relation, result.text) == ("refused", None)


def test_bad_requests_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="no document format"):
        port_document(one(RULE), "xml")
    with pytest.raises(UsageError, match="no language"):
        port_document(one(RULE), "json", "dsl")


@pytest.mark.parametrize(
    ("kind", "step", "least"),
    [("eql", 12, 40), ("query", 6, 40), ("new_terms", 6, 25), ("threshold", 3, 5), ("threat_match", 1, 5)],
)
def test_elastic_to_sigma_and_back_is_the_same_document(shared: Path, kind: str, step: int, least: int) -> None:
    """A part of the visible rules; `tools/round_trips.py` takes all, those of ES|QL among them."""
    documents = [item for item in load(shared / "corpora" / "elastic", check=False) if item.type == kind]
    found = [(item, round_trip(item)) for item in documents[::step]]
    wrong = [(item.path, got.outcome, got.why) for item, got in found if got.outcome not in ("same", "refused")]
    assert wrong == []
    assert sum(got.outcome == "same" for _, got in found) >= least
