"""One file in canonical layout: laid out, read again, proven to mean the same; else it stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.diagnostics import ConverterError, UsageError
from converter.documents import Document
from converter.documents.loading import loads
from converter.documents.text import read_text
from converter.formatting.layout import lay_out
from converter.formatting.scan import CannotLayOut
from converter.formatting.scan import languages as laid_out
from converter.languages import get, names, parse
from converter.porting import rule_query
from converter.proof import compare
from converter.query import Query

_FORMATS = {
    ".toml": "toml", ".yml": "sigma", ".yaml": "sigma", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson",
    ".md": "docs", ".markdown": "docs",
}  # fmt: skip
#: Keys of a rule that hold a text to lay out, and the key of its language.
_QUERIES = {"query": "language", "threat_query": "threat_language"}


@dataclass(frozen=True)
class Formatted:
    """`text` is the canonical one (the old one where `kept` says why a part stays as it is)."""

    text: str
    changed: bool
    kept: tuple[str, ...] = ()


def format_file(path: str | Path) -> Formatted:
    """A rule or query file; writes nothing. Raises `UsageError` or what the readers raise."""
    text = read_text(Path(path))
    raw = Path(path).read_bytes()
    found = format_text(text, str(path))
    return Formatted(found.text, found.text.encode("utf-8") != raw, found.kept)


def format_text(text: str, path: str) -> Formatted:
    """A file's text; its path says what it is. Raises `UsageError` for what no layout is known of."""
    found = _formatted(text.replace("\r\n", "\n"), path)
    return Formatted(found.text, found.text != text, found.kept)


def _formatted(text: str, path: str) -> Formatted:
    query = next(
        (n for n in names() for suffix in get(n).suffixes if path.lower().endswith(suffix) and n != "sigma"), None
    )
    if query is not None:
        return _query_file(text, query)
    kind = _FORMATS.get(Path(path).suffix.lower())
    match kind:
        case "toml":
            return _checked(text, kind, path, _toml)
        case "sigma":
            return _checked(text, kind, path, _yaml)
        case "json":
            return _checked(text, kind, path, _json)
        case "docs" | "ndjson":
            loads(text, kind, path)
            return Formatted(text, False, (f"a {kind} file has no layout of its own",))
    raise UsageError(f"`{path}` is no rule or query file", help="known endings: " + " ".join(_FORMATS))


def _query_file(text: str, language: str) -> Formatted:
    old = parse(language, text)
    if language == "dsl":
        new = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    else:
        new, why = _laid(text, language)
        if why:
            return Formatted(text, False, (why,))
    if not _means_the_same(old, parse(language, new)):
        return Formatted(text, False, ("its new layout could not be proven to mean the same",))
    return Formatted(new + "\n", new + "\n" != text)


def _laid(text: str, language: str) -> tuple[str, str | None]:
    """The text laid out, and why not if it is the old one."""
    if language not in laid_out():
        return text, f"{language} has no layout of its own"
    try:
        return lay_out(text, language), None
    except CannotLayOut as error:
        return text, f"the query stays as it is: {error}"


def _means_the_same(old: Query, new: Query) -> bool:
    """Equal trees, else proven equal."""
    return old.tree == new.tree or compare(old, new).relation == "equivalent"


# Rule files --------------------------------------------------------------------------------------------------------


def _checked(
    text: str, kind: str, path: str, layout: Callable[[str, list[Document], bool], tuple[str, list[str]]]
) -> Formatted:
    """The layout that keeps all data, with its queries laid out or, where that is not proven, without."""
    documents = loads(text, kind, path)
    said: list[str] = []
    for queries in (True, False):
        try:
            new, kept = layout(text, documents, queries)
        except (ConverterError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            return Formatted(text, False, (f"it stays as it is: {str(error).splitlines()[0][:120]}",))
        wrong = _differs(text, new, kind, path, documents)
        if wrong is None:
            return Formatted(new, new != text, (*said, *kept))
        said.append(wrong)
    return Formatted(text, False, tuple(dict.fromkeys(said)))


def _differs(text: str, new: str, kind: str, path: str, old: list[Document]) -> str | None:
    """What the new text says otherwise, or None: data and comments are the same, queries mean the same."""
    try:
        again = loads(new, kind, path)
    except ConverterError as error:
        return f"its new layout cannot be read: {error}"
    if len(again) != len(old) or _comments(new, kind) != _comments(text, kind):
        return "its new layout would lose something"
    for one, other in zip(old, again, strict=True):
        if one.metadata != other.metadata or _rest(one) != _rest(other):
            return "its new layout would change a value"
        if one.data == other.data:
            continue
        try:
            same = _means_the_same(rule_query(one), rule_query(other)) and _threat(one) == _threat(other)
        except ConverterError as error:
            return f"the query stays as it is: {error}"
        if not same:
            return "the query stays as it is: its new layout could not be proven to mean the same"
    return None


def _rest(document: Document) -> Any:
    return {key: value for key, value in document.data.items() if key not in _QUERIES}


def _threat(document: Document) -> Any:
    text = document.data.get("threat_query")
    if not isinstance(text, str):
        return None
    return parse(str(document.data.get("threat_language") or "kuery"), text).tree


def _comments(text: str, kind: str) -> list[str]:
    """The comments of a file, in the order of their texts."""
    if kind == "json":
        return []
    if kind == "toml":
        from converter.formatting.toml_layout import statements

        return sorted(c for s in statements(text) for c in (s.comment, s.text if s.kind == "comment" else "") if c)
    return sorted(c.strip() for c in re.findall(r"(?:^|(?<=\s))#.*$", text, re.M))


def _queries(document: Document, kept: list[str]) -> dict[str, str]:
    """The document's queries, laid out, by key."""
    out = {}
    for key, said in _QUERIES.items():
        text = document.data.get(key)
        language = document.language if key == "query" else str(document.data.get(said) or "kuery")
        if isinstance(text, str) and text.strip() and language is not None:
            new, why = _laid(text, language)
            if why is None:
                out[key] = new
            else:
                kept.append(why)
    return out


def _toml(text: str, documents: list[Document], queries: bool) -> tuple[str, list[str]]:
    from converter.formatting.toml_layout import lay_out_toml

    kept: list[str] = []
    found = _queries(documents[0], kept) if queries else {}
    return lay_out_toml(text, found.get), kept


#: In characters; the YAML library's time grows with the square of it.
LONGEST_LINE = 100_000


def _yaml(text: str, documents: list[Document], queries: bool) -> tuple[str, list[str]]:
    from converter.formatting.yaml_layout import lay_out_yaml, tidy

    if not queries or max(map(len, text.split("\n"))) > LONGEST_LINE:
        return tidy(text), ["only its spaces were put in order"]
    return lay_out_yaml(text), []


def _json(text: str, documents: list[Document], queries: bool) -> tuple[str, list[str]]:
    data = json.loads(text)
    kept: list[str] = []
    for item, document in zip(data if isinstance(data, list) else [data], documents, strict=True):
        if queries:
            item.update(_queries(document, kept))
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n", kept
