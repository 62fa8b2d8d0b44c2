"""Lucene's query syntax as Elasticsearch's query_string reads it, lenient as in a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.diagnostics import FieldTypeError, ParseError, Source, UnsupportedError
from converter.fields import Fields
from converter.languages import Language, Parsed
from converter.languages.lucene import parser
from converter.languages.lucene.meaning import Meaning
from converter.languages.lucene.render import LIMITS, render

__all__ = ["LANGUAGE"]

#: Options of query_string that change scores, costs or reports, but no hits.
_IDLE = {
    "allow_leading_wildcard", "analyze_wildcard", "auto_generate_synonyms_phrase_query", "boost",
    "enable_position_increments", "escape", "fuzzy_max_expansions", "fuzzy_transpositions", "max_determinized_states",
    "rewrite", "tie_breaker", "_name", "query", "fuzzy_prefix_length", "fuzzy_rewrite",
}  # fmt: skip
_TYPES = {"best_fields": False, "most_fields": False, "phrase": True}


def parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    """The tree of a text. Raises `ParseError` for bad syntax; what a field cannot take is false, as in a rule."""
    return _read(source, Meaning(fields))


def embed(source: Source, fields: Fields, options: Mapping[str, Any]) -> Parsed:
    """As a `query_string` query with its options (`fields`, `default_field`, `default_operator`, `lenient`, …).

    Without fields all are searched, leniently; with them what a field cannot take is an error, unless `lenient`."""
    meaning = Meaning(fields)
    names = options.get("fields") or ()
    meaning.listed = bool(names)
    names = (names,) if isinstance(names, str) else tuple(str(name).partition("^")[0] for name in names)
    default = options.get("default_field")
    if not names and default is not None and default != "*":
        names = (str(default),)
    if names and names != ("*",):
        meaning.defaults, meaning.lenient = names, False
    for name, value in options.items():
        _option(meaning, name, value)
    least = options.get("minimum_should_match")
    return _read(source, meaning, least)


def _option(meaning: Meaning, name: str, value: Any) -> None:
    if value is None or name in _IDLE or name in ("fields", "default_field", "minimum_should_match"):
        return
    match name:
        case "default_operator" if str(value).lower() in ("and", "or"):
            meaning.every = str(value).lower() == "and"
        case "lenient":
            meaning.lenient = str(value).lower() == "true"
        case "time_zone":
            meaning.zone = str(value)
        case "phrase_slop":
            meaning.slop = int(value)
        case "quote_field_suffix":
            meaning.suffix = str(value)
        case "type" if value in _TYPES:
            meaning.phrase = _TYPES[value]
        case "analyzer" | "quote_analyzer" if value == "standard":
            return
        case "fuzziness" if value == "AUTO":
            return
        case "default_operator":
            raise ParseError(f"`{value}` is no operator", help="write `and` or `or`")
        case "type" | "analyzer" | "quote_analyzer" | "fuzziness":
            raise UnsupportedError(f"query_string's `{name}: {value}` has no meaning here")
        case _:
            raise ParseError(f"query_string has no option `{name}`")


def _read(source: Source, meaning: Meaning, least: str | int | None = None) -> Parsed:
    if meaning.zone is not None:
        from converter.matching.dates import DateError, zone_of

        try:
            zone_of(meaning.zone)
        except DateError as error:
            raise FieldTypeError(str(error), help="write it like `+05:00` or `Europe/Berlin`") from None
    tree = parser.parse(source.text, meaning, least)
    return Parsed(tree, tuple(meaning.look_up.notes.values()))


LANGUAGE = Language(
    name="lucene",
    title="Lucene query string",
    suffixes=(".lucene",),
    parse=parse,
    render=render,
    limits=LIMITS,
    embed=embed,
)
