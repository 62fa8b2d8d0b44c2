"""The files that a repository of rules begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from converter import __version__
from converter.documents.loading import holds_rules
from converter.scaffold.rule import rule_files

_CONFIG = """\
# What `ruleproof` asks of the rules of this repository. `ruleproof explain` lists the checks.
paths = {paths}
exported = ["output"]

# The share of small mistakes (mutants) that a rule's fixtures must find.
min-kill = 0.8

[checks]
# off = ["RP202"]

# A finding that is accepted, with the reason:
# [[suppress]]
# code = "RP303"
# path = "rules/execution/**"
# reason = "kept for readers"
"""

_PRE_COMMIT = """\
# `pip install pre-commit && pre-commit install`
repos:
    - repo: local
      hooks:
          - id: ruleproof-check
            name: check detection rules
            entry: ruleproof check --changed
            language: python
            additional_dependencies: ["ruleproof>={version}"]
            files: {pattern}
          - id: ruleproof-format
            name: lay out detection rules
            entry: ruleproof format --changed
            language: python
            additional_dependencies: ["ruleproof>={version}"]
            files: {pattern}
          - id: ruleproof-export-fresh
            name: the exported forms are fresh
            entry: ruleproof export --check --changed
            language: python
            additional_dependencies: ["ruleproof>={version}"]
            files: {pattern}
"""

_GITHUB = """\
name: rules
on:
    push:
        branches: [main]
    pull_request:
permissions:
    contents: read
    security-events: write # for the findings in the Security tab
jobs:
    check:
        runs-on: ubuntu-latest
        steps:
            - uses: actions/checkout@v4
              with:
                  fetch-depth: 0 # `ruleproof diff` compares with the base
            - uses: actions/setup-python@v5
              with:
                  python-version: "3.12"
            - run: pip install "ruleproof>={version}"
            - name: Check
              run: ruleproof check {places} --format github --report sarif=ruleproof.sarif
            - name: What changed
              if: github.event_name == 'pull_request'
              env:
                  BASE: ${{{{ github.event.pull_request.base.sha }}}}
              run: ruleproof diff "$BASE" HEAD --format markdown -- {places} >> "$GITHUB_STEP_SUMMARY"
            - name: The exported forms are fresh
              run: ruleproof export {places} -o output/ --check
            - name: Page
              if: always()
              run: ruleproof report {places} -o report.html
            - uses: actions/upload-artifact@v4
              if: always()
              with:
                  name: ruleproof
                  path: report.html
            - uses: github/codeql-action/upload-sarif@v3
              if: always()
              with:
                  sarif_file: ruleproof.sarif
"""

_GITLAB = """\
rules:
    image: python:3.12
    variables:
        GIT_DEPTH: 0 # `ruleproof diff` compares with the base
    script:
        - pip install "ruleproof>={version}"
        - ruleproof check {places} --report junit=ruleproof.xml
        - ruleproof export {places} -o output/ --check
        - ruleproof report {places} -o report.html
        - |
            if [ -n "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ]; then
                ruleproof diff "$CI_MERGE_REQUEST_DIFF_BASE_SHA" HEAD -- {places}
            fi
    artifacts:
        when: always
        paths: [report.html]
        reports:
            junit: ruleproof.xml
"""

_README = """\
# Detection rules

Beside a rule's file stands `fixtures.yml`: events that it must and must not match.

    ruleproof new rules/execution/my_rule     # a new rule
    ruleproof check                           # what is wrong
    ruleproof replay {places}                   # every form on the fixtures
    ruleproof export {places} -o output/        # all forms that are proven
    ruleproof report {places} -o report.html    # everything on one page
"""


#: Folders that hold no rules of the repository.
_SKIPPED = {"output", "node_modules", "venv", "env", "build", "dist", "tests", "docs"}


def rule_folders(folder: Path) -> list[str]:
    """The folders of a repository that hold rules already, by name; `.` where rule files lie at its top."""
    if not folder.is_dir():
        return []
    places = sorted(folder.iterdir())
    found = ["."] if any(item.is_file() and holds_rules(item) for item in places) else []
    for item in places:
        looked_at = item.is_dir() and not item.name.startswith(".") and item.name not in _SKIPPED
        if looked_at and any(file.is_file() and holds_rules(file) for file in item.rglob("*")):
            found.append(item.name)
    return found


def repository_files(kind: str = "elastic", ci: str = "github", there: Sequence[str] = ()) -> dict[str, str]:
    """Names and texts; `kind` is `elastic` or `sigma`, `ci` is `github`, `gitlab` or `none`.

    `there` are the folders that hold rules already: without any a first rule is made.
    """
    folders = list(there) or ["rules"]
    values = {
        "version": __version__, "paths": json.dumps(folders),
        "places": " ".join("." if name == "." else f"{name}/" for name in folders), "pattern": _pattern(folders),
    }  # fmt: skip
    files = {
        "README.md": _README, "ruleproof.toml": _CONFIG, ".pre-commit-config.yaml": _PRE_COMMIT,
        ".gitignore": ".ruleproof/\nreport.html\n",
    }  # fmt: skip
    if ci == "github":
        files[".github/workflows/rules.yml"] = _GITHUB
    elif ci == "gitlab":
        files[".gitlab-ci.yml"] = _GITLAB
    files = {name: text.format(**values) for name, text in files.items()}
    if there:
        return files
    rule = rule_files("Example Program Run", "eql" if kind == "elastic" else "sigma")
    return files | {f"rules/execution/example_program_run/{name}": text for name, text in rule.items()}


def _pattern(folders: Sequence[str]) -> str:
    """The regular expression of pre-commit for the files below them."""
    if "." in folders:
        return r"\.(toml|ya?ml|json|ndjson|md)$"
    names = [re.escape(name) for name in folders]
    return f"^{names[0]}/" if len(names) == 1 else f"^({'|'.join(names)})/"
