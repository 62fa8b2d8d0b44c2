"""Kibana's JSON: rule exports (NDJSON) and the detection-engine API (one object, a list, `{"data": […]}`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from converter.diagnostics import Diagnostic, DocumentError, ParseError, Source, Span
from converter.documents.document import Document, Format, Place, show_pointer
from converter.documents.positions import Pointer, Spot, Spots, json_spots
from converter.documents.text import normalise, plain
from converter.documents.transforms import unpack_meta

_RULE_KEYS = ("rule_id", "risk_score", "severity", "query", "machine_learning_job_id")
_WORDING = {
    "expecting value": "expected a value",
    "expecting property name enclosed in double quotes": "expected a key in double quotes",
    "expecting ',' delimiter": "expected `,`",
    "expecting ':' delimiter": "expected `:`",
    "extra data": "expected the end of the text",
    "unterminated string starting at": "the string has no end",
    "invalid control character at": "a raw control character stands in a string",
    "invalid \\escape": "this backslash begins no escape",
    "illegal trailing comma before end of object": "a comma stands before the closing `}`",
    "illegal trailing comma before end of array": "a comma stands before the closing `]`",
}


class _Doubled(Exception):
    pass


class _Constant(Exception):
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubled
    return found


def _constant(name: str) -> Any:
    raise _Constant(name)


def parse_json(source: Source, start: int = 0, stop: int | None = None, what: str = "JSON") -> Any:
    """The value in `source.text[start:stop]`; raises `ParseError` (syntax, a key twice, `NaN`) with the place."""
    text = source.text[start:stop]
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except json.JSONDecodeError as error:
        lowered = error.msg.lower()
        wording = next((w for k, w in _WORDING.items() if lowered.startswith(k)), lowered)
        at = _shown(text, error.pos)
        raise ParseError(f"not valid {what}: {wording}", span=Span(start + at, start + at + 1), source=source) from None
    except _Doubled:
        return _raise_doubled(source, text, start)
    except _Constant as error:
        at = max(0, text.find(str(error)))
        span = Span(start + at, start + at + len(str(error)))
        raise ParseError(f"not valid {what}: `{error}` is no JSON value", span=span, source=source) from None
    except RecursionError:
        raise DocumentError("the file is nested too deeply", source=source, span=Span(start, start + 1)) from None
    except ValueError as error:  # more digits than Python converts
        message = f"not valid {what}: {str(error).lower().split(';')[0]}"
        raise ParseError(message, source=source, span=Span(start, start + 1)) from None


def _shown(text: str, at: int) -> int:
    """An error at the end shows the last character."""
    return at if at < len(text) else max(0, len(text.rstrip()) - 1)


def _raise_doubled(source: Source, text: str, start: int) -> Any:
    try:
        doubled = json_spots(text)[1]
    except (RecursionError, ValueError):
        doubled = []
    pointer, span = doubled[0] if doubled else ((), Span(0, 1))
    raise ParseError(
        f"the key `{show_pointer(pointer[-1:])}` stands here a second time",
        span=Span(start + span.start, start + span.end),
        source=source,
        help="keep one of the two",
    )


def read_json(text: str, path: str | None = None) -> list[Document]:
    """The rules of a JSON text: one rule, a list of them, `{"data": […]}`, or a prebuilt package's asset."""
    source = Source(normalise(text), path)
    value = parse_json(source)
    spots = lazy_json(source.text)
    value = checked(value, source, spots)
    found = list(_rules(value))
    if not found:
        raise DocumentError(
            "the file holds no rule",
            source=source,
            help='expected one rule as an object, a list of rules, or {"data": [rules]}',
        )
    raw = text if text != source.text else None
    documents = []
    for pointer, rule in found:
        if not isinstance(rule, dict):
            spot = spots().get(pointer)
            raise DocumentError(
                f"a rule is {kind_of(rule)}, expected an object", span=spot.value if spot else None, source=source
            )
        documents.append(_document("json", rule, path, source, spots, pointer, raw))
    return _related(documents)


def _rules(value: Any) -> list[tuple[Pointer, Any]]:
    match value:
        case {"data": [*rules]}:
            return [(("data", i), rule) for i, rule in enumerate(rules)]
        case {"attributes": {"rule_id": _} as rule}:
            return [(("attributes",), rule)]
        case dict():
            return [((), value)]
        case [*rules]:
            return [((i,), rule) for i, rule in enumerate(rules)]
    return []


