"""Elastic's documentation page of a prebuilt rule (Markdown).

Read by its bold labels and by the anchors of its headings (`[_rule_query_1816]`), never by heading levels: guides
bring headings of their own. Layout: elastic/security-docs, docs/reference/prebuilt-rules-downloadable-updates.
"""

from __future__ import annotations

import re
from typing import Any

from converter.diagnostics import Diagnostic, DocumentError, Note, Source, Span
from converter.documents.document import FIXED_LANGUAGE, TYPES, Document, Place, derived_id
from converter.documents.positions import Pointer, Spot
from converter.documents.text import normalise

_TITLE = re.compile(r"^# (?P<name>.+?)(?: \[(?P<anchor>[^\]\s]+)\])?\s*$", re.M)
_LABEL = re.compile(r"^\*\*(?P<label>[A-Za-z][\w &]*)\*\*:[ \t]*(?P<value>.*?)[ \t]*$", re.M)
_ITEM = re.compile(r"^(?P<indent> *)[*-] +(?P<text>.*?)[ \t]*$", re.M)
_SECTION = re.compile(r"^#{1,6} .*\[_(?P<kind>investigation_guide|setup|rule_query)(?:_\d+)?\]\s*$", re.M)
_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n`]*\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.M | re.S)
_FRAMEWORK = re.compile(r"^\*\*Framework\*\*:[ \t]*(?P<name>.+?)[ \t]*$", re.M)
_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)\Z")
_PAIR = re.compile(r"(?P<key>Name|ID|Reference URL): *(?P<value>.*)")

#: Label on the page → key of the rule, and how its value is read.
_LISTS = {"Rule indices": "index", "References": "references", "Tags": "tags", "Rule authors": "author"}
_NUMBERS = {"Risk score": "risk_score", "Maximum alerts per execution": "max_signals", "Version": "version"}
_TEXTS = {
    "Rule type": "type",
    "Severity": "severity",
    "Runs every": "interval",
    "Searches indices from": "from",
    "Rule license": "license",
}
_LABELS = {label.lower(): label for label in (*_LISTS, *_NUMBERS, *_TEXTS)}

#: Rule type → what its page cannot say, with the option that gives it.
LACKING = {
    "threshold": ("threshold",),
    "new_terms": ("new_terms_fields", "history_window_start"),
    "threat_match": ("threat_index", "threat_mapping", "threat_query"),
    "machine_learning": ("anomaly_threshold", "machine_learning_job_id"),
}


def looks_like_page(text: str) -> bool:
    """Whether a Markdown text is a rule's page."""
    return re.search(r"^\*\*Rule type\*\*:", text, re.M) is not None


def read_docs(
    text: str, path: str | None = None, language: str | None = None, given: dict[str, Any] | None = None
) -> list[Document]:
    """The rule of a page. `language` and `given` (`{"threshold": {…}}`) say what pages do not.

    What is still lacking stands in `.missing`; the id is derived from the page's address, and a note says so.
    Raises `DocumentError` for a text that is no such page.
    """
    source = Source(normalise(text), path)
    page = _Page(source)
    page.read()
    page.fill(language, given or {})
    document = Document(
        "elastic", "docs", page.data, path, source, page.metadata,
        missing=tuple(page.missing), notes=tuple(page.notes), raw=text if text != source.text else None,
    )  # fmt: skip
    document.place = Place(lambda: page.spots)
    return [document]


class _Page:
    def __init__(self, source: Source) -> None:
        self.source, self.text = source, source.text
        self.data: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.spots: dict[Pointer, Spot] = {}
        self.missing: list[Diagnostic] = []
        self.notes: list[Note] = []

    def put(self, key: str, value: Any, start: int, stop: int) -> None:
        self.data[key] = value
        self.spots[(key,)] = Spot(Span(start, stop))

    def error(self, message: str, start: int, help: str | None = None) -> DocumentError:
        end = self.text.find("\n", start)
        return DocumentError(
            message, span=Span(start, end if end > start else start + 1), source=self.source, help=help
        )

    def read(self) -> None:
        title = _TITLE.search(self.text)
        if title is None or not looks_like_page(self.text):
            raise DocumentError(
                "the page is not a rule's documentation page",
                source=self.source,
                help="expected a heading `# Name [anchor]` and a line `**Rule type**: …`",
            )
        self.spots[()] = Spot(Span(title.start(), title.end()))
        self.put("name", title["name"], title.start("name"), title.end("name"))
        if title["anchor"]:
            self.metadata["page"] = {"anchor": title["anchor"]}
        sections = list(_SECTION.finditer(self.text, title.end()))
        head = sections[0].start() if sections else len(self.text)
        framework = _FRAMEWORK.search(self.text, title.end())
        if not sections and framework:
            head = framework.start()
        self.labels(title.end(), head)
        for index, section in enumerate(sections):
            stop = sections[index + 1].start() if index + 1 < len(sections) else len(self.text)
            self.section(section["kind"], section, stop)
        if not sections and framework:
            self.threat(framework.start(), len(self.text))

    def labels(self, start: int, stop: int) -> None:
        found = [m for m in _LABEL.finditer(self.text, start, stop) if m["label"].lower() in _LABELS]
        if not found:
            return
        description = self.text[start : found[0].start()].strip()
        if description:
            at = self.text.index(description, start)
            self.put("description", description, at, at + len(description))
        for index, label in enumerate(found):
            end = found[index + 1].start() if index + 1 < len(found) else stop
            self.label(_LABELS[label["label"].lower()], label, end)

    def label(self, name: str, found: re.Match[str], stop: int) -> None:
        value, start, end = found["value"], found.start("value"), found.end("value")
        if name in _LISTS:
            items = [m["text"] for m in _ITEM.finditer(self.text, found.end(), stop)]
            if name == "References":
                items = [_reference(item) for item in items]
            if items:
                self.put(_LISTS[name], items, found.start(), found.end())
        elif value in ("None", ""):
            return
        elif name in _NUMBERS:
            if not re.fullmatch(r"-?\d{1,9}", value):
                raise self.error(f"`{name}` is `{value}`, expected a whole number", start)
            self.put(_NUMBERS[name], int(value), start, end)
        else:
            if name == "Searches indices from":
                value = value.split(" (", 1)[0].strip()
                if value == "None":
                    return
            self.put(_TEXTS[name], value, start, start + len(value))

    def section(self, kind: str, heading: re.Match[str], stop: int) -> None:
        start = heading.end()
        if kind == "rule_query":
            fence = _FENCE.search(self.text, start, stop)
            if fence is None:
                raise self.error(
                    "the rule query has no code block", heading.start(), "expected the query between two ```"
                )
            self.put("query", fence["body"].removesuffix("\n"), fence.start("body"), fence.end("body"))
            self.threat(fence.end(), stop)
            return
        text = self.text[start:stop]
        framework = _FRAMEWORK.search(text)
        if framework:
            self.threat(start + framework.start(), stop)
            text = text[: framework.start()]
        body = text.strip()
        if body:
            at = self.text.index(body, start)
            self.put("note" if kind == "investigation_guide" else "setup", body, at, at + len(body))

    def threat(self, start: int, stop: int) -> None:
        threat: list[dict[str, Any]] = []
        frameworks = list(_FRAMEWORK.finditer(self.text, start, stop))
        for index, framework in enumerate(frameworks):
            end = frameworks[index + 1].start() if index + 1 < len(frameworks) else stop
            name = re.sub(r"(?:TM|™)\Z", "", framework["name"]).strip()
            threat += _tactics(name, self.text[framework.end() : end])
        if threat:
            self.put("threat", threat, frameworks[0].start(), frameworks[0].end())

    def fill(self, language: str | None, given: dict[str, Any]) -> None:
        """What the page leaves out: taken from the caller, inferred, or named as missing."""
        self.data.update(given)
        anchor = (self.metadata.get("page") or {}).get("anchor")
        if "rule_id" not in self.data and anchor:
            self.data["rule_id"] = derived_id(anchor)
            self.notes.append(Note("derived-id", "the page names no rule id: it is derived from the page's address"))
        kind = self.data.get("type")
        if kind in TYPES and kind != "machine_learning":
            if "query" not in self.data:
                raise DocumentError(
                    "the page has no rule query",
                    source=self.source,
                    span=self.spots[()].value,
                    help="expected a heading with the anchor `[_rule_query_1]` and a code block under it",
                )
            self._language(str(kind), language)
        for key in LACKING.get(str(kind), ()):
            if key not in self.data:
                self._lack(key, f"a documentation page does not say the rule's `{key}`", f"--{key.replace('_', '-')}")

    def _language(self, kind: str, language: str | None) -> None:
        fixed = FIXED_LANGUAGE.get(kind)
        if fixed and language and language != fixed:
            raise self.error(
                f"the page's rule has type `{kind}`, so its language is `{fixed}`, not `{language}`",
                self.spots[("type",)].value.start,
            )
        if fixed or language or "language" in self.data:
            self.data.setdefault("language", fixed or language)
        elif kind == "query":
            self._lack("language", "a documentation page does not say the query's language", "--language kuery")
        else:
            self.data["language"] = "kuery"
            self.notes.append(
                Note("assumed-language", f"the page names no language: kuery is taken, as rules of type `{kind}` have")
            )

    def _lack(self, key: str, message: str, option: str) -> None:
        self.missing.append(
            Diagnostic(
                f"missing-{key.replace('_', '-')}", message, "error", self.spots[()].value, self.source,
                f"give it with {option}",
            )
        )  # fmt: skip


