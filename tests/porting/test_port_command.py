"""`ruleproof port` with whole documents: files written whole, formats, stacks, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from converter.cli import cli
from converter.documents import loads

SIGMA = """\
title: Shell {0}
id: 5e3d2c1b-0a9f-4e8d-8c7b-6a5f4e3d2c{0}
logsource: {{category: process_creation, product: windows}}
detection:
  selection: {{Image|endswith: '\\{0}.exe'}}
  condition: selection
level: high
"""
REFUSED = SIGMA.replace("Image|endswith: '\\{0}.exe'", "Image|expand: '%nobody%'")


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["port", *args])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name in ("1a", "2b"):
        (folder / f"{name}.yml").write_text(SIGMA.format(name), "utf-8")
    return folder


def test_several_rules_become_one_import_file(rules: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "import.ndjson"
    done = run(str(rules), "--to", "ndjson", "-o", str(target))
    assert done.exit_code == 0
    assert [item.name for item in loads(target.read_text("utf-8"))] == ["Shell 1a", "Shell 2b"]
    assert json.loads(target.read_text("utf-8").splitlines()[-1])["exported_rules_count"] == 2


def test_without_a_file_the_import_goes_to_standard_output_alone(rules: Path) -> None:
    done = run(str(rules), "--to", "ndjson")
    assert [item.name for item in loads(done.stdout, "ndjson")] == ["Shell 1a", "Shell 2b"]


@pytest.mark.parametrize(("to", "ending"), [("toml", ".toml"), ("json", ".json"), ("eql", ".eql"), ("sigma", ".yml")])
def test_a_folder_gets_a_file_a_rule(rules: Path, tmp_path: Path, to: str, ending: str) -> None:
    assert run(str(rules), "--to", to, "-o", f"{tmp_path}/out/").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"1a{ending}", f"2b{ending}"]


def test_one_file_for_several_toml_rules_is_wrong_use_and_writes_nothing(rules: Path, tmp_path: Path) -> None:
    done = run(str(rules), "--to", "toml", "-o", str(tmp_path / "x.toml"))
    assert done.exit_code != 0 and not (tmp_path / "x.toml").exists()
    assert "holds one rule, not 2" in str(done.exception)


def test_a_refused_rule_is_not_written_and_the_others_are(rules: Path, tmp_path: Path) -> None:
    (rules / "3c.yml").write_text(REFUSED.format("3c"), "utf-8")
    done = run(str(rules), "--to", "json", "-o", str(tmp_path / "x.json"))
    assert done.exit_code == 1
    assert [rule["name"] for rule in json.loads((tmp_path / "x.json").read_text("utf-8"))] == ["Shell 1a", "Shell 2b"]


def test_an_unwritable_place_is_wrong_use(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = run(str(rules / "1a.yml"), "--to", "json", "-o", str(tmp_path / "file" / "x.json"))
    assert "cannot write" in str(done.exception)


def test_the_language_of_the_rule_can_be_chosen(rules: Path) -> None:
    data = json.loads(run(str(rules / "1a.yml"), "--to", "json", "--rule-language", "esql").stdout)
    assert (data["type"], data["language"], "index" in data) == ("esql", "esql", False)


def test_an_elastic_rule_changes_its_language_and_keeps_the_rest(rules: Path, tmp_path: Path) -> None:
    run(str(rules / "1a.yml"), "--to", "toml", "-o", str(tmp_path / "x.toml"))
    data = json.loads(run(str(tmp_path / "x.toml"), "--to", "json", "--rule-language", "lucene").stdout)
    assert (data["type"], data["language"], data["name"]) == ("query", "lucene", "Shell 1a")


def test_what_a_stack_cannot_take_is_refused_by_name(tmp_path: Path) -> None:
    rule = {
        "rule_id": "a", "name": "T", "description": "T.", "type": "threshold", "language": "kuery", "query": "a: b",
        "risk_score": 21, "severity": "low", "index": ["logs-*"], "response_actions": [],
        "threshold": {"field": ["a", "b", "c", "d"], "value": 3},
    }  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps(rule), "utf-8")
    done = run(str(tmp_path / "x.json"), "--to", "ndjson", "--stack", "8.19")
    assert done.exit_code == 1 and "a threshold over 4 fields" in done.stderr
    assert "the key `response_actions`" in done.stderr
    assert run(str(tmp_path / "x.json"), "--to", "ndjson", "--stack", "9.5").exit_code == 0


def test_approximate_entries_are_used_only_on_request(tmp_path: Path) -> None:
    rule = SIGMA.replace("Image|endswith: '\\{0}.exe'", "Signed: 'true'").replace("process_creation", "image_load")
    (tmp_path / "x.yml").write_text(rule.format("1a"), "utf-8")
    native = run(str(tmp_path / "x.yml"), "--to", "json")
    assert (native.exit_code, "winlog.event_data.Signed" in native.stdout) == (0, True)
    loose = run(str(tmp_path / "x.yml"), "--to", "json", "--approximate")
    assert (loose.exit_code, "file.code_signature.signed" in loose.stdout) == (0, True)
    assert "unknown: " in loose.stderr and "equivalent" not in loose.stderr
