"""Correlations and the rules that they build on, over several files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from converter import ConverterError, match, port
from converter.cli import cli
from converter.documents import load, loads, rules_of
from converter.porting import rule_query

BASE = """\
title: Failed logon
id: 53ba33fd-3a50-4468-a5ef-c583635cfa92
name: failed
taxonomy: ecs
logsource: {product: windows, service: security}
detection:
    s: {event.action: logon-failed}
    condition: s
"""
GOOD = BASE.replace("Failed", "Good").replace("failed", "good").replace("53ba", "53bb")
MANY = """\
title: Many failed logons
name: many
taxonomy: ecs
correlation:
    type: event_count
    rules: [53ba33fd-3a50-4468-a5ef-c583635cfa92]
    group-by: [user.name]
    timespan: 10m
    condition: {gte: 3}
"""
THEN = """\
title: Many failed logons, then a good one
taxonomy: ecs
correlation:
    type: temporal_ordered
    rules: [many, good]
    group-by: [user.name]
    timespan: 10m
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


def stream(*actions: str) -> list[dict[str, Any]]:
    return [
        {"@timestamp": f"2026-01-01T00:00:{at:02}Z", "event.action": f"logon-{action}", "user.name": "u"}
        for at, action in enumerate(actions)
    ]


def test_a_correlation_finds_the_rules_of_its_folder(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, many=MANY)
    (document,) = load(tmp_path / "many.yml")
    assert match(rule_query(document), stream("failed", "good", "failed", "failed")) == [(0, 2, 3)]
    assert port(document, "esql").relation == "equivalent"


def test_it_finds_the_rules_of_other_folders_that_are_read_with_it(tmp_path: Path) -> None:
    write(tmp_path, a__base=BASE, b__good=GOOD, c__many=MANY, d__then=THEN)
    then = next(item for item in load(tmp_path) if "then" in item.name)
    assert match(rule_query(then), stream("failed", "failed", "failed", "good")) == [(0, 1, 2, 3)]
    with pytest.raises(ConverterError, match="there is no rule `many` in this text"):
        rule_query(load(tmp_path / "d/then.yml")[0])


def test_each_correlation_of_a_file_is_its_own(tmp_path: Path) -> None:
    other = MANY.replace("gte: 3", "gte: 2").replace("name: many", "name: few").replace("Many", "Few")
    write(tmp_path, all="---\n".join((BASE, GOOD, MANY, THEN, other)))
    found = {item.name: item for item in load(tmp_path) if item.type == "correlation"}
    events = stream("failed", "failed", "failed", "good")
    hits = {name: match(rule_query(document), events) for name, document in found.items()}
    assert hits == {
        "Many failed logons": [(0, 1, 2)], "Many failed logons, then a good one": [(0, 1, 2, 3)],
        "Few failed logons": [(0, 1)],
    }  # fmt: skip


def test_an_error_is_shown_in_the_file_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, base=BASE.replace("event.action:", "event.action|nope:"), many=MANY)
    with pytest.raises(ConverterError) as error:
        rule_query(load(tmp_path / "many.yml")[0])
    place = error.value.diagnostics[0].position
    assert place is not None and place.path == str(tmp_path / "base.yml")
    assert "event.action|nope" in place.line_text


def test_a_name_that_several_rules_have_is_refused(tmp_path: Path) -> None:
    write(tmp_path, one=BASE, two=BASE, many=MANY)
    with pytest.raises(ConverterError, match=r"is the name of several rules: .*one\.yml, .*two\.yml"):
        rule_query(load(tmp_path / "many.yml")[0])


def test_rules_that_only_serve_are_no_rules_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, good=GOOD, many=MANY)
    assert [item.name for item in rules_of(load(tmp_path))] == ["Good logon", "Many failed logons"]
    write(tmp_path, many=MANY + "generate: true\n")
    assert len(rules_of(load(tmp_path))) == 3


def test_generate_beside_the_correlation_counts_as_in_it() -> None:
    """The specification has it there, pySigma in the section."""
    inside = MANY.replace("    type:", "    generate: true\n    type:")
    for text in (MANY + "generate: true\n", inside):
        document = loads(f"{BASE}---\n{text}", "sigma")[-1]
        assert rule_query(document).tree.generate
        assert "`generate`" in (port(document, "esql").reason or "")


@pytest.mark.parametrize(
    "command",
    [
        ["port", "many.yml", "--to", "esql"],
        ["port", "many.yml", "--to", "sigma"],
        ["replay", "many.yml"],
        ["fixtures", "many.yml"],
        ["prove", "many.yml", "many.yml"],
        ["match", "many.yml", "events.ndjson"],
        ["export", ".", "-o", "out"],
    ],
)
def test_every_command_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    write(tmp_path, base=BASE, many=MANY)
    lines = [json.dumps(event) for event in stream("failed", "failed", "failed")]
    (tmp_path / "events.ndjson").write_text("\n".join(lines), "utf-8")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output


def test_a_text_of_several_files_is_one_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, base=BASE, good=GOOD, many=MANY, then=THEN)
    text = port(load(tmp_path / "then.yml")[0]).text or ""
    again = rule_query(loads(text, "sigma")[0])
    assert match(again, stream("failed", "failed", "failed", "good")) == [(0, 1, 2, 3)]


def test_a_check_is_made_anew_when_a_rule_of_another_file_changes(tmp_path: Path) -> None:
    from converter.cache import Cache
    from converter.checks import run_checks

    write(tmp_path, a__base=BASE, b__many=MANY)
    cache = Cache(tmp_path / "kept")
    codes = [{f.code for f in run_checks([str(tmp_path)], cache=cache).findings} for _ in range(2)]
    assert codes[0] == codes[1] and "RP201" not in codes[0]
    write(tmp_path, a__base=BASE.replace("53ba", "53bc"))
    assert "RP201" in {f.code for f in run_checks([str(tmp_path)], cache=cache).findings}
