"""A ported rule reads as one of SigmaHQ's: its keys, names and texts, and what comes back of them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from converter.documents import Document, loads
from converter.documents.toml_write import write_toml
from converter.porting import port
from converter.porting.round_trip import round_trip

RULE = {
    "rule_id": "5e3d2c1b-0a9f-4e8d-8c7b-6a5f4e3d2c1b", "name": "Test", "description": "Test.", "type": "eql",
    "language": "eql", "query": 'process where process.name : "a.exe"', "risk_score": 47, "severity": "medium",
    "index": ["logs-*"], "author": ["Ann"],
}  # fmt: skip
DATES = {"creation_date": "2024/01/02", "maturity": "production", "updated_date": "2024/01/02"}
SEQUENCE = """sequence by host.id with maxspan=1m
 [process where process.name == "a"] by process.entity_id
 [process where process.name == "b"] by process.parent.entity_id"""


def rule(metadata: dict[str, Any] | None = None, **more: Any) -> Document:
    made = Document("elastic", "toml", {**RULE, **more}, None, None, {"metadata": metadata or DATES})  # type: ignore[arg-type]
    return loads(write_toml(made), "toml")[0]


def sigma(document: Document) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(port(document, "sigma").text or ""))


def test_a_rule_that_was_never_changed_has_no_second_date() -> None:
    assert "modified" not in sigma(rule())[0]
    assert round_trip(rule()).outcome == "same"
    changed = {**DATES, "updated_date": "2024/02/03"}
    assert str(sigma(rule(changed))[0]["modified"]) == "2024-02-03"
    assert round_trip(rule(changed)).outcome == "same"
    without = {key: value for key, value in DATES.items() if key != "updated_date"}
    assert round_trip(rule(without)).outcome == "same"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Admins.", "Admins."),
        ("    " + "word " * 22 + "longer\n    and more.\n    ", "word " * 22 + "longer and more."),
        ("  Admins\n  do it.\n", "Admins do it."),
        ("One:\n- a\n- b\n", "One:\n- a\n- b\n"),
        ("One.\n\nTwo.", "One.\n\nTwo."),
    ],
)
def test_a_false_positive_is_one_line_and_comes_back_as_it_was_laid_out(text: str, said: str) -> None:
    document = rule(false_positives=[text])
    assert sigma(document)[0]["falsepositives"] == [said]
    assert round_trip(document).outcome == "same"


def test_the_layout_of_a_wrapped_text_is_not_repeated_beside_it() -> None:
    text = "    " + "word " * 22 + "longer\n    and more.\n    "
    assert "false_positives" not in sigma(rule(false_positives=[text]))[0]["elastic"]


def test_the_rules_of_a_correlation_say_who_they_are() -> None:
    *steps, correlation = sigma(rule(type="eql", query=SEQUENCE))
    for number, step in enumerate(steps, 1):
        assert step["title"] == f"Test: {number} of 2" and step["level"] == "informational"
        assert {"id", "status", "description", "author", "date"} <= step.keys()
    assert len({step["id"] for step in steps}) == 2
    assert correlation["correlation"]["group-by"] == ["host.id", "entity_id"]
    assert list(correlation)[-2:] == ["level", "elastic"]
    assert round_trip(rule(type="eql", query=SEQUENCE)).outcome == "same"


def test_a_correlation_without_keys_has_the_list_that_the_specification_asks_for() -> None:
    query = 'sequence with maxspan=1m [process where process.name == "a"] [process where process.name == "b"]'
    assert sigma(rule(query=query))[-1]["correlation"]["group-by"] == []


@pytest.mark.parametrize(
    ("query", "log_source"),
    [
        ('process where event.type == "start" and process.name == "a"', {"category": "process_creation"}),
        ('file where host.os.type == "windows" and event.type != "deletion" and file.name == "a"',
         {"product": "windows"}),
        ('file where event.type == "deletion" and file.name == "a"', {"category": "file_delete"}),
    ],
)  # fmt: skip
def test_a_rule_of_no_one_system_has_the_category_that_it_states(query: str, log_source: dict[str, str]) -> None:
    assert sigma(rule(query=query))[0]["logsource"] == log_source


def test_a_long_condition_breaks_before_and_or() -> None:
    alternatives = " or ".join(
        f'(process.name : "program{n}.exe" and process.args : "-argument{n}" and process.pid != {n})' for n in range(9)
    )
    text = port(rule(query=f'process where process.parent.name : "x.exe" and ({alternatives})'), "sigma").text or ""
    condition = text[text.index("condition:") : text.index("\nlevel:")].split("\n")
    assert len(condition) > 1
    assert all(line.split()[0] in ("and", "or") for line in condition[1:]) and max(map(len, condition)) <= 120