def read_ndjson(text: str, path: str | None = None) -> list[Document]:
    """The rules of a Kibana export; its other lines (exceptions, connectors, summary) are kept as attachments.

    All damaged lines are reported, not the first.
    """
    source = Source(normalise(text), path)
    problems: list[Diagnostic] = []
    documents: list[Document] = []
    attachments: list[dict[str, Any]] = []
    at = 0
    raw = text if text != source.text else None
    for line in source.text.split("\n"):
        start, at = at, at + len(line) + 1
        if not line.strip():
            continue
        try:
            value, spots = _line(source, start, start + len(line))
        except (DocumentError, ParseError) as error:
            problems += error.diagnostics
            continue
        prefix: Pointer = ()
        match value:
            case {"type": "security-rule", "attributes": dict() as inner}:
                value, prefix = inner, ("attributes",)
        if is_rule(value):
            document = _document("ndjson", value, path, source, spots, prefix, raw)
            document.extent = Span(start, start + len(line))
            documents.append(document)
        elif is_attachment(value):
            attachments.append(value)
        else:
            problems.append(_no_rule(source, start, line))
    if problems:
        raise DocumentError.of(problems)
    if not documents:
        raise DocumentError("the file holds no rule", source=source, help="expected a rule as JSON on each line")
    for document in documents:
        document.attachments = attachments
    return _related(documents)


def _no_rule(source: Source, start: int, line: str) -> Diagnostic:
    return Diagnostic(
        "document",
        "this line is neither a rule nor another part of a Kibana export",
        "error",
        Span(start, start + len(line)),
        source,
        "a rule has a `rule_id`, a `type` and a `query`",
    )


def _line(source: Source, start: int, stop: int) -> tuple[dict[str, Any], Callable[[], Spots]]:
    value = parse_json(source, start, stop)
    spots = lazy_json(source.text, start)
    if not isinstance(value, dict):
        raise DocumentError(f"this line is {kind_of(value)}, expected an object", span=Span(start, stop), source=source)
    checked_value: dict[str, Any] = checked(value, source, spots)
    return checked_value, spots


def is_rule(value: dict[str, Any]) -> bool:
    """Whether a line of an export is a rule (and no exception list, connector or summary)."""
    if is_attachment(value):
        return False
    return any(key in value for key in _RULE_KEYS)


def is_attachment(value: dict[str, Any]) -> bool:
    """Exception lists and items, connectors, and the summary of a Kibana export."""
    return (
        "list_id" in value
        or (value.get("type") == "action" and "attributes" in value)
        or "exported_count" in value
        or "exported_rules_count" in value
    )


def kind_of(value: Any) -> str:
    """A JSON value's kind as people say it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
    return f"a {type(value).__name__}"


def lazy_json(text: str, offset: int = 0) -> Callable[[], Spots]:
    """The spots of the JSON value at `offset`, found when first asked for."""
    found: list[dict[Pointer, Spot]] = []

    def scan() -> Spots:
        if not found:
            found.append(json_spots(text, offset)[0])
        return found[0]

    return scan


def checked(value: Any, source: Source, spots: Callable[[], Spots]) -> Any:
    """The value, if it holds nothing that cannot be written again; raises `DocumentError` otherwise."""
    problems: list[Diagnostic] = []

    def note(at: Pointer, what: str) -> None:
        spot = spots().get(at)
        name = show_pointer(at) or "the text"
        problems.append(Diagnostic("document", f"`{name}` holds {what}", "error", spot.value if spot else None, source))

    try:
        value = plain(value, note)
    except RecursionError:
        raise DocumentError("the file is nested too deeply", source=source) from None
    if problems:
        raise DocumentError.of(problems)
    return value


def _document(
    format: Format,
    rule: dict[str, Any],
    path: str | None,
    source: Source,
    spots: Callable[[], Spots],
    prefix: Pointer,
    raw: str | None,
) -> Document:
    data, metadata = unpack_meta(rule)
    document = Document("elastic", format, data, path, source, metadata, raw=raw)
    document.place = Place(spots, lambda pointer: (*prefix, *pointer))
    return document


def _related(documents: list[Document]) -> list[Document]:
    if len(documents) > 1:
        together = tuple(documents)
        for document in documents:
            document.siblings = together
    return documents
