"""Elastic's TOML rule files: `[metadata]`, `[rule]`, `[transform]`.

Form of the tables: https://github.com/elastic/detection-rules. The rule's own table differs from Kibana's API in one
place: `new_terms` holds what the API calls `new_terms_fields` and `history_window_start`.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from converter.diagnostics import Diagnostic, DocumentError, ParseError, Source, Span
from converter.documents.document import Document, Place, show_pointer
from converter.documents.positions import Pointer, Spots, toml_spots
from converter.documents.text import normalise, plain

#: The table in which we keep what TOML has no word for: JSON's nulls, and the other lines of a Kibana export.
OWN_TABLE = "ruleproof"

_WHERE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_WORDING = {
    "cannot overwrite a value": ("the key stands here a second time", "keep one of the two"),
    "cannot declare": ("this table stands here a second time", "join the two tables"),
    "cannot mutate immutable namespace": ("this table is already complete", "join the two tables"),
    "illegal character '\\n'": ("the string does not end on its line", "close the quote, or use triple quotes"),
    "unescaped '\\' in a string": ("this backslash begins no escape", "double it, or use single quotes"),
    "expected '=' after a key in a key/value pair": ("expected `=` after the key", None),
    "invalid value": ("expected a value", "text needs quotes"),
    "unterminated string": ("the string has no end", "close the quotes"),
    "invalid statement": ("expected a key or a table", None),
    "found invalid character": ("this character is not allowed here", "escape it as \\uXXXX"),
    "unclosed array": ("the list has no end", "close it with `]`"),
    "unclosed inline table": ("the inline table has no end", "close it with `}`"),
    "expected newline or end of document after a statement": ("expected the end of the line", None),
    "expected ']' at the end of a table declaration": ("expected `]`", None),
    "expected ']]' at the end of an array declaration": ("expected `]]`", None),
    "duplicate inline table key": ("the key stands here a second time", "keep one of the two"),
}


def parse_toml(source: Source) -> dict[str, Any]:
    """A TOML text as tables; raises `ParseError` with the place."""
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise _explained(str(error), source) from None
    except RecursionError:
        raise DocumentError("the file is nested too deeply", source=source) from None
    except ValueError as error:  # a number or a date that Python cannot hold
        raise ParseError(f"not valid TOML: {str(error).lower()}", source=source) from None


def _explained(text: str, source: Source) -> ParseError:
    found = _WHERE.search(text)
    message = (text[: found.start()] if found else text).rstrip(".")
    span = Span(len(source.text), len(source.text))
    if found and found[1]:
        lines = source.text.split("\n")
        line = min(int(found[1]), len(lines))
        at = sum(len(text) + 1 for text in lines[: line - 1]) + int(found[2]) - 1
        span = Span(at, at + 1)
    lowered = message[:1].lower() + message[1:]
    if lowered.startswith(("cannot overwrite", "cannot declare")):  # these are noticed at the end of the statement
        begin = source.text.rfind("\n", 0, span.start) + 1
        span = Span(begin, max(span.start, begin + 1))
    for start, (wording, help) in _WORDING.items():
        if lowered.lower().startswith(start):
            return ParseError(f"not valid TOML: {wording}", span=_shown(span, source), source=source, help=help)
    return ParseError(f"not valid TOML: {lowered}", span=_shown(span, source), source=source)


def _shown(span: Span, source: Source) -> Span:
    """Past the end of its line, the error shows that line's last character."""
    if span.end > span.start + 1:
        return span
    at = min(span.start, len(source.text))
    if at == len(source.text):
        at = max(0, len(source.text.rstrip()) - 1)
    elif source.text[at] == "\n" and at and source.text[at - 1] != "\n":
        at -= 1
    return Span(at, at + 1)


def read_toml(text: str, path: str | None = None) -> list[Document]:
    """The one rule of a TOML file; raises `ParseError` or `DocumentError`."""
    source = Source(normalise(text), path)
    tables = parse_toml(source)
    spots = _Lazy(source.text)
    problems: list[Diagnostic] = []

    def note(at: Pointer, what: str) -> None:
        found = spots.scan().get(at)
        span = found.value if found else None
        problems.append(
            Diagnostic("document", f"`{show_pointer(at)}` holds {what}, which no rule can", "error", span, source)
        )

    try:
        tables = plain(tables, note)
    except RecursionError:
        raise DocumentError("the file is nested too deeply", source=source) from None
    if problems:
        raise DocumentError.of(problems)
    rule = tables.pop("rule", None)
    if not isinstance(rule, dict):
        what = "has no `[rule]` table" if rule is None else "writes `rule` as something else than the table `[rule]`"
        raise DocumentError(f"the file {what}", source=source, help="an Elastic rule file keeps its rule in `[rule]`")
    own = tables.pop(OWN_TABLE, None)
    data, moved = to_api(rule)
    document = Document("elastic", "toml", data, path, source, tables, raw=text if text != source.text else None)
    document.place = Place(spots.scan, lambda pointer: toml_pointer(pointer, moved))
    if isinstance(own, dict):
        _restore(document, own)
    return [document]


class _Lazy:
    def __init__(self, text: str) -> None:
        self.text = text
        self.found: Spots | None = None

    def scan(self) -> Spots:
        if self.found is None:
            self.found = toml_spots(self.text)
        return self.found


def to_api(rule: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Kibana's names for a rule table, and whether `new_terms` was unfolded (only if nothing of it is lost)."""
    match rule.get("new_terms"):
        case {
            "field": "new_terms_fields",
            "value": value,
            "history_window_start": [{"field": "history_window_start", "value": start, **rest}],
            **others,
        } if not rest and not others and not rule.keys() & {"new_terms_fields", "history_window_start"}:
            data = {k: v for k, v in rule.items() if k != "new_terms"}
            return {**data, "new_terms_fields": value, "history_window_start": start}, True
    return rule, False


def toml_pointer(pointer: Pointer, moved: bool) -> Pointer:
    """Where a path of `data` stands in the TOML file."""
    match pointer:
        case ("new_terms_fields", *rest) if moved:
            return ("rule", "new_terms", "value", *rest)
        case ("history_window_start", *rest) if moved:
            return ("rule", "new_terms", "history_window_start", 0, "value", *rest)
    return ("rule", *pointer)


def _restore(document: Document, own: dict[str, Any]) -> None:
    for pointer in own.get("nulls") or []:
        if not isinstance(pointer, str):
            continue
        target: Any = document.data
        parts = [p.replace("~1", "/").replace("~0", "~") for p in pointer[1:].split("/")]
        for part in parts[:-1]:
            target = _step(target, part)
        if isinstance(target, dict):
            target[parts[-1]] = None
        elif isinstance(target, list) and parts[-1].isdecimal():
            target.insert(int(parts[-1]), None)
    for line in own.get("attachments") or []:
        try:
            attachment = json.loads(line)
        except (TypeError, ValueError, RecursionError):
            continue
        if isinstance(attachment, dict):
            document.attachments.append(attachment)


def _step(target: Any, part: str) -> Any:
    if isinstance(target, dict):
        return target.get(part)
    if isinstance(target, list) and part.isdecimal() and int(part) < len(target):
        return target[int(part)]
    return None
