"""Sigma rules that refer to each other: in one file, in files read together, or in files of the same folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from converter.diagnostics import ConverterError, Source
from converter.documents.document import Document

_ENDINGS = (".yml", ".yaml")
_CORRELATION = re.compile(r"^correlation[ \t]*:", re.M)


@dataclass
class Known:
    """The Sigma rules that were read together, those in `texts` (path and text of further files), and those of a
    correlation's own folder."""

    loaded: Sequence[Document]
    texts: Sequence[tuple[str, str]] = ()
    _texts: dict[Path, list[tuple[str, str]]] = field(default_factory=dict)
    _read: dict[str, list[Document]] = field(default_factory=dict)

    def find(self, name: str, asking: Document) -> Document | None:
        """The rule of that name or id, which another file holds. Raises `ConverterError` where several have it."""
        here = asking.source.path
        found = [item for item in self.loaded if item.source.path != here and name in names_of(item)]
        found = found or [item for item in self._beside(name, here) if name in names_of(item)]
        places = list(dict.fromkeys(str(item.source.path) for item in found))
        if len(places) > 1:
            raise ConverterError(
                f"`{name}` is the name of several rules: {', '.join(places[:3])}", source=asking.source,
                span=asking.locate(("correlation", "rules")), help="refer to the one that is meant by its `id`",
                code="parse",
            )  # fmt: skip
        return found[0] if found else None

    def _beside(self, name: str, here: str | None) -> Iterable[Document]:
        """The rules in further files that hold the name at all."""
        if here is None:
            return
        folder = Path(here).parent
        if folder not in self._texts:
            self._texts[folder] = list(_texts_in(folder))
        for path, text in dict((*self._texts[folder], *self.texts)).items():
            if name in text and path != here:
                if path not in self._read:
                    self._read[path] = _rules_in(path, text)
                yield from self._read[path]


def _texts_in(folder: Path) -> Iterable[tuple[str, str]]:
    from converter.documents.text import read_text

    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return
    for file in files:
        if file.suffix.lower() in _ENDINGS and file.is_file():
            try:
                yield str(file), read_text(file)
            except ConverterError:
                continue


def _rules_in(path: str, text: str) -> list[Document]:
    from converter.documents.yaml_read import read_sigma

    try:
        return read_sigma(text, path)
    except ConverterError:
        return []


def names_of(document: Document) -> tuple[str, ...]:
    """What others may call the rule: its id and its name."""
    named = (document.data.get("id"), document.data.get("name"))
    return tuple(str(item) for item in named if item is not None)


def link(documents: Iterable[Document], texts: Sequence[tuple[str, str]] = ()) -> None:
    """Let the correlations among the documents find the rules of all of them, and of further files."""
    loaded = [item for item in documents if item.kind == "sigma"]
    if any(item.type == "correlation" for item in loaded):
        known = Known(loaded, texts)
        for item in loaded:
            item.known = known


def named_by(document: Document) -> list[str]:
    """The rules that a correlation names, in its list or its condition."""
    spec = document.data.get("correlation")
    if not isinstance(spec, dict):
        return []
    listed = spec.get("rules")
    names = listed if isinstance(listed, list) else [listed] if listed is not None else []
    condition = spec.get("condition")
    if not names and isinstance(condition, str):
        names = [word for word in re.findall(r"[\w.-]+", condition) if word not in ("and", "or", "not")]
    return [str(name) for name in names]


def referred(document: Document) -> list[Document]:
    """The rules that a correlation builds on, and those that they build on; without those that are nowhere."""
    out: list[Document] = []
    open_ones = [document]
    while open_ones:
        asking = open_ones.pop(0)
        for name in named_by(asking):
            found = next((item for item in asking.siblings if name in names_of(item) and not _same(item, asking)), None)
            if found is None:
                known = asking.known or document.known
                found = known.find(name, asking) if known is not None else None
            if found is not None and not any(_same(found, item) for item in (document, *out)):
                out.append(found)
                open_ones.append(found)
    return out


