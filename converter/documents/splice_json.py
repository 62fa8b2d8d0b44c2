"""A JSON or NDJSON file with one value changed in its text."""

from __future__ import annotations

import json
from typing import Any

from converter.diagnostics import Span
from converter.documents.document import Document
from converter.documents.positions import Pointer, Spot


def splice(document: Document, path: Pointer, value: Any, spot: Spot | None) -> str:
    """The text with `value` at `path`; `spot` is the old value's place, None if there is none. None removes."""
    text = document.source.text
    if spot is None:
        return _added(document, path, value)
    if value is None:
        return _removed(text, Span((spot.key or spot.value).start, spot.value.end))
    return text[: spot.value.start] + _rendered(document, value, spot.value.start) + text[spot.value.end :]


def _rendered(document: Document, value: Any, at: int) -> str:
    if document.format == "ndjson":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + _indent(document.source.text, at))


def _indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _added(document: Document, path: Pointer, value: Any) -> str:
    """As the last member of its object or list."""
    text = document.source.text
    found = document.spot(path[:-1])
    assert found is not None
    close = found[1].value.end - 1
    last = close - 1
    while text[last].isspace():
        last -= 1
    empty = text[last] in "{["
    key = f"{json.dumps(path[-1], ensure_ascii=False)}:" if isinstance(path[-1], str) else ""
    if document.format == "ndjson":
        lead = "" if empty else ","
    else:
        broken = "\n" in text[last:close]
        key += " " if key else ""
        inner = _indent(text, last + 1) if not empty else _indent(text, last + 1) + "  "
        lead = ("" if empty else ",") + ("\n" + inner if broken or empty else " ")
    tail = text[last + 1 :]
    if empty and document.format == "json" and "\n" not in text[last:close]:
        tail = "\n" + _indent(text, last) + tail
    return text[: last + 1] + lead + key + _rendered(document, value, last + 1) + tail


def _removed(text: str, span: Span) -> str:
    """Without the member and one comma beside it."""
    start, stop = span.start, span.end
    after = stop
    while text[after].isspace():
        after += 1
    before = start - 1
    while text[before].isspace():
        before -= 1
    if text[after] == ",":
        after += 1
        while text[after].isspace():
            after += 1
        return text[:start] + text[after:]
    return text[: before if text[before] == "," else before + 1] + text[stop:]
