"""The files that a repository of rules begins with."""

from __future__ import annotations

from converter import __version__
from converter.scaffold.rule import rule_files

_CONFIG = """\
# What `ruleproof` asks of the rules of this repository. `ruleproof explain` lists the checks.
paths = ["rules"]
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
            files: ^rules/
          - id: ruleproof-format
            name: lay out detection rules
            entry: ruleproof format --changed
            language: python
            additional_dependencies: ["ruleproof>={version}"]
            files: ^rules/
          - id: ruleproof-export-fresh
            name: the exported forms are fresh
            entry: ruleproof export --check --changed
            language: python
            additional_dependencies: ["ruleproof>={version}"]
            files: ^rules/
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
              run: ruleproof check rules/ --format github --report sarif=ruleproof.sarif
            - name: What changed
              if: github.event_name == 'pull_request'
              env:
                  BASE: ${{{{ github.event.pull_request.base.sha }}}}
              run: ruleproof diff "$BASE" HEAD --format markdown -- rules/ >> "$GITHUB_STEP_SUMMARY"
            - name: The exported forms are fresh
              run: ruleproof export rules/ -o output/ --check
            - name: Page
              if: always()
              run: ruleproof report rules/ -o report.html
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
        - ruleproof check rules/ --report junit=ruleproof.xml
        - ruleproof export rules/ -o output/ --check
        - ruleproof report rules/ -o report.html
        - |
            if [ -n "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ]; then
                ruleproof diff "$CI_MERGE_REQUEST_DIFF_BASE_SHA" HEAD -- rules/
            fi
    artifacts:
        when: always
        paths: [report.html]
        reports:
            junit: ruleproof.xml
"""

_README = """\
# Detection rules

Each rule is a folder below `rules/`: the rule's file and `fixtures.yml`, events that it must and must not match.

    ruleproof new rules/execution/my_rule     # a new rule
    ruleproof check                           # what is wrong
    ruleproof replay rules/                   # every form on the fixtures
    ruleproof export rules/ -o output/        # all forms that are proven
    ruleproof report rules/ -o report.html    # everything on one page
"""


def repository_files(kind: str = "elastic", ci: str = "github") -> dict[str, str]:
    """Names and texts; `kind` is `elastic` or `sigma`, `ci` is `github`, `gitlab` or `none`."""
    files = {
        "README.md": _README,
        "ruleproof.toml": _CONFIG,
        ".pre-commit-config.yaml": _PRE_COMMIT.format(version=__version__),
        ".gitignore": ".ruleproof/\nreport.html\n",
    }
    if ci == "github":
        files[".github/workflows/rules.yml"] = _GITHUB.format(version=__version__)
    elif ci == "gitlab":
        files[".gitlab-ci.yml"] = _GITLAB.format(version=__version__)
    rule = rule_files("Example Program Run", "eql" if kind == "elastic" else "sigma")
    return files | {f"rules/execution/example_program_run/{name}": text for name, text in rule.items()}
