"""The rule document: a rule file as data, with the place of every value in the file."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from converter.diagnostics import Diagnostic, Note, Source, Span
from converter.documents.positions import Pointer, Spot, Spots, nearest

if TYPE_CHECKING:
    from converter.documents.references import Known

Kind = Literal["elastic", "sigma"]
Format = Literal["toml", "ndjson", "json", "docs", "sigma"]

#: Rule type → the language that the type itself fixes.
FIXED_LANGUAGE = {"eql": "eql", "esql": "esql"}
#: Types whose `language` Kibana takes as kuery where a rule does not say it.
KUERY_DEFAULT = ("query", "threshold", "new_terms", "threat_match")
TYPES = (*KUERY_DEFAULT, "eql", "esql", "machine_learning")


@dataclass(frozen=True)
class Place:
    """Where a document's values stand: `scan()` gives the file's spots, `route` maps a pointer into `data` to the
    pointer in the file."""

    scan: Callable[[], Spots]
    route: Callable[[Pointer], Pointer] = lambda pointer: pointer


@dataclass(eq=False)
class Document:
    """A rule as data.

    `data` has the names and shapes of Kibana's detection-engine API (for Sigma: the YAML mapping). `metadata` holds
    what the file says beside the rule (a TOML file's `[metadata]`, `[transform]`, …), `attachments` the lines of an
    export that are no rules. `missing` are findings about what the form cannot say (a documentation page has no
    threshold). `siblings` are all documents of a file that holds several, this one among them. `known` finds the rules
    of other files that a Sigma correlation refers to.
    """

    kind: Kind
    format: Format
    data: dict[str, Any]
    path: str | None
    source: Source
    metadata: dict[str, Any] = field(default_factory=dict)
    attachments: list[dict[str, Any]] = field(default_factory=list, repr=False)
    missing: tuple[Diagnostic, ...] = ()
    notes: tuple[Note, ...] = ()
    siblings: tuple[Document, ...] = field(default=(), repr=False)
    extent: Span | None = None
    place: Place | None = field(default=None, repr=False)
    known: Known | None = field(default=None, repr=False)
    raw: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        name = self.data.get("title" if self.kind == "sigma" else "name")
        return name if isinstance(name, str) else ""

    @property
    def id(self) -> str:
        """The rule's own id (`rule_id`, for Sigma `id`), "" if it has none."""
        value = self.data.get("id" if self.kind == "sigma" else "rule_id")
        return value if isinstance(value, str) else ""

    @property
    def type(self) -> str:
        """The Elastic rule type; for Sigma `rule`, `correlation` or `filter`."""
        if self.kind == "sigma":
            return next((t for t in ("correlation", "filter") if t in self.data), "rule")
        value = self.data.get("type")
        return value if isinstance(value, str) else ""

    @property
    def language(self) -> str | None:
        """The language of the rule's query, None if it has no query or the file does not say it."""
        if self.kind == "sigma":
            return "sigma"
        if self.type in FIXED_LANGUAGE:
            return FIXED_LANGUAGE[self.type]
        said = self.data.get("language")
        if isinstance(said, str):
            return said
        lacks = any(d.code == "missing-language" for d in self.missing)
        return "kuery" if self.type in KUERY_DEFAULT and not lacks else None

    @cached_property
    def spots(self) -> Spots:
        """The places of all values by their path in the file (a TOML file's begin with its tables)."""
        try:
            return self.place.scan() if self.place is not None else {}
        except (RecursionError, ValueError, IndexError):
            return {}

    def spot(self, pointer: Sequence[str | int]) -> tuple[bool, Spot] | None:
        """The place of a value by its path in `data`: (exact, spot), or that of the nearest value around it."""
        path = tuple(pointer)
        routed = self.place.route(path) if self.place is not None else path
        found = nearest(self.spots, routed)
        return None if found is None else (found[0] == routed, found[1])

    def locate(self, pointer: Sequence[str | int] | str) -> Span | None:
        """The span in the file of the value at a path (`["threat", 0, "tactic"]` or a JSON pointer), its key's if it
        is a table; of the nearest value around it if there is none."""
        path = parse_pointer(pointer)
        found = self.spot(path)
        if found is None:
            return self.extent
        exact, spot = found
        if exact and "\n" not in self.source.text[spot.value.start : spot.value.end]:
            return spot.value
        return spot.key or Span(spot.value.start, spot.value.start + 1)

    def query_source(self) -> Source | None:
        """The query with its place in the file; None for a rule without one.

        Positions are exact, through escapes too (`Source.jumps`). For Sigma it
        is the YAML of this document; of a correlation, with the rules that it builds on.
        """
        if self.kind == "sigma":
            return self._sigma_source()
        return self.text_source(("query",))

    def text_source(self, pointer: Sequence[str | int]) -> Source | None:
        """Like `query_source` for any text of the document (`threat_query`, for example)."""
        value: Any = self.data
        try:
            for part in pointer:
                value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
        if not isinstance(value, str):
            return None
        found = self.spot(pointer)
        if found is None or not found[0]:
            return Source(value, self.path)
        span = found[1].value
        start = text_start(self.source.text, span)
        for at in (start, span.start):
            if self.source.text.startswith(value, at):
                return Source(value, self.path, self.source.text, at)
        from converter.documents.escapes import jumps

        escaped = jumps(self.source.text, span, value, self.format == "toml")
        if escaped:
            return Source(value, self.path, self.source.text, start, jumps=escaped)
        return Source(value, self.path, None, 0, self.source.text.count("\n", 0, start) + 1)

    def _sigma_source(self) -> Source:
        whole = self.source
        if "action" in self.metadata:
            return whole
        if self.type == "correlation":
            from converter.documents.references import correlation_source

            return correlation_source(self)
        if self.extent is None or not self.siblings:
            return whole
        if any(item.type == "filter" for item in self.siblings):
            from converter.documents.references import blanked

            text = blanked(self, lambda item: item.extent == self.extent or item.type == "filter")
            return Source(text, self.path, whole.text)
        text = whole.text[self.extent.start : self.extent.end]
        return Source(text, self.path, whole.text, self.extent.start)


def text_start(text: str, span: Span) -> int:
    """Where the content of a quoted string begins (after the quotes and TOML's first line break)."""
    for quotes in ("'''", '"""'):
        if text.startswith(quotes, span.start) and span.end - span.start >= 6:
            return span.start + 3 + text.startswith("\n", span.start + 3)
    return span.start + (text[span.start : span.start + 1] in ("'", '"'))


def parse_pointer(pointer: Sequence[str | int] | str) -> Pointer:
    """A path as a tuple; a string is a JSON pointer (`/threat/0/tactic`) or one top-level name."""
    if not isinstance(pointer, str):
        return tuple(pointer)
    if not pointer.startswith("/"):
        return (pointer,)
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def show_pointer(pointer: Sequence[str | int]) -> str:
    """A path as people write it: `threat[0].tactic.id`."""
    out = ""
    for part in pointer:
        out += f"[{part}]" if isinstance(part, int) else f"{'.' if out else ''}{part}"
    return out


def derived_id(anchor: str) -> str:
    """The id of a rule that its form does not name: UUID version 5 of the documentation page's address."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://www.elastic.co/guide/en/security/current/{anchor}.html"))
