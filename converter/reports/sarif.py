"""SARIF 2.1.0, for code scanning: places in the rule files, the checks' documentation, fingerprints, suppressions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, TextIO
from urllib.parse import quote

from converter.checks.finding import Finding
from converter.reports import Format
from converter.reports.model import Report
from converter.reports.words import json_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "note": "note"}


def write(report: Report, stream: TextIO) -> None:
    rules = list(_rules(report))
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    seen: dict[str, int] = {}
    driver = {
        "name": "ruleproof", "version": report.version, "semanticVersion": report.version, "rules": rules,
    }  # fmt: skip
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the root of the rule repository"}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "note", "message": {"text": note}} for note in report.notes],
            }
        ],
        "results": [_result(finding, index, seen) for finding in report.findings],
    }
    stream.write(json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n")


def _rules(report: Report) -> Iterator[dict[str, Any]]:
    """Every check there is, and after them codes of findings that no check of this version has."""
    from converter.checks import checks

    known = set()
    for check in checks():
        known.add(check.code)
        title, _, rest = check.doc.partition("\n")
        yield {
            "id": check.code,
            "name": "".join(word.capitalize() for word in check.name.split("-")),
            "shortDescription": {"text": title.strip() or check.name},
            "fullDescription": {"text": rest.strip() or title.strip() or check.name},
            "help": {"text": check.doc or check.name},
            "defaultConfiguration": {"level": _LEVELS[check.severity]},
            "properties": {"tags": ["detection-rule"], "problem.severity": _LEVELS[check.severity]},
        }
    for finding in report.findings:
        if finding.code not in known:
            known.add(finding.code)
            yield {"id": finding.code, "name": finding.name, "shortDescription": {"text": finding.name}}


def _result(finding: Finding, index: dict[str, int], seen: dict[str, int]) -> dict[str, Any]:
    text = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
    out: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "partialFingerprints": {"ruleproof/v1": fingerprint(finding, seen)},
    }
    if finding.path is not None:
        out["locations"] = [{"physicalLocation": _place(finding)}]
    if finding.related:
        out["relatedLocations"] = [
            {"id": number, "physicalLocation": {"artifactLocation": artifact(path)}}
            for number, path in enumerate(finding.related, 1)
        ]
    if finding.suppressed is not None:
        kind = "external" if finding.suppressed.startswith("baseline") else "inSource"
        out["suppressions"] = [{"kind": kind, "justification": finding.suppressed}]
    properties = {
        "ruleId": finding.rule_id, "ruleName": finding.rule_name, "counterexample": finding.counterexample,
        "fix": finding.fix.title if finding.fix else None,
    }  # fmt: skip
    kept = {key: value for key, value in properties.items() if value is not None}
    return {**out, "properties": kept} if kept else out


def fingerprint(finding: Finding, seen: dict[str, int]) -> str:
    """The same for a finding wherever its line moves to; the second of its kind in a rule gets another one."""
    base = "\0".join((finding.code, finding.rule_id or finding.path or "", finding.message))
    seen[base] = seen.get(base, 0) + 1
    return hashlib.sha256(f"{base}\0{seen[base]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _place(finding: Finding) -> dict[str, Any]:
    out: dict[str, Any] = {"artifactLocation": artifact(finding.path or "")}
    if finding.line:
        region: dict[str, Any] = {"startLine": finding.line}
        if finding.column:
            region["startColumn"] = finding.column
        if finding.end_line and finding.end_line >= finding.line:
            region["endLine"] = finding.end_line
            if finding.end_column and (finding.end_line > finding.line or finding.end_column >= (finding.column or 1)):
                region["endColumn"] = finding.end_column
        if finding.line_text:
            region["snippet"] = {"text": finding.line_text}
        out["region"] = region
    return out


def artifact(path: str) -> dict[str, str]:
    """A path as SARIF says it: relative ones below the repository's root."""
    slashed = path.replace("\\", "/")
    if re.match("[A-Za-z]:/", slashed):
        slashed = "/" + slashed
    uri = quote(slashed.encode("utf-8", "surrogatepass"), safe="/:" if slashed.startswith("/") else "/")
    return {"uri": f"file://{uri}"} if slashed.startswith("/") else {"uri": uri, "uriBaseId": "SRCROOT"}


FORMAT = Format("sarif", "SARIF 2.1.0", (".sarif", ".sarif.json"), write)
