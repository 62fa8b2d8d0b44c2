"""A rule document as a TOML file, laid out as Elastic's own rule repository lays its files out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from converter.diagnostics import DocumentError
from converter.documents.document import Document
from converter.documents.json_write import used_attachments
from converter.documents.toml_read import OWN_TABLE

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WIDTH = 110
_MULTILINE = ("description", "note", "setup", "query", "threat_query")
#: Keys that stand before their neighbours; all others in the alphabet's order.
_FIRST = {"threat": ("framework", "technique", "tactic"), "technique": ("id", "name", "reference", "subtechnique")}


def write_toml(document: Document) -> str:
    """The file's text; raises `DocumentError` for a Sigma document."""
    if document.kind != "elastic":
        raise DocumentError("a Sigma rule has no TOML form", help="port it to Elastic first")
    nulls: list[str] = []
    rule = _without_nulls(to_file(document.data), "", nulls)
    out: list[str] = []
    for name in ("metadata", "transform"):
        if isinstance(document.metadata.get(name), Mapping):
            _table(out, (name,), document.metadata[name])
    _rule(out, rule)
    others = {k: v for k, v in document.metadata.items() if k not in ("metadata", "transform")}
    for name, value in others.items():
        if isinstance(value, Mapping):
            _table(out, (name,), value)
    loose = {k: v for k, v in document.metadata.items() if not isinstance(v, Mapping)}
    own = _own(document, nulls)
    if own:
        _table(out, (OWN_TABLE,), own)
    if loose:  # top-level keys must stand before the first table
        out[:0] = [*(f"{toml_key(k)} = {toml_value(v, k)}" for k, v in loose.items()), ""]
    return "\n".join(out).rstrip("\n") + "\n"


