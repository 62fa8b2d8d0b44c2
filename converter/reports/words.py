"""Words and signs that several formats show alike."""

from __future__ import annotations

import json
import re
from typing import Any

from converter.reports.model import Report

#: A sign for each relation, so that nothing rests on colour alone.
SIGNS = {
    "equivalent": "✓",
    "broader": "⊃",
    "narrower": "⊂",
    "different": "≠",
    "unknown": "?",
    "refused": "–",
}

#: What each relation says of a form.
MEANING = {
    "equivalent": "matches the same events as the rule",
    "broader": "matches all events of the rule, and more",
    "narrower": "matches only a part of the rule's events",
    "different": "misses some of the rule's events and matches others",
    "unknown": "not decided",
    "refused": "not ported",
}


def counted(number: int, word: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def summary(report: Report) -> str:
    """One line: what was looked at and found."""
    parts = [counted(report.count(severity), severity) for severity in ("error", "warning", "note")]
    found = ", ".join(part for part in parts if not part.startswith("0 "))
    hidden = len(report.findings) - len(report.open)
    out = f"{counted(len(report.rules), 'rule')}, {found or 'no findings'}"
    return f"{out} ({hidden} suppressed)" if hidden else out


def json_text(value: Any) -> str:
    """Readable JSON in which half a surrogate pair, which no file can hold, stands as its escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)
