"""What a version of the Elastic Stack cannot take of a rule that another one takes.

Source of the differences: the JSON Schemas of detection-rules for 8.19 and 9.5, compared key by key, and the rule's own
`min_stack_version`. A key that the older schema merely does not know is a warning, since Kibana's own interface takes
more than those schemas say; what would change what the rule alerts on is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from converter.diagnostics import Diagnostic, Severity, UsageError
from converter.documents.document import Document
from converter.documents.positions import Pointer

STACKS = ("8.19", "9.5")

Place = tuple[Pointer, str]


@dataclass(frozen=True)
class Difference:
    """`since` is the first version that takes it; `find` gives the places in a rule and what stands there."""

    since: str
    severity: Severity
    find: Callable[[dict[str, Any]], Iterator[Place]]
    help: str | None = None


def _key(name: str) -> Callable[[dict[str, Any]], Iterator[Place]]:
    def find(data: dict[str, Any]) -> Iterator[Place]:
        if name in data:
            yield (name,), f"the key `{name}`"

    return find


def _threshold_fields(data: dict[str, Any]) -> Iterator[Place]:
    threshold = data.get("threshold")
    fields = threshold.get("field") if isinstance(threshold, dict) else None
    if isinstance(fields, list) and len(fields) > 3:
        yield ("threshold", "field"), f"a threshold over {len(fields)} fields"


def _negated_entries(data: dict[str, Any]) -> Iterator[Place]:
    for i, group in enumerate(_tables(data.get("threat_mapping"))):
        for j, entry in enumerate(_tables(group.get("entries"))):
            if "negate" in entry:
                yield ("threat_mapping", i, "entries", j, "negate"), "a negated entry of an indicator match"


def _frameworks(data: dict[str, Any]) -> Iterator[Place]:
    for i, entry in enumerate(_tables(data.get("threat"))):
        if entry.get("framework") == "MITRE ATLAS":
            yield ("threat", i, "framework"), "the framework `MITRE ATLAS`"


def _no_risk(data: dict[str, Any]) -> Iterator[Place]:
    if data.get("risk_score") == 0:
        yield ("risk_score",), "a risk score of 0"


def _no_query(data: dict[str, Any]) -> Iterator[Place]:
    if "query" not in data and data.get("type") != "machine_learning":
        yield (), "a rule without a query"


DIFFERENCES = (
    Difference("9.5", "error", _threshold_fields, "group by at most three fields, or raise `--stack`"),
    Difference("9.2", "error", _negated_entries, "take the entry away, or raise `--stack`"),
    Difference("9.5", "error", _no_query, "give it one that matches everything"),
    Difference("9.5", "warning", _key("response_actions")),
    Difference("9.5", "warning", _key("threat_mappings")),
    Difference("9.5", "warning", _frameworks),
    Difference("9.5", "warning", _no_risk),
)  # fmt: skip


def stack_findings(document: Document, stack: str) -> list[Diagnostic]:
    """What version `stack` (`8.19`) cannot take of an Elastic rule, with the place in the file.

    Raises `UsageError` for a version whose schema is not known.
    """
    if stack not in STACKS:
        raise UsageError(f"the schema of stack `{stack}` is not known", help="use one of " + ", ".join(STACKS))
    if document.kind != "elastic":
        return []
    found = [
        _finding(
            document, pointer, f"stack {stack} does not take {what} (since {item.since})", item.severity, item.help
        )
        for item in DIFFERENCES
        if _version(stack) < _version(item.since)
        for pointer, what in item.find(document.data)
    ]
    meta = document.metadata.get("metadata")
    least = meta.get("min_stack_version") if isinstance(meta, dict) else None
    if isinstance(least, str) and _version(least) > _version(stack):
        why = meta.get("min_stack_comments") if isinstance(meta, dict) else None
        message = f"the rule needs stack {least}, not {stack}" + (f": {why}" if isinstance(why, str) else "")
        found.append(_finding(document, (), message, "error", "raise `--stack`"))
    return found


def _finding(document: Document, at: Pointer, message: str, severity: Severity, help: str | None) -> Diagnostic:
    return Diagnostic("stack", message, severity, document.locate(at) if at else None, document.source, help)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _tables(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
