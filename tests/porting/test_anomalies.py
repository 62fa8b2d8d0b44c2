"""A machine_learning rule is a condition on the records of anomalies; it goes to Sigma and comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

import converter
from converter.documents import Document, loads
from converter.porting import port
from converter.porting.round_trip import round_trip
from converter.porting.to_elastic import port_document


def rule(**more: Any) -> Document:
    data = {
        "rule_id": "a", "name": "Test", "description": "Test.", "type": "machine_learning", "risk_score": 21,
        "severity": "low", "anomaly_threshold": 50, "machine_learning_job_id": ["job_a", "job_b-c"], **more,
    }  # fmt: skip
    return loads(json.dumps(data), "json")[0]


def back(text: str) -> tuple[str, dict[str, Any]]:
    found = port_document(loads(text, "sigma")[0], "json")
    return found.relation, json.loads(found.text or "{}")


RECORD = {"result_type": "record", "is_interim": False, "job_id": "job_a", "record_score": 50.0}


@pytest.mark.parametrize("to", ["sigma", "eql", "kuery", "lucene", "esql", "dsl"])
@pytest.mark.parametrize(
    ("change", "hit"),
    [({}, True), ({"record_score": 49.9}, False), ({"is_interim": True}, False), ({"job_id": "job"}, False),
     ({"result_type": "bucket"}, False), ({"job_id": "job_b-c", "record_score": 100}, True)],
)  # fmt: skip
def test_it_matches_the_records_that_kibana_makes_alerts_of(to: str, change: dict[str, Any], hit: bool) -> None:
    found = port(rule(), to)
    assert found.relation == "equivalent" and any("anomaly records" in fact for fact in found.given)
    assert found.target is not None and converter.matches(found.target, RECORD | change) is hit


@pytest.mark.parametrize("jobs", ["one", ["one"], ["*"], ["a", "b"]])
def test_the_rule_comes_back_whole(jobs: Any) -> None:
    assert round_trip(rule(machine_learning_job_id=jobs, note="x")).outcome == "same"


def test_what_the_detection_says_is_not_repeated() -> None:
    text = port(rule(), "sigma").text or ""
    assert loads(text, "sigma")[0].data["elastic"] == {"rule_id": "a", "type": "machine_learning"}


def test_an_edited_score_or_job_is_the_rules_own() -> None:
    text = port(rule(), "sigma").text or ""
    relation, data = back(text.replace("gte: 50", "gte: 75").replace("job_a", "job_x"))
    assert (relation, data["anomaly_threshold"]) == ("equivalent", 75)
    assert data["machine_learning_job_id"] == ["job_x", "job_b-c"]


@pytest.mark.parametrize(
    "edit", [("gte: 50", "gt: 50"), ("'job_a'", "'job_*'"), ("is_interim: false", "is_interim: true"),
             ("is_interim: false", "user.name: 'x'"), ("gte: 50", "gte: 101")],
)  # fmt: skip
def test_a_detection_that_no_machine_learning_rule_has_is_refused(edit: tuple[str, str]) -> None:
    text = port(rule(), "sigma").text or ""
    assert edit[0] in text
    assert back(text.replace(*edit)) == ("refused", {})


def test_a_rule_without_its_keys_is_refused_by_name() -> None:
    found = port(rule(machine_learning_job_id=[]), "sigma")
    assert found.relation == "refused" and "machine_learning_job_id" in (found.reason or "")


def test_why_it_has_no_names_of_sigmas_own_is_said() -> None:
    said = [note.message for note in port(rule(), "sigma").notes if note.code == "naming"]
    assert said == ["Sigma has no names for the fields of anomaly records"]
