"""The hooks of `.pre-commit-hooks.yaml` run by the real pre-commit in a throwaway repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULE = """\
title: A Tool That Was Run
id: 5b1c6f0e-8a58-4f62-9d0f-0c3f3f1b7a01
status: test
description: Finds a tool that was run by somebody.
references:
    - https://attack.mitre.org/techniques/T1059/
author: me
date: 2026-11-24
tags:
    - attack.execution
    - attack.t1059
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\tool.exe'
    condition: selection
falsepositives:
    - Unknown
level: medium
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a rule and our hooks, called as this environment has them: nothing is installed."""
    program = Path(sys.executable).parent
    if shutil.which("pre-commit", path=str(program)) is None:
        pytest.skip("pre-commit is not installed")
    for key, value in {
        "PATH": f"{program}{os.pathsep}{os.environ['PATH']}", "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "me",
        "GIT_AUTHOR_EMAIL": "me@example.org", "GIT_COMMITTER_NAME": "me", "GIT_COMMITTER_EMAIL": "me@example.org",
    }.items():  # fmt: skip
        monkeypatch.setenv(key, value)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    manifest = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in manifest:
        hook["language"] = "system"
    (hooks / ".pre-commit-hooks.yaml").write_text(yaml.safe_dump(manifest), "utf-8")
    call(hooks, "git", "init", "-q", "-b", "main", ".")
    call(hooks, "git", "add", "-A")
    call(hooks, "git", "commit", "-q", "-m", "hooks")
    here = tmp_path / "rules-repository"
    (here / "rules").mkdir(parents=True)
    (here / "rules" / "a_tool_that_was_run.yml").write_text(RULE, "utf-8")
    (here / "mkdocs.yml").write_text("site_name: x\n", "utf-8")
    (here / "ruleproof.toml").write_text('paths = ["rules"]\n', "utf-8")
    call(here, "git", "init", "-q", "-b", "main", ".")
    return here


def call(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(args, cwd=folder, check=True, capture_output=True, text=True)


def pre_commit(here: Path, hook: str) -> subprocess.CompletedProcess[str]:
    """The hook on what is staged."""
    call(here, "git", "add", "-A")
    command = ["pre-commit", "try-repo", str(here.parent / "hooks"), hook, "--verbose"]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)


def test_check_passes_a_sound_rule_and_stops_one_that_never_matches(repository: Path) -> None:
    done = pre_commit(repository, "ruleproof-check")
    assert done.returncode == 0, done.stdout
    path = repository / "rules" / "a_tool_that_was_run.yml"
    path.write_text(RULE.replace("condition: selection", "condition: selection and not selection"), "utf-8")
    done = pre_commit(repository, "ruleproof-check")
    assert done.returncode == 1 and "error[RP3" in done.stdout


def test_format_mends_the_changed_file_and_says_so_once(repository: Path) -> None:
    path = repository / "rules" / "a_tool_that_was_run.yml"
    other = repository / "rules" / "another.yml"
    untidy = RULE.replace("    category", "  category").replace("    product", "  product")
    other.write_text(untidy.replace("7a01", "7a02"), "utf-8")
    call(repository, "git", "add", "-A")
    call(repository, "git", "commit", "-q", "-m", "before the hook came")
    path.write_text(untidy, "utf-8")
    done = pre_commit(repository, "ruleproof-format")
    assert done.returncode == 1 and "files were modified" in done.stdout
    assert path.read_text("utf-8") == RULE
    assert other.read_text("utf-8") == untidy.replace("7a01", "7a02"), "only the changed files are looked at"
    assert pre_commit(repository, "ruleproof-format").returncode == 0


def test_export_fresh_stops_a_change_whose_forms_were_not_exported(repository: Path) -> None:
    assert pre_commit(repository, "ruleproof-export-fresh").returncode == 1
    call(repository, "ruleproof", "export", "rules", "-o", "output")
    assert pre_commit(repository, "ruleproof-export-fresh").returncode == 0
    path = repository / "rules" / "a_tool_that_was_run.yml"
    path.write_text(RULE.replace("tool.exe", "other.exe"), "utf-8")
    done = pre_commit(repository, "ruleproof-export-fresh")
    assert done.returncode == 1 and "different" in done.stdout


def test_files_that_hold_no_rule_stop_nothing(repository: Path) -> None:
    call(repository, "git", "add", "-A")
    call(repository, "git", "commit", "-q", "-m", "before the hook came")
    (repository / "mkdocs.yml").write_text("site_name: y\n", "utf-8")
    (repository / "pyproject.toml").write_text("[project]\n", "utf-8")
    for hook in ("ruleproof-check", "ruleproof-format", "ruleproof-export-fresh"):
        done = pre_commit(repository, hook)
        assert done.returncode == 0, done.stdout
