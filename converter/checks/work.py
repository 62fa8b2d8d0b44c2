"""One file's part of a run, in plain JSON: made in any process, kept in the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.cache import key_of
from converter.checks import check_of, checks
from converter.checks.finding import CheckedRule, Finding, Fix
from converter.checks.inline import Inline, suppressions
from converter.checks.ruleset import Entry, entry_of
from converter.checks.single import check_rule, rule_of
from converter.checks.subject import Subject
from converter.config import Config
from converter.diagnostics import ConverterError, UsageError
from converter.documents import link
from converter.documents.loading import load_text, rule_files
from converter.documents.references import related, texts_for
from converter.documents.text import read_text
from converter.fields import Fields
from converter.languages.sigma.pipelines import fingerprint
from converter.replay.cases import FIXTURES
from converter.replay.evidence import signature

#: A file that cannot be read as rules; its check module holds the documentation.
UNREADABLE = "RP100"


@dataclass(frozen=True)
class RuleFile:
    """A file to look at: its text, and the fixtures beside it. `named`: the caller named it, not a folder above.
    `related`: path and text of other files whose rules its correlations build on."""

    path: str
    text: str
    named: bool
    fixtures: str | None = None
    language: str | None = None
    related: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Task:
    """What is wanted of a file: the findings, the entries for checks over the set."""

    file: RuleFile
    findings: bool
    entries: bool


def read_file(path: Path, named: bool, language: str | None = None) -> RuleFile:
    """A file with what lies beside it. Raises `ConverterError`."""
    beside = path.parent / FIXTURES
    fixtures = beside.read_text(encoding="utf-8", errors="replace") if beside.is_file() else None
    text = read_text(path)
    tests = signature(path, text)
    return RuleFile(str(path), text, named, f"{fixtures or ''}\n{tests}" if tests else fixtures, language)


def collect(path: str, language: str | None) -> tuple[list[RuleFile], list[Finding]]:
    """All rule files at a path, and a finding for each that cannot be read."""
    paths, named = rule_files(path)
    files, problems = [], []
    for file in paths:
        try:
            files.append(read_file(file, named, language))
        except ConverterError as error:
            if named or file.suffix.lower() in (".toml", ".ndjson"):
                problems += _unreadable(error, str(file))
        except OSError as error:
            raise UsageError(f"cannot read `{file}`: {(error.strerror or str(error)).lower()}") from None
    return files, problems


def with_related(files: list[RuleFile]) -> list[RuleFile]:
    """The files with the others that their correlations build on."""
    texts = texts_for([(file.path, file.text) for file in files])
    return [replace(file, related=found) if (found := related(file.path, file.text, texts)) else file for file in files]


def basis_of(config: Config) -> str:
    """What the reading of every rule of a run depends on: own fields, pipelines, values of placeholders."""
    return key_of("basis", _fields_text(config), fingerprint())


def findings_key(file: RuleFile, config: Config, basis: str) -> str:
    """All that the findings of a file depend on."""
    active = sorted(check.code for check in checks() if check.active(config))
    place = _place(file.path, config.root)
    return key_of(
        "findings", place, file.named, file.language, file.text, file.fixtures, active, config.min_kill,
        config.profile, file.related, basis,
    )  # fmt: skip


def entries_key(file: RuleFile, basis: str) -> str:
    return key_of("entries", Path(file.path).suffix, file.named, file.language, file.text, file.related, basis)


def _place(path: str, root: Path) -> str:
    """The file's place in the repository: checks look at names of files and folders."""
    whole = Path(path).absolute()
    try:
        return whole.relative_to(root.absolute()).as_posix()
    except ValueError:
        return whole.as_posix()


def _fields_text(config: Config) -> str | None:
    if not config.fields:
        return None
    path = config.at(config.fields)
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from None


def load_fields(config: Config, basis: str) -> Fields | None:
    """The configuration's own fields, read once for each content that they had."""
    return _load(str(config.at(config.fields)), basis) if config.fields else None


@lru_cache(maxsize=4)
def _load(path: str, basis: str) -> Fields:
    return Fields.load(path)


def do(task: Task, config: Config, basis: str) -> dict[str, Any]:
    """The file's record: `rules`, `findings` and `suppressions` if wanted, `entries` if wanted."""
    out: dict[str, Any] = {}
    try:
        documents = load_text(task.file.text, task.file.path, task.file.named, task.file.language)
        link(documents, task.file.related)
    except ConverterError as error:
        found = [finding_json(item) for item in _unreadable(error, task.file.path)]
        return {"rules": [], "findings": found, "suppressions": [], "entries": []}
    fields = load_fields(config, basis)
    subjects = [Subject(document, fields, config) for document in documents]
    if task.findings:
        out["findings"] = [finding_json(f) for subject in subjects for f, _ in check_rule(subject)]
        out["rules"] = [{**asdict(rule_of(subject)), "path": None} for subject in subjects]
        out["suppressions"] = [
            item.as_json() for item in suppressions(documents, lambda code: check_of(code) is not None)
        ]
        out["notes"] = sorted({note for subject in subjects for note in subject.notes})
    if task.entries:
        out["entries"] = [entry_of(subject) for subject in subjects]
    return out


def do_many(tasks: list[Task], config: Config, basis: str) -> list[dict[str, Any]]:
    return [do(task, config, basis) for task in tasks]


def _unreadable(error: ConverterError, path: str) -> list[Finding]:
    from converter.checks.finding import place_of

    return [
        Finding(UNREADABLE, "unreadable-file", "error", d.message, d.help, **{**place_of(d), "path": path})
        for d in error.diagnostics
    ]


def finding_json(finding: Finding) -> dict[str, Any]:
    """For the cache: a record does not depend on how its file was named."""
    return {**asdict(finding), "path": None}


def finding_of(row: Mapping[str, Any], path: str) -> Finding:
    fix = row.get("fix")
    made = Fix(fix["title"], tuple(fix["pointer"]), fix["value"]) if fix else None
    return Finding(**{**row, "path": path, "fix": made, "related": tuple(row.get("related", ()))})


def rule_at(row: Mapping[str, Any], path: str) -> CheckedRule:
    return replace(CheckedRule(**row), path=path)


def inline_of(rows: list[Any]) -> list[Inline]:
    return [Inline.of(row) for row in rows]


def entries_at(rows: list[Mapping[str, Any]], file: RuleFile, given: bool) -> list[Entry]:
    return [
        Entry(file.path, number, file.text, given=given, named=file.named, **row) for number, row in enumerate(rows)
    ]
