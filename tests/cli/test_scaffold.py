"""`init`, `new`, `explain`, `completion`: beginnings that hold, and help in words."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from converter import load
from converter.checks import checks
from converter.documents import load_fixtures
from converter.scaffold import LANGUAGES, rule_files, title_of
from tests.checks.examples import sigma
from tests.cli.inside import clean_error, ruleproof

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", ["elastic", "sigma"])
@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
def test_a_new_repository_is_clean_from_the_beginning(tmp_path: Path, kind: str, ci: str) -> None:
    done = ruleproof("init", str(tmp_path / "new"), "--kind", kind, "--ci", ci)
    assert done.code == 0 and (tmp_path / "new" / "ruleproof.toml").is_file()
    assert (tmp_path / "new" / ".github").exists() == (ci == "github")
    if ci == "none":
        done = ruleproof("check", "--no-cache", str(tmp_path / "new"))
        assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize("kind", ["elastic", "sigma"])
def test_a_new_repository_passes_its_own_hooks_and_workflow(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ruleproof("init", "--kind", kind).code == 0
    for call in (["check", "--no-cache"], ["format", "--check", "rules/"], ["export", "--check", "rules/"]):
        done = ruleproof(*call)
        assert (done.code, done.out) == (0, ""), (call, done.out)
    files = [str(path) for path in (tmp_path / "rules").rglob("*") if path.is_file()]
    for hook in (["check", "--no-cache", "--changed"], ["format", "--changed"], ["export", "--check", "--changed"]):
        assert ruleproof(*hook, *files).code == 0, hook


def test_init_takes_the_rules_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("detections/windows/a.yml", "hunting/b.yml", "output/c.yml", "scripts/config.yml"):
        (tmp_path / name).parent.mkdir(parents=True)
        text = "a: 1\n" if "config" in name else sigma(title=f"Rule {name[-5]}").files["rule_a.yml"]
        (tmp_path / name).write_text(text, "utf-8")
    done = ruleproof("init")
    assert done.code == 0 and not (tmp_path / "rules").exists()
    assert 'paths = ["detections", "hunting"]' in (tmp_path / "ruleproof.toml").read_text("utf-8")
    assert "files: ^(detections|hunting)/" in (tmp_path / ".pre-commit-config.yaml").read_text("utf-8")
    workflow = (tmp_path / ".github/workflows/rules.yml").read_text("utf-8")
    assert "ruleproof check detections/ hunting/ --format github" in workflow
    found = json.loads(ruleproof("check", "--no-cache", "--format", "json").out)
    assert {rule["source"] for rule in found["rules"]} == {"detections/windows/a.yml", "hunting/b.yml"}


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "ruleproof.toml").write_text("# mine\n", "utf-8")
    done = ruleproof("init", str(tmp_path))
    assert done.code == 0 and "kept" in done.out
    assert (tmp_path / "ruleproof.toml").read_text("utf-8") == "# mine\n"
    again = ruleproof("init", str(tmp_path))
    assert again.code == 0 and "made" not in again.out


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_new_rule_is_valid_and_its_fixtures_hold(tmp_path: Path, language: str) -> None:
    folder = tmp_path / "odd_child_process"
    assert ruleproof("new", str(folder), "-l", language).code == 0
    (document,) = load(folder)
    assert document.name == "Odd Child Process" and document.language == language
    made = load_fixtures(folder / "fixtures.yml")
    assert {item["expect"] for item in made} == {"match", "no_match"}
    done = ruleproof("check", "--no-cache", "--fail-on", "warning", str(folder))
    assert done.code == 0, done.out


def test_new_takes_a_query_and_a_name_of_its_own(tmp_path: Path) -> None:
    done = ruleproof("new", str(tmp_path / "x"), "--name", 'A "quoted" name', "--query", 'any where a == "b"')
    assert done.code == 0, done.err
    (document,) = load(tmp_path / "x")
    assert (document.name, document.data["query"].strip()) == ('A "quoted" name', 'any where a == "b"')


def test_two_new_rules_have_two_ids() -> None:
    assert rule_files("One")["rule.toml"] != rule_files("One")["rule.toml"]


def test_a_title_is_made_of_a_folders_name() -> None:
    assert title_of("odd-child_of DNS.tool") == "Odd Child Of DNS Tool"


@pytest.mark.parametrize(
    "args",
    [
        ("new", "there"), ("new", "x", "-l", "klingon"), ("new", "x", "--query", "any where ("),
        ("new", "x", "--name", " "),
        ("new", "x", "-l", "sigma", "--query", "a"), ("init", "file"), ("init", "--kind", "x"), ("new", "file/below"),
        ("explain", "RP000"), ("explain", ""), ("completion", "tcsh"), ("completion",),
    ],
)  # fmt: skip
def test_wrong_use_is_explained_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    Path("there/rule.toml").write_text("# mine\n", "utf-8")
    Path("file").write_text("x", "utf-8")
    before = sorted(Path().rglob("*"))
    assert clean_error(ruleproof(*args)), args
    assert sorted(Path().rglob("*")) == before


def test_explain_knows_every_check_by_code_and_by_name() -> None:
    listed = ruleproof("explain")
    for check in checks():
        assert check.code in listed.out
    for check in checks()[::7]:
        by_code, by_name = ruleproof("explain", check.code.lower()), ruleproof("explain", check.name)
        assert by_code.code == 0 and by_code.out == by_name.out and check.doc[:40] in by_code.out
    row = json.loads(ruleproof("explain", checks()[0].code, "--format", "json").out)
    assert row["code"] == checks()[0].code and row["documentation"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_one_that_the_shell_takes(shell: str) -> None:
    done = ruleproof("completion", shell)
    assert done.code == 0 and "_RULEPROOF_COMPLETE" in done.out
    program = shutil.which(shell)
    if program is not None:
        assert subprocess.run([program, "-n"], input=done.out, text=True, check=False).returncode == 0


def test_completion_offers_commands_and_report_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RULEPROOF_COMPLETE", "bash_complete")
    for words, expected in (("ruleproof re", "plain,report"), ("ruleproof report --format s", "plain,sarif")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        call = [sys.executable, "-c", "from converter.cli import main; main()"]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
        assert expected in done.stdout.splitlines()
