"""Findings that a person has accepted, and suppressions that are wrong or of no use."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from converter.checks import check_of
from converter.checks.finding import Finding
from converter.checks.inline import Inline
from converter.config import Config, Suppression, fits

#: Codes of the findings about suppressions; their modules hold the documentation.
UNUSED, WRONG = "RP901", "RP902"


def accept(
    findings: Sequence[Finding],
    inline: Mapping[str, Sequence[Inline]],
    config: Config,
    given: set[str],
    whole: bool,
) -> list[Finding]:
    """The findings with severities and suppressions of the configuration and of the files applied.

    `whole`: all of the repository was looked at, so a suppression of the configuration that fits nothing is unused."""
    used_inline: set[tuple[str, int, str]] = set()
    used_config: set[tuple[int, str]] = set()
    out = []
    for finding in findings:
        if not _wanted(finding, config):
            continue
        severity = config.severity.get(finding.code, finding.severity)
        finding = replace(finding, severity=severity) if severity != finding.severity else finding
        for item in inline.get(finding.path or "", ()):
            if item.covers(finding.code, finding.line):
                used_inline.add((finding.path or "", item.line, finding.code))
                finding = replace(finding, suppressed=item.reason)
        for number, rule in enumerate(config.suppress):
            if _covers(rule, finding, config):
                used_config.add((number, finding.code))
                finding = replace(finding, suppressed=finding.suppressed or rule.reason)
        out.append(finding)
    for path, items in inline.items():
        out += _about_inline(path, items, used_inline, config)
    if whole and not config.select:
        out += _about_config(config, used_config)
    return out


def _wanted(finding: Finding, config: Config) -> bool:
    if finding.code in config.off:
        return False
    check = check_of(finding.code)
    if not config.select or check is None or finding.code in config.select:
        return True
    return check.code in config.select


def _covers(rule: Suppression, finding: Finding, config: Config) -> bool:
    if finding.code not in rule.codes or (rule.rule is not None and rule.rule != finding.rule_id):
        return False
    return finding.path is not None and fits(_relative(finding.path, config.root), rule.paths)


def _relative(path: str, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _active(code: str, config: Config) -> bool:
    check = check_of(code)
    return check is not None and check.active(config) and code not in config.off


def _about_inline(path: str, items: Sequence[Inline], used: set[tuple[str, int, str]], config: Config) -> list[Finding]:
    out = []
    for item in items:
        place = {"path": path, "line": item.line, "column": item.column, "end_line": item.line}
        if item.problem is not None and _active(WRONG, config):
            help_ = "write `# ruleproof: off RP303 why it is right here`"
            out.append(_finding(WRONG, item.problem, help_, config, place))
        unused = [c for c in item.codes if (path, item.line, c) not in used and _active(c, config)]
        if item.problem is None and unused and _active(UNUSED, config):
            message = f"the suppression of {', '.join(unused)} suppresses nothing"
            out.append(_finding(UNUSED, message, "take it away", config, place))
    return out


def _about_config(config: Config, used: set[tuple[int, str]]) -> list[Finding]:
    out = []
    for number, rule in enumerate(config.suppress):
        unused = [code for code in rule.codes if (number, code) not in used and _active(code, config)]
        if unused and _active(UNUSED, config):
            place = {"path": str(config.path), "line": rule.line, "column": 1}
            message = f"the suppression of {', '.join(unused)} suppresses nothing"
            out.append(_finding(UNUSED, message, "take it away", config, place))
    return out


def _finding(code: str, message: str, help_: str, config: Config, place: dict[str, object]) -> Finding:
    check = check_of(code)
    assert check is not None
    severity = config.severity.get(code, check.severity)
    return Finding(code, check.name, severity, message, help_, **place)  # type: ignore[arg-type]
