"""Every check fires on its example, is silent on a sound rule, and documents itself; none is without examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from converter.checks import check_of, checks
from converter.checks.finding import Finding
from converter.checks.runner import run_checks
from converter.config import Config
from tests.checks.examples import EXAMPLES, Files

#: Checks whose finding is a defect of ours: no rule that we know earns it.
NO_RULE_EARNS_IT = {"RP405"}


def findings(files: Files, folder: Path, code: str) -> list[Finding]:
    for name, text in files.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    select = frozenset() if code.startswith(("RP9", "RP100")) else frozenset([code])
    rules = [str(folder / name) for name in files.files if name.endswith((".toml", ".yml")) and _is_rule(name)]
    return list(run_checks(rules, Config(root=folder, select=select, **files.config)).findings)


def _is_rule(name: str) -> bool:
    return name not in ("fixtures.yml", "own.yml") and not name.endswith(".test.yml")


def _of(found: list[Finding], code: str) -> list[Finding]:
    return [f for f in found if f.code == code or ((check := check_of(f.code)) is not None and check.code == code)]


@pytest.mark.parametrize("code", [check.code for check in checks()])
def test_a_check_fires_on_its_example_and_only_there(code: str, tmp_path: Path) -> None:
    if code in NO_RULE_EARNS_IT:
        return
    assert code in EXAMPLES, f"{code} has no examples: give it two in tests/checks/examples.py"
    firing, silent = EXAMPLES[code]
    fired = _of(findings(firing, tmp_path / "firing", code), code)
    assert fired, f"{code} does not fire"
    assert all(finding.path is not None and finding.line is not None for finding in fired)
    assert _of(findings(silent, tmp_path / "silent", code), code) == []


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.code)
def test_a_check_says_what_why_an_example_and_what_instead(check: object) -> None:
    doc = check.doc  # type: ignore[attr-defined]
    parts = [part for part in ("What:", "Why:", "Example:", "Instead:") if part in doc]
    assert parts == ["What:", "Why:", "Example:", "Instead:"]
    assert doc.splitlines()[0].endswith(".")
    assert re.fullmatch(r"RP\d{3}", check.code)  # type: ignore[attr-defined]


def test_no_two_checks_share_a_code_or_a_name() -> None:
    found = checks()
    assert len({check.code for check in found}) == len({check.name for check in found}) == len(found)
