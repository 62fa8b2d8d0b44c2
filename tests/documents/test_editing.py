"""One key changed, and every other character of the file as it was."""

from __future__ import annotations

import json
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from converter.diagnostics import ConverterError, DocumentError, UsageError
from converter.documents import Document, edit, load, loads
from tests.documents.samples import SIGMA, TOML, api


def changed(old: str, new: str) -> list[str]:
    """The lines that differ, as `-old` and `+new`."""
    lines = unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    ("pointer", "value", "lines"),
    [
        ("severity", "high", ['-severity = "medium"', '+severity = "high"']),
        ("risk_score", 73, ["-risk_score = 47", "+risk_score = 73"]),
        ("language", "esql", [
            '-language = "eql"  # the only one that has sequences',
            '+language = "esql"  # the only one that has sequences',
        ]),
        ("tags", ["A"], ['-tags = ["OS: Windows", "Tactic: Execution"]', '+tags = ["A"]']),
        (["tags", 1], "B", ['-tags = ["OS: Windows", "Tactic: Execution"]', '+tags = ["OS: Windows", "B"]']),
        ("query", 'a\n"\\b"', [
            '-process where process.name : "tool.exe" and', '-  process.parent.name == "services.exe"', "-'''",
            '+a', "+\"\\b\"'''",
        ]),
        ("/threat/0/tactic/name", "X", ['-name = "Execution"', '+name = "X"']),
        ("license", None, ['-license = "MIT"']),
        ("timestamp_override", "event.ingested", ['+timestamp_override = "event.ingested"']),
        ("building_block_type", "default", ['+building_block_type = "default"']),
        ("investigation_fields", {"field_names": ["a"]}, [
            "+[rule.investigation_fields]", '+field_names = ["a"]',
        ]),
    ],
    ids=str,
)  # fmt: skip
def test_toml_keeps_comments_and_layout(pointer: Any, value: Any, lines: list[str]) -> None:
    [document] = loads(TOML, "toml")
    assert [line for line in changed(TOML, edit(document, pointer, value)) if line.strip("+-")] == lines


@pytest.mark.parametrize(
    ("pointer", "value", "lines"),
    [
        ("level", "high", ["-level: medium", "+level: high"]),
        ("title", "A: B", ["-title: Tool Run By A Service", "+title: 'A: B'"]),
        (["detection", "selection", "Image|endswith"], "\\x.exe", [
            "-        Image|endswith: '\\tool.exe'  # not the updater",
            "+        Image|endswith: '\\x.exe'  # not the updater",
        ]),
        ("status", None, ["-status: test"]),
        ("tags", ["attack.t1569"], ["-    - attack.execution", "-    - attack.t1569.002", "+    - attack.t1569"]),
        (["references", 0], "https://example.org/new", [
            "-    - https://example.org/tool  # the first report", "+    - https://example.org/new  # the first report",
        ]),
        (["references", 1], "https://example.org/2", ["+    - https://example.org/2"]),
        ("modified", "2024-06-01", ["+modified: '2024-06-01'"]),
        (["detection", "filter"], {"User": "x"}, ["+    filter:", "+        User: x"]),
        ("description", "two\nlines\n", [
            "-description: Finds tool.exe run by a service", "+description: |", "+    two", "+    lines",
        ]),
    ],
    ids=str,
)  # fmt: skip
def test_yaml_keeps_comments_and_layout(pointer: Any, value: Any, lines: list[str]) -> None:
    [document] = loads(SIGMA, "sigma")
    assert changed(SIGMA, edit(document, pointer, value)) == lines


@pytest.mark.parametrize("indent", [None, 2, 4])
@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("name", "New"),
        ("tags", ["a"]),
        ("tiebreaker_field", None),
        ("rule_id", None),
        ("threat", []),
        (["name"], 'é\n"'),
    ],
)
def test_json_keeps_its_other_members(pointer: Any, value: Any, indent: int | None) -> None:
    text = json.dumps(json.loads(api("eql")), indent=indent)
    [document] = loads(text, "json")
    result = edit(document, pointer, value)
    wanted = {**document.data, (pointer if isinstance(pointer, str) else pointer[0]): value}
    assert json.loads(result) == {k: v for k, v in wanted.items() if v is not None}
    assert len(changed(text, result)) <= 6


def test_an_edit_in_an_export_touches_one_line() -> None:
    text = api("eql") + "\n" + api("esql") + '\n{"exported_count":2}\n'
    document = loads(text, "ndjson")[1]
    result = edit(document, "severity", "high")
    assert changed(text, result)[0] == "-" + api("esql")
    assert len(changed(text, result)) == 2
    assert [d.data["severity"] for d in loads(result, "ndjson")] == ["medium", "high"]


def test_an_edit_in_a_file_of_several_sigma_documents_touches_one() -> None:
    text = SIGMA + "---\n" + SIGMA.replace("Tool", "Other")
    document = loads(text, "sigma")[1]
    assert changed(text, edit(document, "level", "low")) == ["-level: medium", "+level: low"]


def test_line_ends_stay() -> None:
    text = TOML.replace("\n", "\r\n")
    assert edit(loads(text, "toml")[0], "severity", "low") == text.replace('"medium"', '"low"')


def test_an_edit_without_a_place_is_refused() -> None:
    [document] = loads(TOML, "toml")
    with pytest.raises(UsageError, match=r"no place `threat\[4\].tactic`"):
        edit(document, ["threat", 4, "tactic"], {})
    with pytest.raises(UsageError):
        edit(document, "gone", None)
    with pytest.raises(DocumentError):
        edit(document, "name", {"a": None})


def test_every_edit_of_a_real_file_gives_the_document_asked_for(shared: Path) -> None:
    rules = load(shared / "corpora" / "elastic" / "rules" / "windows" / "*.toml", check=False)[::12]
    sigma = load(shared / "corpora" / "sigma" / "rules" / "linux", check=False)[::12]
    assert len(rules) > 15 and len(sigma) > 10
    for document in [*rules, *sigma]:
        for key, value in list(document.data.items()):
            if not isinstance(value, (dict, list)):
                _edits(document, key, f"{value} x" if isinstance(value, str) else 12)
        _edits(document, "tags", ["a.b", "c.d"])


def _edits(document: Document, key: str, value: Any) -> None:
    result = edit(document, key, value)
    old, new = document.source.text.splitlines(), result.splitlines()
    kept = [line for line in new if line in set(old)]
    assert len(kept) >= len(old) - 3 - str(document.data[key]).count("\n") - 2 * len(document.data.get("tags", []))
    if isinstance(value, str):
        with pytest.raises(ConverterError):
            edit(document, [key, "below"], 1)
