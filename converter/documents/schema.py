"""Documents against the JSON Schemas in `schemas/`, with the place in the file for every finding."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from converter.diagnostics import Diagnostic, Severity, Span
from converter.documents.document import TYPES, Document, show_pointer
from converter.documents.json_read import kind_of

_BASE = "file:///schemas/"
_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
_HELP = {
    "language": "the rule's `type` fixes its languages: query, threshold, new_terms and threat_match take kuery or "
    "lucene, eql takes eql, esql takes esql",
    "risk_score": "low is 21, medium 47, high 73, critical 99",
    "threshold": 'for example threshold = { field = ["host.id"], value = 10 }',
    "new_terms_fields": "in a TOML file it is `value` in the table `[rule.new_terms]`",
    "history_window_start": "in a TOML file it stands in `[[rule.new_terms.history_window_start]]`",
}


def folder() -> Path:
    """Where the schemas lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The schema file `name` (`elastic/eql.json`) as data."""
    schema: dict[str, Any] = json.loads((folder() / name).read_text(encoding="utf-8"))
    return schema


@cache
def _registry() -> Any:
    from referencing import Registry, Resource

    found = {
        _BASE + path.relative_to(folder()).as_posix(): Resource.from_contents(json.loads(path.read_text("utf-8")))
        for path in sorted(folder().rglob("*.json"))
    }
    return Registry().with_resources(found.items())


@cache
def validator(name: str) -> Any:
    """The compiled validator of a schema file (`elastic/eql.json`, `sigma.json`, …)."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator({"$ref": _BASE + name}, registry=_registry())


@cache
def known_fields(name: str) -> dict[str, str]:
    """The top-level fields that a rule schema names, each with its description."""
    fields: dict[str, str] = {}

    def collect(schema: Mapping[str, Any], base: Mapping[str, Any]) -> None:
        for part in schema.get("allOf", ()):
            collect(*_resolve(part, base))
        for key, value in schema.get("properties", {}).items():
            fields[key] = _resolve(value, base)[0].get("description") or fields.get(key, "")

    schema = load_schema(name)
    collect(schema, schema)
    return fields