def _same(one: Document, other: Document) -> bool:
    """The same rule of the same file, also in a copy of the document."""
    return one.source is other.source and one.extent == other.extent


def related(path: str, text: str, texts: Sequence[tuple[str, str]] = ()) -> tuple[tuple[str, str], ...]:
    """Path and text of the other files that hold rules which a file's correlations build on."""
    if not _CORRELATION.search(text) or not path.lower().endswith(_ENDINGS):
        return ()
    documents = _rules_in(path, text)
    link(documents, texts)
    found: dict[str, str] = {}
    for document in documents:
        try:
            found.update(
                (str(item.source.path), item.source.text) for item in referred(document) if item.source.path != path
            )
        except ConverterError:  # a name that several rules have is said where the rule is read
            continue
    return tuple(sorted(found.items()))


def texts_for(files: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of files, those that hold Sigma rules, if one of them holds a correlation."""
    found = [(path, text) for path, text in files if path.lower().endswith(_ENDINGS)]
    return found if any(_CORRELATION.search(text) for _, text in found) else []


def correlation_source(document: Document) -> Source:
    """The text of a correlation with the rules that it builds on: its own file without other correlations and what only
    serves them, then the rules of other files, each place known."""
    whole = document.source
    needed = referred(document)
    others = [item for item in needed if item.source is not whole]
    if not others and all(item.type != "correlation" or _same(item, document) for item in document.siblings):
        return whole
    kept = [document, *needed]
    text = blanked(document, lambda item: item.type == "filter" or any(_same(item, other) for other in kept))
    parts = []
    for item in others:
        own = _own_source(item)
        text += "\n---\n"
        parts.append((len(text), own))
        text += own.text
    return Source(text, document.path, whole.text, parts=tuple(parts))


def _own_source(document: Document) -> Source:
    """A rule of another file; a correlation without the rules that it builds on, which are given beside it."""
    if document.type != "correlation":
        found = document.query_source()
        assert found is not None, "a Sigma rule has a text"
        return found
    if document.extent is None or not document.siblings:
        return document.source
    start, end = document.extent.start, document.extent.end
    return Source(document.source.text[start:end], document.path, document.source.text, start)


def blanked(document: Document, keeps: Callable[[Document], bool]) -> str:
    """The document's file with every rule blanked that is not kept, so that each place stays where it is."""
    text = document.source.text
    for item in document.siblings:
        if not keeps(item) and item.extent is not None:
            start, end = item.extent.start, item.extent.end
            text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def without_blanks(text: str) -> str:
    """A text of several YAML documents without the empty ones."""
    parts = re.split(r"^---[ \t]*\n", text, flags=re.M)
    return "---\n".join(part.strip("\n") + "\n" for part in parts if part.strip())


def rules_of(documents: Sequence[Document]) -> list[Document]:
    """Without what is no rule of its own: Sigma filters beside rules, and rules that only a correlation among them
    refers to (unless it says `generate: true`)."""
    serving: set[int] = set()
    for item in documents:
        spec = item.data.get("correlation") if item.kind == "sigma" else None
        if isinstance(spec, dict) and not (spec.get("generate") or item.data.get("generate")):
            for name in named_by(item):
                serving |= {id(other) for other in _called(name, item, documents)}
    return [item for item in documents if id(item) not in serving and not _is_filter(item)]


def _called(name: str, asking: Document, documents: Sequence[Document]) -> list[Document]:
    """The rules of that name: in the correlation's own file, else in the others."""
    found = [item for item in documents if item.kind == "sigma" and item is not asking and name in names_of(item)]
    own = [item for item in found if item.source is asking.source]
    return own or found


def _is_filter(document: Document) -> bool:
    return document.type == "filter" and any(item.type == "rule" for item in document.siblings)
