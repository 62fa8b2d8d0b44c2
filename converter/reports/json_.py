"""For programs: everything, as `schemas/report.json` describes it."""

from __future__ import annotations

from typing import TextIO

from converter.reports import Format
from converter.reports.model import Report
from converter.reports.words import json_text


def write(report: Report, stream: TextIO) -> None:
    stream.write(json_text(report.as_json()) + "\n")


FORMAT = Format("json", "for programs, with a JSON Schema", (".json",), write)
