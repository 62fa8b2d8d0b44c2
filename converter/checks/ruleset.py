"""A set of rules, each known by an entry: what checks over the set compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from converter.cache import Cache, key_of
from converter.checks.signature import Needs, signature
from converter.checks.subject import Subject
from converter.config import Config
from converter.documents import Document
from converter.fields import Fields
from converter.porting.rule_query import BASE_QUERY_TYPES
from converter.porting.whole import BESIDE


@dataclass
class Entry:
    """A rule by its place and its signature. `place` is that of its name in the file; `text` the file's text."""

    path: str
    number: int
    text: str
    id: str
    name: str
    kind: str
    type: str
    scope: Any
    side: str
    place: Mapping[str, Any]
    sig: Mapping[str, Any] | None
    given: bool = False
    named: bool = True

    @cached_property
    def samples(self) -> list[dict[str, Any]]:
        return list((self.sig or {}).get("samples", ()))

    @cached_property
    def needs(self) -> Needs:
        return Needs([(path, patterns) for path, patterns in (self.sig or {}).get("needs", ())])

    @property
    def order(self) -> tuple[str, int]:
        return self.path, self.number


def entry_of(subject: Subject) -> dict[str, Any]:
    """An entry's content that does not depend on where the file lies, in plain JSON."""
    document = subject.document
    from converter.checks.finding import place_of
    from converter.diagnostics import Diagnostic

    key = "title" if document.kind == "sigma" else "name"
    span = document.locate((key,)) if key in document.data else document.extent
    place = place_of(Diagnostic("", "", "error", span, document.source)) if span is not None else {}
    return {
        "id": document.id, "name": document.name, "kind": document.kind, "type": document.type,
        "scope": _scope(document), "side": _side(document),
        "place": {key: value for key, value in place.items() if key != "path"},
        "sig": signature(subject),
    }  # fmt: skip


def _scope(document: Document) -> Any:
    """Which data the rule looks at: the log source, or the index patterns."""
    if document.kind == "sigma":
        source = document.data.get("logsource")
        parts = source if isinstance(source, dict) else {}
        return {key: str(parts[key]).lower() for key in ("category", "product", "service") if parts.get(key)}
    if document.type == "esql":
        words = str(document.data.get("query", "")).split("|")[0].lower()
        return [words.strip()]
    return document.data.get("index") or [str(document.data.get("data_view_id") or "*")]


def _side(document: Document) -> str:
    """What beside the query decides; "" for a rule that alerts on each event."""
    if document.kind == "sigma" or document.type not in BASE_QUERY_TYPES:
        return ""
    return json.dumps(
        [document.type, *(document.data.get(key) for key in BESIDE[document.type])], sort_keys=True, default=str
    )


@dataclass
class RuleSet:
    """All rules that are compared, those that were given among them. `basis` is what the reading of each rests on."""

    entries: list[Entry]
    config: Config
    fields: Fields | None = None
    basis: str = ""
    cache: Cache = field(default_factory=lambda: Cache(None))
    _documents: dict[tuple[str, str], list[Document]] = field(default_factory=dict)
    _subjects: dict[tuple[str, int], Subject] = field(default_factory=dict)

    @property
    def given(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.given]

    def subject(self, entry: Entry) -> Subject:
        """The rule itself, read again where it was not read in this run."""
        if entry.order not in self._subjects:
            at = (entry.path, entry.text)
            if at not in self._documents:
                from converter.documents.loading import load_text

                self._documents[at] = load_text(entry.text, entry.path, True)
            document = self._documents[at][entry.number]
            self._subjects[entry.order] = Subject(document, self.fields, self.config)
        return self._subjects[entry.order]

    def answer(self, kind: str, parts: Iterable[Any], make: Callable[[], Any]) -> Any:
        """The JSON value that `make` gives, from the cache where it was made before of the same parts and basis."""
        key = key_of(kind, self.basis, *parts)
        found = self.cache.get_many([key])
        if key in found:
            return found[key]
        value = make()
        self.cache.put_many({key: value})
        return value
