"""`run_checks`: rules and a configuration in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from converter.checks import Subject, checks
from converter.checks.finding import CheckedRule, Finding, Result, place_of
from converter.config import Config
from converter.documents import Document, load
from converter.fields import Fields


def run_checks(
    inputs: Sequence[str | Document],
    config: Config | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """All findings in the rules of `inputs` (paths of files and folders, or documents that were read already).

    `progress(done, all)` is called after each rule. Raises `UsageError` for a path where nothing is.
    """
    config = config or Config()
    documents = [d for item in inputs for d in ([item] if isinstance(item, Document) else load(item))]
    fields = Fields.load(config.root / config.fields) if config.fields else None
    findings: list[Finding] = []
    for number, document in enumerate(documents, 1):
        findings += _check(document, fields, config)
        if progress is not None:
            progress(number, len(documents))
    return Result(tuple(findings), tuple(map(_rule, documents)))


def _check(document: Document, fields: Fields | None, config: Config) -> list[Finding]:
    subject = Subject(document, fields)
    found = []
    for check in checks():
        if check.code in config.off:
            continue
        severity = config.severity.get(check.code, check.severity)
        for item in check.run(subject):
            place = {"path": document.path} | place_of(item)
            found.append(
                Finding(
                    check.code,
                    check.name,
                    severity,
                    item.message,
                    item.help,
                    rule_id=document.id or None,
                    rule_name=document.name or None,
                    **place,
                )
            )
    return found


def _rule(document: Document) -> CheckedRule:
    line = document.source.text.count("\n", 0, document.extent.start) + 1 if document.extent else 1
    return CheckedRule(document.path, line, document.id, document.name, document.kind, document.type, document.language)
