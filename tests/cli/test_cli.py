"""The command line as a person meets it: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from converter.cli import Discovered, cli

ROOT = Path(__file__).resolve().parents[2]
SEED = "rules/defense_evasion/unusual_child_of_the_system_process/rule.md"


def run(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from converter.cli import main; main()", *args]
    return subprocess.run(call, cwd=cwd, capture_output=True, text=True, check=False)


def test_port_prints_the_rule_and_says_that_it_is_equivalent() -> None:
    done = run("port", SEED)
    assert done.returncode == 0
    assert done.stdout.startswith("title: Unusual Child Process from a System Virtual Process")
    assert "equivalent: the sigma form matches the same events" in done.stderr


def test_prove_shows_an_event_that_tells_the_forms_apart() -> None:
    done = run("prove", "-l", "eql", 'any where process.name == "a"', 'any where process.name : "a"')
    assert done.returncode == 1
    assert done.stdout.startswith("broader")
    assert '"process.name": "A"' in done.stdout


def test_match_prints_the_events_that_a_query_takes(tmp_path: Path) -> None:
    events = tmp_path / "events.ndjson"
    events.write_text('{"process": {"name": "cmd.exe"}}\n{"process.name": "other"}\n', encoding="utf-8")
    done = run("match", "-l", "kuery", "process.name: cmd.exe", str(events))
    assert (done.returncode, json.loads(done.stdout)) == (0, {"process": {"name": "cmd.exe"}})
    assert run("match", "-l", "kuery", "process.name: nothing", str(events)).returncode == 1


def test_export_writes_only_proven_forms_and_a_report(tmp_path: Path) -> None:
    done = run("export", SEED, "-o", str(tmp_path), "--to", "sigma", "--to", "eql", "--to", "kuery")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    forms = report["rules"][0]["forms"]
    assert forms["sigma"]["exported"] and forms["eql"]["exported"]
    assert forms["kuery"]["relation"] == "broader" and not forms["kuery"]["exported"]
    written = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert written == [
        "report.json",
        "unusual_child_process_from_a_system_virtual_process.eql",
        "unusual_child_process_from_a_system_virtual_process.yml",
    ]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("port", "nothing-here.toml"), "nothing-here.toml"),
        (("port", SEED, "--to", "klingon"), "klingon"),
        (("prove", "-l", "eql", "any where x ==", "any where true"), "expected"),
        (("match", "-l", "nope", "a", "pyproject.toml"), "nope"),
        (("prove", "a: 1", "b: 2"), "-l"),
        (("check", "--explain", "RP999"), "RP999"),
        (("list", "languages", "klingon"), "klingon"),
    ],
)
def test_wrong_use_is_explained_with_exit_code_2(args: tuple[str, ...], expected: str) -> None:
    done = run(*args)
    assert done.returncode == 2
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_has_help_with_an_example() -> None:
    assert isinstance(cli, Discovered)
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None and command.help and "Example" in command.help, name


def test_the_readme_shows_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for name in cli.list_commands(None):  # type: ignore[attr-defined,arg-type]
        assert f"ruleproof {name}" in text, name
