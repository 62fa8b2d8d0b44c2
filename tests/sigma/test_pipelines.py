"""Rules behind the user's pySigma pipelines, and placeholders with the user's values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import converter
from converter.cli import cli
from converter.documents import load
from converter.languages.sigma.pipelines import applied, current, given, resolve
from converter.languages.sigma.placeholders import placeholder_values, read_file
from converter.porting import port, rule_query
from tests.sigma.helpers import rule

PIPELINE = """\
name: mine
priority: 10
transformations:
  - id: names
    type: field_name_mapping
    mapping: {Image: process.executable, CommandLine: [process.command_line, process.args]}
  - id: source
    type: add_condition
    conditions: {event.category: process}
    rule_conditions: [{type: logsource, category: process_creation}]
"""
DETECTION = {"sel": {"Image|endswith": "\\a.exe", "CommandLine|contains": "x"}, "condition": "sel"}
EVENT = {"process.executable": "C:\\A.exe", "process.args": "-X", "event.category": "process"}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "pipeline.yml").write_text(PIPELINE)
    (tmp_path / "rule.yml").write_text(
        rule(DETECTION, logsource={"product": "windows", "category": "process_creation"})
    )
    (tmp_path / "expand.yml").write_text(rule({"sel": {"who|expand": "%admins%"}, "condition": "sel"}))
    (tmp_path / "values.yml").write_text("admins: [root, adm*]\n")
    (tmp_path / "event.json").write_text(json.dumps(EVENT))
    return tmp_path


def run(*args: Any) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(arg) for arg in args], catch_exceptions=True)
    if isinstance(result.exception, converter.ConverterError):  # `main` prints it and ends with 2
        return 2, result.exception.render()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_port_speaks_the_names_of_the_pipeline_and_says_so(files: Path) -> None:
    document = load(files / "rule.yml")[0]
    with given(resolve([str(files / "pipeline.yml")])):
        result = port(document, "eql")
    assert result.relation == "equivalent"
    assert result.given == ("pipeline pipeline.yml",)
    assert result.target is not None
    assert converter.matches(result.target, EVENT)
    assert not converter.matches(result.target, {**EVENT, "event.category": "file"})
    assert port(document, "eql").given != result.given


def test_what_is_written_is_read_without_the_pipeline(files: Path) -> None:
    """The log source's condition stands once in the Sigma form of the rule, though that form is read again."""
    document = load(files / "rule.yml")[0]
    with given(resolve([str(files / "pipeline.yml")])):
        result = port(document, "sigma")
        assert current() is not None
        bare = converter.parse("sigma", document.source.text)
    assert result.relation == "equivalent"
    assert result.text is not None
    assert result.text.count("event.category") == 1
    assert "pipelines" not in bare.extra


def test_a_filter_goes_through_the_pipeline_of_its_rule(files: Path) -> None:
    text = rule(DETECTION, logsource={"product": "windows"}) + (
        "---\ntitle: Out\nlogsource: {product: windows}\nfilter:\n    rules: any\n    sel: {Image|contains: temp}\n"
        "    condition: not sel\n"
    )
    with given(resolve([str(files / "pipeline.yml")])), applied():
        query = converter.parse("sigma", text)
    assert converter.matches(query, EVENT)
    assert not converter.matches(query, {**EVENT, "process.executable": "C:\\Temp\\a.exe"})


def test_a_query_behind_a_pipeline_keeps_its_fields(files: Path) -> None:
    document = load(files / "rule.yml")[0]
    with given(resolve([str(files / "pipeline.yml")])):
        query = rule_query(document)
    assert converter.match(query, [EVENT], fields={"other": "keyword"}) == [(0,)]


def test_an_unknown_pipeline_is_a_usage_error() -> None:
    with pytest.raises(converter.UsageError, match="there is no pipeline `nope`"):
        resolve(["nope"])


@pytest.mark.parametrize("text", ["a: [", "transformations: [{type: nope}]\n", "42"])
def test_a_broken_pipeline_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.yml").write_text(text)
    with pytest.raises(converter.UsageError, match="cannot be read"):
        resolve([str(tmp_path / "p.yml")])


def test_a_pipeline_that_refuses_a_rule_is_an_error(tmp_path: Path, files: Path) -> None:
    (tmp_path / "p.yml").write_text(
        "name: p\npriority: 1\ntransformations: [{type: rule_failure, message: no such log source}]\n"
    )
    with given(resolve([str(tmp_path / "p.yml")])), pytest.raises(converter.UsageError, match="no such log source"):
        rule_query(load(files / "rule.yml")[0])


@pytest.mark.parametrize("command", ["port", "match", "prove", "replay"])
def test_commands_take_pipelines(files: Path, command: str) -> None:
    rest = {
        "port": ["--to", "lucene"], "match": [files / "event.json"], "prove": [files / "rule.yml"],
        "replay": ["-e", files / "event.json"],
    }[command]  # fmt: skip
    code, out = run(command, files / "rule.yml", *rest, "-p", files / "pipeline.yml")
    assert code == 0, out
    assert ("process.executable" in out) == (command in ("port", "match"))


@pytest.mark.parametrize("command", ["port", "prove", "replay", "match"])
def test_commands_take_values_of_placeholders(files: Path, command: str) -> None:
    (files / "root.json").write_text('{"who": "ROOT"}')
    rest = {"port": ["--to", "eql"], "prove": [files / "expand.yml"], "replay": [], "match": [files / "root.json"]}[
        command
    ]
    code, out = run(command, files / "expand.yml", *rest, "--placeholders", files / "values.yml")
    assert code == 0, out
    code, out = run(command, files / "expand.yml", *rest)
    assert code != 0
    assert "`%admins%` has no value" in out


def test_a_value_file_stands_for_wildcards_too() -> None:
    text = rule({"sel": {"who|expand": "a%x%"}, "condition": "sel"})
    with placeholder_values({"x": ["b", "c*", 7]}):
        query = converter.parse("sigma", text)
    assert [converter.matches(query, {"who": user}) for user in ("ab", "acd", "a7", "ad")] == [True, True, True, False]


@pytest.mark.parametrize("text", ["", "- a\n", "a: [", "a: {b: c}\n", "a: [null]\n"])
def test_a_broken_value_file_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "v.yml").write_text(text)
    with pytest.raises(converter.UsageError), placeholder_values(read_file(str(tmp_path / "v.yml"))):
        pass


def test_the_rules_of_the_corpus_with_placeholders_are_read(shared: Path) -> None:
    found = 0
    for path in (shared / "corpora/sigma").rglob("*.yml"):
        text = path.read_text("utf-8")
        if "|expand" not in text or "\ndetection:" not in text:
            continue
        with pytest.raises(converter.UnsupportedError, match="has no value"):
            converter.parse("sigma", text)
        name = text[text.index("%") + 1 :].partition("%")[0]
        with placeholder_values({name: ["a", "b"]}):
            assert converter.parse("sigma", text).is_event
        found += 1
    assert found >= 1


def test_what_a_check_kept_without_values_is_not_taken_with_them(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(files / "cache"))
    for options, unread in (((), True), (("--placeholders", files / "values.yml"), False), ((), True)):
        _, out = run("check", files / "expand.yml", *options)
        assert ("has no value" in out) is unread, out
