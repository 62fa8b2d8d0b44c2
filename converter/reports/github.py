"""Workflow commands of GitHub Actions: each finding as an annotation in the pull request.

GitHub shows ten errors, ten warnings and ten notices of a step; all stand in its log.
"""

from __future__ import annotations

import re
from typing import TextIO

from converter.checks.finding import Finding
from converter.reports import Format
from converter.reports.model import Report

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def write(report: Report, stream: TextIO) -> None:
    for finding in report.open:
        stream.write(_command(finding) + "\n")


def _command(finding: Finding) -> str:
    words = {
        "file": finding.path, "line": finding.line, "endLine": finding.end_line, "col": finding.column,
        "endColumn": finding.end_column if finding.end_line == finding.line else None,
        "title": f"{finding.code} {finding.name}",
    }  # fmt: skip
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in words.items() if value is not None)
    message = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
    return f"::{_COMMANDS[finding.severity]} {shown}::{_data(message)}"


def _data(text: str) -> str:
    """A message without line ends of its own: a second line would be read as another command."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMAT = Format("github", "annotations of GitHub Actions", (), write)
