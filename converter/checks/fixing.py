"""The safe changes of findings, made in the files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from converter.checks.finding import Finding, Fix, Result
from converter.checks.single import check_rule
from converter.checks.subject import Subject
from converter.checks.work import basis_of, load_fields
from converter.config import Config
from converter.diagnostics import ConverterError, UsageError
from converter.documents import Document, edit
from converter.documents.loading import load_text
from converter.documents.text import read_text
from converter.export.export import replace_file

#: Changes of one file; a fix that makes a new finding does not run for ever.
MAX_CHANGES = 200


@dataclass
class Changed:
    """`refused` says which changes a file has no room for."""

    made: int = 0
    files: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def fix_all(result: Result, config: Config, language: str | None = None) -> Changed:
    """Make the changes of all findings that count. A file is written whole or not at all."""
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in result.open:
        if finding.fix is not None and finding.path is not None:
            by_path[finding.path].append(finding)
    changed = Changed()
    for path, findings in by_path.items():
        codes = frozenset(finding.code for finding in findings)
        accepted = frozenset((f.code, f.message) for f in result.findings if f.path == path and not f.counts)
        _fix_file(path, config.over(select=codes), accepted, language, changed)
    return changed


def _fix_file(
    path: str, config: Config, accepted: frozenset[tuple[str, str]], language: str | None, changed: Changed
) -> None:
    """One change after another, each found anew: a change moves what stands behind it."""
    old = text = read_text(path)
    refused: set[tuple[str, str]] = set()
    made = 0
    while made < MAX_CHANGES:
        found = next(iter(_open_fixes(text, path, config, accepted | refused, language)), None)
        if found is None:
            break
        document, finding, fix = found
        try:
            text = edit(document, fix.pointer, fix.value)
        except ConverterError as error:
            refused.add((finding.code, finding.message))
            changed.refused.append(f"{path}: not changed: {fix.title}: {error}")
            continue
        made += 1
    if text != old:
        try:
            replace_file(Path(path), text)
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
        changed.made += made
        changed.files.append(path)


def _open_fixes(
    text: str, path: str, config: Config, without: frozenset[tuple[str, str]] | set[tuple[str, str]],
    language: str | None,
) -> Iterable[tuple[Document, Finding, Fix]]:  # fmt: skip
    fields = load_fields(config, basis_of(config))
    for document in load_text(text, path, True, language):
        for finding, _ in check_rule(Subject(document, fields, config)):
            if finding.fix is not None and (finding.code, finding.message) not in without:
                yield document, finding, finding.fix