def _resolve(schema: Mapping[str, Any], base: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    reference = schema.get("$ref")
    if reference is None:
        return schema, base
    file, _, pointer = reference.partition("#")
    base = load_schema(f"elastic/{file}") if file else base
    target: Any = base
    for part in pointer.strip("/").split("/"):
        target = target[part]
    return target, base


def validate(document: Document, stack: str | None = None) -> list[Diagnostic]:
    """All findings against the schema of the document's type, in the order of the file.

    Errors make the rule unusable; a warning names a field that no schema knows. What the document's form cannot say
    (`document.missing`) is among them; with `stack` (`8.19`, `9.5`) also what that version does not take.
    """
    found = list(_sigma(document) if document.kind == "sigma" else _elastic(document))
    if stack is not None:
        from converter.documents.stack import stack_findings

        found += stack_findings(document, stack)
    found.sort(key=lambda d: d.span.start if d.span else 0)
    return found


def _elastic(document: Document) -> Iterator[Diagnostic]:
    kind = document.data.get("type")
    if kind not in TYPES:
        yield _type_error(document, kind)
        return
    name = f"elastic/{kind}.json"
    lacking = {d.code.removeprefix("missing-").replace("-", "_") for d in document.missing}
    yield from document.missing
    for error in _errors(validator(name), document.data):
        field = _required(error)
        if field in lacking and not error.absolute_path:
            continue
        yield _finding(document, error, known_fields(name))
    for key in document.data.keys() - known_fields(name).keys():
        yield _unknown(document, key, known_fields(name))
    if document.metadata and document.format == "toml":
        for error in _errors(validator("elastic/file.json"), document.metadata):
            yield _finding(document, error, {}, in_metadata=True)


def _sigma(document: Document) -> Iterator[Diagnostic]:
    meta = load_schema("sigma.json")["$defs"]["meta"]["properties"]
    fields = {key: value.get("description", "") for key, value in meta.items()}
    for error in _errors(validator("sigma.json"), document.data):
        yield _finding(document, error, fields)


def _errors(checker: Any, data: Any) -> Iterator[Any]:
    try:
        yield from checker.iter_errors(data)
    except RecursionError:
        return


def check_data(name: str, data: Any, report: Callable[[Sequence[str | int], str, str | None], None]) -> None:
    """Any data against a schema file: `report(path, message, help)` for each finding."""
    for error in _errors(validator(name), data):
        message, help = _wording(error, {})
        report(list(error.absolute_path), message, help)


def _type_error(document: Document, kind: Any) -> Diagnostic:
    known = "expected one of " + _listed(TYPES)
    if kind is None:
        return _diagnostic(document, (), "`type` is missing, " + known, None)
    if kind == "saved_query":
        return _diagnostic(
            document, ("type",), "the rule has type `saved_query`, whose query is kept elsewhere in Kibana",
            "load the saved query into a rule of type `query`",
        )  # fmt: skip
    shown = f"`{kind}`" if isinstance(kind, str) else kind_of(kind)
    return _diagnostic(document, ("type",), f"`type` is {shown}, {known}", _closest(kind, TYPES))


def _finding(document: Document, error: Any, fields: Mapping[str, str], in_metadata: bool = False) -> Diagnostic:
    message, help = _wording(error, fields)
    path = tuple(error.absolute_path)
    if in_metadata and document.place is not None:
        spot = document.spots.get(path)
        span = None if spot is None else spot.key or spot.value
        return Diagnostic("schema", message, "error", span, document.source, help)
    return _diagnostic(document, path, message, help)


def _diagnostic(
    document: Document,
    path: Sequence[str | int],
    message: str,
    help: str | None,
    severity: Severity = "error",
) -> Diagnostic:
    span = document.locate(path)
    if span is None:
        span = document.extent or Span(0, 0)
        span = Span(span.start, span.start + 1)
    return Diagnostic("schema", message, severity, span, document.source, help)


def _unknown(document: Document, key: str, fields: Mapping[str, str]) -> Diagnostic:
    message = f"`{key}` is no field of a rule of type `{document.type}`"
    return _diagnostic(document, (key,), message, _closest(key, fields), "warning")


def _required(error: Any) -> str | None:
    """The name that a `required` error is about."""
    if error.validator != "required":
        return None
    return next((name for name in error.validator_value if name not in error.instance and name in error.message), None)


def _wording(error: Any, fields: Mapping[str, str]) -> tuple[str, str | None]:
    """(message, help) of a jsonschema error: what stands there, what was expected."""
    name = show_pointer(list(error.absolute_path)) or "the document"
    value, found, wanted = error.instance, error.validator, error.validator_value
    expected = error.schema.get("description")
    top = str(error.absolute_path[0]) if error.absolute_path else ""
    help = _HELP.get(top)
    subject = f"`{name}`" if name != "the document" else name
    match found:
        case "required":
            missing = _required(error) or "a key"
            inner = error.schema.get("properties", {}).get(missing, {}).get("description")
            if not error.absolute_path:
                inner = inner or fields.get(missing)
            full = show_pointer([*error.absolute_path, missing])
            return f"`{full}` is missing" + (f": {inner}" if inner else ""), _HELP.get(missing) or help
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return f"{subject} is {_shown(value)}, expected {_or(_KINDS[k] for k in kinds)}", help or _retyped(
                value, kinds
            )
        case "enum":
            return f"{subject} is {_shown(value)}, expected {_listed(wanted)}", help or _closest(value, wanted)
        case "const":
            return f"{subject} is {_shown(value)}, expected `{wanted}`", help
        case "pattern":
            return f"{subject} is {_shown(value)}, expected {expected or f'text that fits `{wanted}`'}", help
        case "minimum" | "maximum":
            return f"{subject} is {_shown(value)}, expected {expected or _bound(found, wanted)}", help
        case "minLength" | "minItems" | "minProperties":
            return (
                f"{subject} is empty" if not value else f"{subject} is too short, expected at least {wanted} parts",
                help or expected,
            )
        case "maxLength" | "maxItems":
            unit = "characters" if found == "maxLength" else "items"
            return f"{subject} has {len(value)} {unit}, expected at most {wanted}", help or expected
        case "oneOf":
            choices = [part["required"][0] for part in wanted if "required" in part]
            return f"{subject} needs exactly one of {_listed(choices)}", help
    return f"{subject}: {error.message[:1].lower()}{error.message[1:]}", help


def _shown(value: Any) -> str:
    match value:
        case str():
            cut = value if len(value) <= 60 else value[:57] + "…"
            return f"the text `{cut}`" if cut.strip() and "\n" not in cut else "a text"
        case bool() | int() | float():
            return f"`{json.dumps(value)}`"
    return kind_of(value).replace("an object", "a table")


def _retyped(value: Any, kinds: Sequence[str]) -> str | None:
    if isinstance(value, str) and {"integer", "number", "boolean"} & set(kinds):
        return "write it without quotes"
    if "string" in kinds and isinstance(value, (int, float)):
        return "write it in quotes"
    if kinds == ["array"] and isinstance(value, str):
        return "put it in square brackets"
    return None


def _bound(kind: str, limit: Any) -> str:
    return f"at {'least' if kind == 'minimum' else 'most'} {limit}"


def _listed(values: Sequence[Any]) -> str:
    return _or(f"`{value}`" for value in values)


def _or(words: Any) -> str:
    *most, last = list(words)
    return f"{', '.join(most)} or {last}" if most else str(last)


def _closest(value: Any, known: Any) -> str | None:
    close = difflib.get_close_matches(str(value).lower(), [str(k) for k in known], 1, 0.7)
    return f"did you mean `{close[0]}`?" if close else None