def _reference(item: str) -> str:
    """A link's address: its text where that is one (the docs build rewrites targets), else its target."""
    link = _LINK.fullmatch(item)
    if link is None:
        return item
    return link["text"] if re.match(r"https?://", link["text"]) else link["target"]


def _tactics(framework: str, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    technique: list[dict[str, Any]] = []
    for kind, entry in _entries(text):
        if kind == "Tactic":
            technique = []
            found.append({"framework": framework, "tactic": entry, "technique": technique})
        elif kind == "Technique" and found:
            technique.append(entry)
        elif kind == "Sub-technique" and technique:
            owner = [t for t in technique if str(entry.get("id", "")).startswith(f"{t.get('id')}.")]
            (owner or technique)[-1].setdefault("subtechnique", []).append(entry)
    for tactic in found:
        if not tactic["technique"]:
            del tactic["technique"]
    return found


def _entries(text: str) -> list[tuple[str, dict[str, Any]]]:
    names = {"Name": "name", "ID": "id", "Reference URL": "reference"}
    found: list[tuple[str, dict[str, Any]]] = []
    for item in _ITEM.finditer(text):
        pair = _PAIR.fullmatch(item["text"])
        if pair and found and item["indent"]:
            value = _reference(pair["value"]) if pair["key"] == "Reference URL" else pair["value"]
            found[-1][1][names[pair["key"]]] = value
        elif not item["indent"]:
            found.append((item["text"].rstrip(":"), {}))
    return found
