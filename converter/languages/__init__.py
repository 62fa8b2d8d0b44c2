"""The languages, found by discovery: a package or module here that defines `LANGUAGE`.

A new language is one new entry in this folder; nothing lists them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from converter.diagnostics import ConverterError, Note, Source, UsageError
from converter.fields import Fields, FieldsSpec
from converter.query import Query, Tree


@dataclass(frozen=True)
class Parsed:
    """What a language's parser gives back: the tree and what a report must say about it."""

    tree: Tree
    notes: tuple[Note, ...] = ()
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Language:
    """`parse(source, fields, dialect)` raises `ParseError` or `FieldTypeError`; `render(tree, fields, options)` raises
    `UnsupportedError` with a diagnostic for each node that the language cannot say.

    `limits` is the table of what it cannot say: construct → reason. `suffixes` are file endings.
    `embed(text, fields, options)` reads a text that stands inside another language, with that one's options (as
    Elasticsearch names them: `default_field`, `lenient`, `time_zone`, `case_insensitive` …).
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    parse: Callable[[Source, Fields, str | None], Parsed]
    render: Callable[[Tree, Fields, Mapping[str, Any]], str]
    limits: Mapping[str, str]
    dialects: tuple[str, ...] = ()
    embed: Callable[[Source, Fields, Mapping[str, Any]], Parsed] | None = None


def names() -> list[str]:
    """All languages, by name."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


@cache
def get(name: str) -> Language:
    """The language of that name; raises `UsageError` with the names there are."""
    if name not in names():
        raise UsageError(f"there is no language `{name}`", help="known languages: " + ", ".join(names()))
    language: Language = importlib.import_module(f"{__name__}.{name}").LANGUAGE
    return language


def parse(
    language: str,
    text: str | Source,
    fields: FieldsSpec = None,
    dialect: str | None = None,
    category_field: str | None = None,
) -> Query:
    """Read a text. `fields` as in `Fields.of`. Raises `ParseError`, `FieldTypeError`, `UnsupportedError`."""
    lang = get(language)
    if not isinstance(text, str | Source):
        raise UsageError(f"a query is a text, not `{type(text).__name__}`", help="decode bytes, write JSON as text")
    if dialect is not None and dialect not in lang.dialects:
        known = ", ".join(lang.dialects) or "none"
        raise UsageError(f"language `{language}` has no dialect `{dialect}`", help=f"its dialects: {known}")
    source = text if isinstance(text, Source) else Source(text)
    schema = Fields.of(fields)
    try:
        parsed = lang.parse(source, schema, dialect)
    except ConverterError as error:
        raise error.at(source) from None
    except RecursionError:
        raise ConverterError("the query is nested too deeply", code="parse", source=source) from None
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        raise ConverterError("a number has thousands of digits", code="parse", source=source) from None
    return Query(
        language, source.text, parsed.tree, schema, source, parsed.notes, dialect, category_field,
        dict(parsed.extra or {}),
    )  # fmt: skip


def reread(query: Query, fields: FieldsSpec) -> Query:
    """The same text under another schema; None and the query's own schema change nothing.

    A query that a rule's filters were joined to, or that went through a pipeline, keeps its schema: its text is not the
    whole of it.
    """
    if fields is None or fields is query.fields or query.extra.get("filters") or query.extra.get("pipelines"):
        return query
    return parse(query.language, query.source, fields, query.dialect, query.category_field)


def render(query: Query, language: str, **options: Any) -> str:
    """The query's meaning as a text of `language`; raises `UnsupportedError` that lists every node it cannot say."""
    if query.category_field is not None:
        options.setdefault("category_field", query.category_field)
    return get(language).render(query.tree, query.fields, options)
