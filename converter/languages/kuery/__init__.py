"""KQL (`kuery`): Kibana's dialect, which rules run, and Elasticsearch's own (`dialect="elasticsearch"`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.diagnostics import ParseError, Source, UnsupportedError
from converter.fields import Fields
from converter.languages import Language, Parsed
from converter.languages.kuery.elastic import parse_elastic
from converter.languages.kuery.kibana import parse_kibana
from converter.languages.kuery.meaning import Meaning
from converter.languages.kuery.render import LIMITS, render
from converter.matching import typed
from converter.matching.dates import DateError, zone_of
from converter.tree import Glob, Node, transform

__all__ = ["LANGUAGE"]


def parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    """The tree of a text. Raises `ParseError`, `FieldTypeError` (the request would fail), `UnsupportedError`."""
    meaning = Meaning(fields, kibana=dialect != "elasticsearch")
    tree = (parse_kibana if meaning.kibana else parse_elastic)(source, meaning)
    return Parsed(tree, tuple(meaning.notes.values()))


def embed(source: Source, fields: Fields, options: Mapping[str, Any]) -> Parsed:
    """As Elasticsearch's `kql` query with its options: `case_insensitive` folds ASCII letters on keywords, `time_zone`
    is where days begin. Raises also `UnsupportedError` for a `default_field`."""
    meaning = Meaning(fields, kibana=False)
    folded = False
    for name, value in options.items():
        match name:
            case "case_insensitive":
                folded = str(value).lower() == "true"
            case "time_zone" if value is not None:
                meaning.zone = str(value)
            case "default_field" if value not in (None, "*"):
                raise UnsupportedError("a KQL query's `default_field` is not read", help="name the field in the query")
            case "default_field" | "time_zone" | "boost" | "_name":
                continue
            case _:
                raise ParseError(f"a KQL query has no option `{name}`")
    try:
        zone_of(meaning.zone or "UTC")
    except DateError as error:
        raise ParseError(str(error), help="write it like `+05:00` or `Europe/Berlin`") from None
    tree = parse_elastic(source, meaning)
    return Parsed(transform(tree, _fold) if folded else tree, tuple(meaning.notes.values()))


def _fold(node: Node) -> Node:
    if isinstance(node, Glob) and node.fold == "none" and node.field.sort == "string":
        return replace(node, fold=typed.fold_for(node.field, node.tokens, "ascii"))
    return node


LANGUAGE = Language(
    name="kuery",
    title="KQL",
    suffixes=(".kql", ".kuery"),
    parse=parse,
    render=render,
    limits=LIMITS,
    dialects=("kibana", "elasticsearch"),
    embed=embed,
)
