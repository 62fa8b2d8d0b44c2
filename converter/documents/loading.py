"""Rule files, directories and globs as documents: which reader takes which file."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError, Diagnostic, DocumentError, SchemaError, Source, UsageError
from converter.documents.document import Document
from converter.documents.references import link
from converter.documents.text import read_text

FORMATS = ("toml", "ndjson", "json", "docs", "sigma")
_ENDINGS = {
    ".toml": "toml",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".md": "docs",
    ".markdown": "docs",
    ".yml": "sigma",
    ".yaml": "sigma",
}
_SKIPPED = {"node_modules", "__pycache__", "venv"}
#: What a rule file of each format must hold; in a directory, files without it are other people's files.
_MARKS = {
    "toml": re.compile(r"^[ \t]*\[+[ \t]*rule[ \t]*[.\]]", re.M),
    "json": re.compile(r'"(?:rule_id|risk_score)"'),
    "ndjson": re.compile(r'"(?:rule_id|risk_score)"'),
    "docs": re.compile(r"^\*\*Rule type\*\*:", re.M),
    "sigma": re.compile(r"^(?:detection|correlation|filter)[ \t]*:", re.M),
}


def load(
    path: str | os.PathLike[str],
    language: str | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    check: bool = True,
    problems: list[Diagnostic] | None = None,
) -> list[Document]:
    """The rule documents of a file, a directory (with all below it) or a glob, in the order of their paths.

    `language` and `given` (`{"threshold": {"field": […], "value": 10}}`) say what a documentation page does not.
    `check` validates against the schemas. All errors of all files are raised together, as one `ConverterError`; with
    a list in `problems` they are appended there instead, and the sound documents returned.
    Raises `UsageError` for a path where nothing is.
    """
    documents: list[Document] = []
    found: list[Diagnostic] = [] if problems is None else problems
    path = os.fspath(path)
    files, named = _files(path)
    for file in files:
        try:
            documents += _load_file(file, language, given, check, named)
        except ConverterError as error:
            found += error.diagnostics
    if problems is None and found:
        raise joined(found)
    link(documents)
    if not documents and not found:
        raise UsageError(f"`{path}` holds no rule files", help="rule files end in " + " ".join(_ENDINGS))
    return documents


def joined(diagnostics: list[Diagnostic]) -> ConverterError:
    """One error of the narrowest class for all findings."""
    kinds = {d.code for d in diagnostics}
    if kinds == {"usage"}:
        return UsageError.of(diagnostics)
    if kinds == {"schema"}:
        return SchemaError.of(diagnostics)
    return DocumentError.of(diagnostics)


def _files(path: str) -> tuple[list[Path], bool]:
    """The files to read, and whether the caller named each (by itself, not through a directory or a glob)."""
    if "\0" in path:
        raise UsageError("a path cannot hold a zero byte")
    whole = Path(path)
    try:
        if whole.is_dir():
            return list(_walk(whole)), False
        if whole.exists() or not glob.has_magic(path):
            return [whole], True
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from None
    hits = [Path(hit) for hit in sorted(glob.glob(path, recursive=True))]
    if not hits:
        raise UsageError(f"no file fits `{path}`")
    files: list[Path] = []
    for hit in hits:
        files += _walk(hit) if hit.is_dir() else [hit]
    return list(dict.fromkeys(files)), False


def rule_files(path: str | os.PathLike[str]) -> tuple[list[Path], bool]:
    """The files that `load` would read, and whether the caller named each. Raises `UsageError` where nothing is."""
    return _files(os.fspath(path))


def load_text(text: str, path: str, named: bool, language: str | None = None) -> list[Document]:
    """The documents of a file's text as `load` makes them, not validated; [] for a file met in a folder that holds no
    rule. Raises what `loads` raises."""
    format = _format(Path(path), text)
    if not named and not _MARKS[format].search(text):
        return []
    documents = loads(text, format, path, language=language)
    link(documents)
    return documents


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in _ENDINGS:
                yield Path(root) / name


def _load_file(
    path: Path, language: str | None, given: Mapping[str, Any] | None, check: bool, named: bool
) -> list[Document]:
    try:
        text = read_text(path)
    except DocumentError:
        if named or path.suffix.lower() in (".toml", ".ndjson"):
            raise
        return []
    format = _format(path, text)
    if not named and not _MARKS[format].search(text):
        return []
    documents = loads(text, format, str(path), language=language, given=given)
    if check:
        raise_findings(documents)
    return documents


def holds_rules(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of rules, as a folder's files are told apart; False for one that cannot be read."""
    file = Path(path)
    format = _ENDINGS.get(file.suffix.lower())
    if format is None:
        return False
    try:
        return _MARKS[format].search(read_text(file)) is not None
    except (DocumentError, OSError):
        return False


def _format(path: Path, text: str) -> str:
    """By the ending, else by the content."""
    return _ENDINGS.get(path.suffix.lower()) or sniff(text)


def sniff(text: str) -> str:
    """The format that a text looks like; raises `DocumentError` if it looks like none."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if _MARKS["docs"].search(text):
        return "docs"
    if start == "{":
        return "ndjson" if len([line for line in text.splitlines() if line.startswith("{")]) > 1 else "json"
    if _MARKS["toml"].search(text):
        return "toml"
    if start == "[":
        return "json"
    if re.search(r"^(?:title|detection|correlation)[ \t]*:", text, re.M):
        return "sigma"
    raise DocumentError(
        "the text is of no known rule format",
        source=Source(text),
        help="known formats: Elastic TOML, NDJSON, JSON and documentation pages, Sigma YAML",
    )


def loads(
    text: str,
    format: str | None = None,
    path: str | None = None,
    *,
    language: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> list[Document]:
    """The documents of a text, not validated. `format` None looks at the text.

    Raises `UsageError` (no such format), `ParseError` or `DocumentError`.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise DocumentError("the file is empty", source=Source(text, path))
    match format or sniff(text):
        case "toml":
            from converter.documents.toml_read import read_toml as reader
        case "json":
            from converter.documents.json_read import read_json as reader
        case "ndjson":
            from converter.documents.json_read import read_ndjson as reader
        case "sigma":
            from converter.documents.yaml_read import read_sigma as reader
        case "docs":
            from converter.documents.docs_read import read_docs

            return read_docs(text, path, language, dict(given or {}))
        case other:
            raise UsageError(f"there is no format `{other}`", help="known formats: " + ", ".join(FORMATS))
    return reader(text, path)


def raise_findings(documents: list[Document]) -> None:
    """Raises the documents' schema errors together; what a page merely lacks is left to `document.missing`."""
    from converter.documents.schema import validate

    errors = [
        finding
        for document in documents
        for finding in validate(document)
        if finding.severity == "error" and finding not in document.missing
    ]
    if errors:
        raise joined(errors)
