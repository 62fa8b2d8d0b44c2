"""DISSECT and GROK: new columns out of a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from converter.diagnostics import ParseError, Span
from converter.matching.pipeline.conversions import from_literal
from converter.matching.pipeline.java_regex import translate
from converter.matching.pipeline.types import Scalar

#: Column → what a text gives for it; None where the text does not fit.
Extract = Callable[[str], "dict[str, list[Scalar]] | None"]

_KEY = re.compile(r"%\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    skip: bool
    padded: bool
    append: bool
    order: int
    delimiter: str


def dissect(pattern: str, separator: str, span: Span | None) -> tuple[list[tuple[str, str]], Extract]:
    """The new columns (name, type) and the reader of a DISSECT pattern."""
    found = list(_KEY.finditer(pattern))
    keys: list[_Key] = []
    for i, part in enumerate(found):
        end = found[i + 1].start() if i + 1 < len(found) else len(pattern)
        keys.append(_key(part.group(1), pattern[part.end() : end], pattern, span))
    names = list(dict.fromkeys(key.name for key in keys if not key.skip))
    if not names:
        raise ParseError(
            f"the pattern `{pattern}` names no column", span=span, help="write %{name} where a value stands"
        )
    lead = pattern[: found[0].start()]

    def read(text: str) -> dict[str, list[Scalar]] | None:
        values = _cut(text, lead, keys)
        return None if values is None else _gather(keys, values, separator)

    return [(name, "keyword") for name in names], read


def _key(text: str, delimiter: str, pattern: str, span: Span | None) -> _Key:
    padded = text.endswith("->")
    name = text.removesuffix("->")
    if name[:1] in ("*", "&"):
        raise ParseError(f"the reference key `%{{{text}}}` has no meaning in a rule", span=span)
    append = name.startswith("+")
    skip = not name or name.startswith("?")
    name = name.lstrip("+?")
    order = 0
    if append and "/" in name:
        name, _, number = name.partition("/")
        if not number.isdigit():
            raise ParseError(f"the pattern `{pattern}` is broken at `{text}`", span=span)
        order = int(number)
    return _Key(name, skip, padded, append, order, delimiter)


def _cut(text: str, lead: str, keys: list[_Key]) -> list[str] | None:
    if not text.startswith(lead):
        return None
    at = len(lead)
    values: list[str] = []
    for key in keys:
        if not key.delimiter:
            values.append(text[at:])
            at = len(text)
            continue
        end = text.find(key.delimiter, at)
        if end < 0:
            return None
        values.append(text[at:end])
        at = end + len(key.delimiter)
        while key.padded and text.startswith(key.delimiter, at):
            at += len(key.delimiter)
    return values


def _gather(keys: list[_Key], values: list[str], separator: str) -> dict[str, list[Scalar]]:
    out: dict[str, list[Scalar]] = {}
    parts: dict[str, list[tuple[int, str]]] = {}
    appended = {key.name for key in keys if key.append}
    for key, value in zip(keys, values, strict=True):
        if key.skip:
            continue
        if key.name in appended:
            parts.setdefault(key.name, []).append((key.order, value))
        else:
            out[key.name] = [value]
    for name, found in parts.items():
        out[name] = [separator.join(value for _, value in sorted(found, key=lambda pair: pair[0]))]
    return out


# GROK

_REFERENCE = re.compile(r"%\{(\w+)(?::([^:}]+))?(?::(\w+))?\}")
_NAMED = re.compile(r"\(\?<([^=!>][^>]*)>")
_TYPES = {"int": "integer", "integer": "integer", "long": "long", "float": "double", "double": "double",
          "boolean": "boolean", "string": "keyword"}  # fmt: skip


@lru_cache(maxsize=1)
def bank() -> dict[str, str]:
    """The patterns that GROK knows by name."""
    text = resources.files("converter.matching.pipeline").joinpath("grok_patterns.tsv").read_text("utf-8")
    out = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, pattern = line.partition("\t")
            out[name] = pattern
    return out


class _Groups:
    """The named groups of a pattern; Python takes each name once and no dots, so they are numbered."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []

    def add(self, name: str, kind: str) -> str:
        self.names.append((name, kind))
        return f"(?<g{len(self.names) - 1}>"


def grok(patterns: tuple[str, ...], span: Span | None) -> tuple[list[tuple[str, str]], Extract]:
    """The new columns (name, type), by name, and the reader of GROK patterns: the first that is found counts."""
    readers = []
    columns: dict[str, str] = {}
    for pattern in patterns:
        groups = _Groups()
        source = _expand(pattern, groups, span, 0)
        readers.append((translate(source, span, onig=True), groups))
        for name, kind in groups.names:
            columns.setdefault(name, kind)

    def read(text: str) -> dict[str, list[Scalar]] | None:
        for regex, groups in readers:
            found = regex.search(text)
            if found:
                return _captured(found, groups)
        return None

    return sorted(columns.items()), read


def _captured(found: re.Match[str], groups: _Groups) -> dict[str, list[Scalar]]:
    out: dict[str, list[Scalar]] = {}
    for i, (name, kind) in enumerate(groups.names):
        text = found.group(f"g{i}")
        if text is None:
            continue
        value = text if kind == "keyword" else from_literal(text, kind)
        if value is not None and not isinstance(value, tuple):
            out.setdefault(name, []).append(value)
    return out


def _expand(pattern: str, groups: _Groups, span: Span | None, depth: int) -> str:
    if depth > 500:
        raise ParseError("the GROK pattern refers to itself", span=span)

    def resolve(match: re.Match[str]) -> str:
        name, column, kind = match.groups()
        if name not in bank():
            raise ParseError(f"GROK knows no pattern `{name}`", span=span)
        if kind is not None and kind not in _TYPES:
            raise ParseError(f"GROK converts to int, long, float, double or boolean, not `{kind}`", span=span)
        head = "(?:" if column is None else groups.add(column, _TYPES[kind or "string"])
        return head + _expand(bank()[name], groups, span, depth + 1) + ")"

    out: list[str] = []
    at = 0
    both = re.compile(f"{_REFERENCE.pattern}|{_NAMED.pattern}")
    for match in both.finditer(pattern):
        out.append(pattern[at : match.start()])
        at = match.end()
        named = match.group(4)
        if named is not None:
            out.append(groups.add(named, "keyword"))
        else:
            reference = _REFERENCE.match(match.group())
            assert reference
            out.append(resolve(reference))
    out.append(pattern[at:])
    return "".join(out)
