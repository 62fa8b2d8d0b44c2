"""Whatever is given, what comes back is an explanation: exit code 2, never a trace, never half a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.inside import clean_error, ruleproof

RULE = """\
title: A
id: 5b1c6f0e-8a58-4f62-9d0f-0c3f3f1b7a01
logsource: {category: process_creation, product: windows}
detection:
    selection:
        Image|endswith: 'tool.exe'
    condition: selection
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    Path("rule.yml").write_text(RULE, "utf-8")
    Path("empty").mkdir()
    Path("file").write_text("x", "utf-8")
    Path("binary.toml").write_bytes(b"\xff\xfe\x00[rule]")
    Path("broken.json").write_text('{"ruleproof": "0.1.0", "rules": [{"id": 1}]}', "utf-8")
    Path("halved.json").write_text('{"ruleproof": "0.1.0", "rules": [', "utf-8")
    Path("deep.json").write_text('{"ruleproof": "1", "rules": ' + "[" * 100_000, "utf-8")
    Path("ruleproof-bad").mkdir()
    Path("ruleproof-bad/ruleproof.toml").write_text('paths = "rules"\nnothing = 1\n', "utf-8")
    Path("ruleproof-bad/rule.yml").write_text(RULE, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "args",
    [
        ("report", "nothing-here"), ("report", "empty"), ("report", "rule.yml", "-o", "report.xyz"),
        ("report", "rule.yml", "-o", "klingon=x"), ("report", "rule.yml", "-o", "sarif="),
        ("report", "rule.yml", "--format", "klingon"), ("report", "rule.yml", "--to", "klingon"),
        ("report", "rule.yml", "--jobs", "0"), ("report", "broken.json"), ("report", "halved.json"),
        ("report", "deep.json"),
        ("report", "rule.yml", "-o", "file/below/report.html"), ("report", "rule.yml", "--fields", "nothing.yml"),
        ("report", "ruleproof-bad/rule.yml"), ("report",), ("report", "\0"),
        ("export", "rule.yml", "--report", "x"), ("export", "rule.yml", "--check", "--format", "sarif"),
        ("export", "rule.yml", "-o", "file"), ("export", "nothing-here"), ("export", "rule.yml", "-o", "file/x"),
        ("export", "binary.toml"), ("export", "rule.yml", "--to", "klingon"),
        ("format", "nothing-here"), ("format", "binary.toml"), ("format", "empty"), ("format", "file"), ("format",),
        ("format", "\0"), ("diff",), ("diff", "rule.yml", "empty"), ("diff", "rule.yml", "nothing"), ("diff", "main"),
        ("check", "rule.yml", "--report", "sarif="), ("check", "rule.yml", "--format", "x"), ("explain", "x" * 10_000),
    ],
)  # fmt: skip
def test_it_is_explained(here: Path, args: tuple[str, ...]) -> None:
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    done = ruleproof(*args)
    assert clean_error(done), (args, done)
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
