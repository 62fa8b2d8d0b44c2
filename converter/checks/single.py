"""One rule by itself: every check that is for it."""

from __future__ import annotations

from collections.abc import Iterator

from converter.checks import checks
from converter.checks.finding import CheckedRule, Finding, place_of
from converter.checks.subject import Found, Subject
from converter.diagnostics import Diagnostic, Severity
from converter.documents import Document


def check_rule(subject: Subject) -> Iterator[tuple[Finding, Found]]:
    """The findings of all checks over one rule that the configuration wants, with what each was made from."""
    for check in checks():
        if check.run is None or subject.document.kind not in check.applies or not check.active(subject.config):
            continue
        for item in check.run(subject):
            found = Found.of(item) if isinstance(item, Diagnostic) else item
            yield finding_of(found, subject.document, check.code, check.name, check.severity), found


def finding_of(found: Found, document: Document, code: str, name: str, severity: Severity) -> Finding:
    """What a check saw, as a finding in a rule."""
    place = place_of(Diagnostic("", "", "error", found.span, found.source))
    if found.source is None or found.span is None:  # the rule as a whole: where it begins
        place = {"line": line_of(document), "column": 1}
    return Finding(
        found.code or code, found.name or name, found.severity or severity, found.message, found.help,
        rule_id=document.id or None, rule_name=document.name or None, related=found.related,
        counterexample=found.counterexample, fix=found.fix, **{**place, "path": document.path},
    )  # fmt: skip


def line_of(document: Document) -> int:
    """The line where the rule begins in its file."""
    return document.source.text.count("\n", 0, document.extent.start) + 1 if document.extent else 1


def rule_of(subject: Subject) -> CheckedRule:
    document = subject.document
    return CheckedRule(
        document.path, line_of(document), document.id, document.name, document.kind, document.type, document.language,
        dict(subject.facts),
    )  # fmt: skip