def to_file(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rule table as files write it: the API's new-terms keys folded into `new_terms`."""
    if {"new_terms_fields", "history_window_start"} <= data.keys() and "new_terms" not in data:
        rest = {k: v for k, v in data.items() if k not in ("new_terms_fields", "history_window_start")}
        start = {"field": "history_window_start", "value": data["history_window_start"]}
        folded = {"field": "new_terms_fields", "value": data["new_terms_fields"], "history_window_start": [start]}
        return {**rest, "new_terms": folded}
    return dict(data)


def _own(document: Document, nulls: list[str]) -> dict[str, Any]:
    own: dict[str, Any] = {"nulls": nulls} if nulls else {}
    used = used_attachments([document])
    if used:
        own["attachments"] = [json.dumps(line, ensure_ascii=False) for line in used]
    return own


def _without_nulls(value: Any, at: str, nulls: list[str]) -> Any:
    """The value without what TOML cannot write; the pointers of the nulls are collected."""
    if isinstance(value, Mapping):
        kept = {}
        for name, inner in value.items():
            pointer = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
            if inner is None:
                nulls.append(pointer)
            else:
                kept[name] = _without_nulls(inner, pointer, nulls)
        return kept
    if isinstance(value, list):
        items = []
        for index, inner in enumerate(value):
            if inner is None:
                nulls.append(f"{at}/{index}")
            else:
                items.append(_without_nulls(inner, f"{at}/{index}", nulls))
        return items
    return value


def _rule(out: list[str], rule: dict[str, Any]) -> None:
    """`[rule]`: simple keys in order, then the query, then the tables."""
    simple = {k: v for k, v in rule.items() if not _is_table(v)}
    tables = {k: v for k, v in rule.items() if _is_table(v)}
    out += ["[rule]"]
    out += [f"{toml_key(k)} = {toml_value(simple[k], k)}" for k in sorted(simple) if k != "query"]
    if "query" in simple:
        out += ["", f"query = {toml_value(simple['query'], 'query')}"]
    out.append("")
    for name in sorted(tables, key=lambda k: (k != "threat", k)):
        _member(out, ("rule", name), tables[name])
    out.append("")


def _is_table(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(v, Mapping) for v in value)
    return isinstance(value, Mapping)


def _member(out: list[str], path: tuple[str, ...], value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _table(out, path, item, many=True)
    else:
        _table(out, path, value)


def _table(out: list[str], path: tuple[str, ...], table: Mapping[str, Any], many: bool = False) -> None:
    simple = [k for k in _ordered(path, table) if not _is_table(table[k])]
    tables = [k for k in _ordered(path, table) if _is_table(table[k])]
    name = ".".join(toml_key(part) for part in path)
    if simple or many or not tables:
        if out and out[-1]:
            out.append("")
        out.append(f"[[{name}]]" if many else f"[{name}]")
    out += [f"{toml_key(k)} = {toml_value(table[k], k)}" for k in simple]
    for key in tables:
        _member(out, (*path, key), table[key])
    if len(path) == 1:
        out.append("")


def _ordered(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    if path[0] not in ("rule", "metadata"):
        return list(table)
    first = _FIRST.get(path[-1], ())
    return sorted(table, key=lambda k: (first.index(k) if k in first else len(first), k))


def toml_key(name: str) -> str:
    """A key, quoted where it must be."""
    return name if _BARE.match(name) else basic(name)


def toml_value(value: Any, key: str = "") -> str:
    """A TOML value; `key` chooses the quotes of long texts."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return string(value, key)
        case int():
            return str(value)
        case float():
            return repr(value)
        case list():
            return _array(value)
        case Mapping():
            inner = ", ".join(f"{toml_key(str(k))} = {_inline(v)}" for k, v in value.items())
            return "{ " + inner + " }" if inner else "{}"
    raise DocumentError(f"TOML cannot write `{value!r}`")


def _inline(item: Any) -> str:
    """Inside an inline table everything stands on one line."""
    if isinstance(item, list):
        return "[" + ", ".join(_inline(v) for v in item) + "]"
    return _quoted(item) if isinstance(item, str) else toml_value(item)


def _array(items: list[Any]) -> str:
    if any(isinstance(v, (list, Mapping)) for v in items):
        rows = "".join(f"  {_inline(v)},\n" for v in items)
        return f"[\n{rows}]"
    line = "[" + ", ".join(_inline(v) for v in items) + "]"
    if len(items) < 2 or len(line) < _WIDTH - 40:
        return line
    return "[\n" + "".join(f"    {_inline(v)},\n" for v in items) + "]"


def string(text: str, key: str = "") -> str:
    """The text between the quotes that keep it readable: literal for queries, multi-line where it has lines."""
    many = "\n" in text or (key in _MULTILINE and len(text) > _WIDTH)
    if key in ("query", "threat_query") and (many or "\\" in text or '"' in text):
        kept = literal(text)
        if kept is not None:
            return kept
    if many:
        return multiline(text, "" if text[0] != "\n" and key in ("note", "setup") else "\n")
    return _quoted(text)


def literal(text: str) -> str | None:
    """Between triple single quotes, which know no escapes; None for a text that they cannot hold."""
    if "'''" in text or text.endswith("'") or _CONTROL.search(text):
        return None
    return f"'''\n{text}'''"


def multiline(text: str, lead: str = "\n") -> str:
    """Between triple double quotes; `lead` is the line break after the first, which is no part of the text."""
    lead = "\n" if text.startswith("\n") else lead
    return f'"""{lead}{_escaped(text, multiline=True)}"""'


def _quoted(text: str) -> str:
    """One line, in the quotes that need no escapes if there are such."""
    if '"' in text and "'" not in text and not _CONTROL.search(text) and not set("\t\n") & set(text):
        return f"'{text}'"
    return basic(text)


def basic(text: str) -> str:
    """A basic string on one line."""
    return f'"{_escaped(text, multiline=False)}"'


_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _escaped(text: str, multiline: bool) -> str:
    text = text.replace("\\", "\\\\")
    text = re.sub(r'"(?=")|"\Z', r'\\"', text) if multiline else text.replace('"', '\\"')
    keep = "\n\t" if multiline else "\t"

    def escape(found: re.Match[str]) -> str:
        c = found[0]
        return c if c in keep else _SHORT.get(c, f"\\u{ord(c):04x}")

    return re.sub(r"[\x00-\x1f\x7f]", escape, text)
