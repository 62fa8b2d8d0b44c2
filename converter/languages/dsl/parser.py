"""Query DSL: queries that hold other queries, and the table of all queries by name.

Source: Elasticsearch's reference of the Query DSL (8.19) and the answers of a node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from converter.diagnostics import ConverterError, Diagnostic, ParseError, Source, Span, UnsupportedError
from converter.fields import Fields
from converter.languages import Parsed
from converter.languages.dsl import leaves
from converter.languages.dsl.json_scan import Json, Members, Plain, scan
from converter.languages.dsl.reading import IDLE, each, kind, members, minimum, options, python, text, truth
from converter.matching.counting import at_least, least_of
from converter.matching.names import Names
from converter.tree import ALWAYS, NEVER, Glob, Nested, Node, conj, disj, literal, negate, transform

Query: TypeAlias = Callable[["Reader", Json, Span], Node]

_BOOL = {"must", "filter", "should", "must_not", "minimum_should_match", "adjust_pure_negative"}

#: Queries that exist and have no meaning here, with the reason.
REFUSED: dict[str, str] = {
    **dict.fromkeys(("script", "script_score", "function_score"), "a script or score function decides"),
    **dict.fromkeys(("geo_bounding_box", "geo_distance", "geo_polygon", "geo_shape", "geo_grid", "shape"), "places"),
    **dict.fromkeys(("has_child", "has_parent", "parent_id", "percolate"), "other documents decide"),
    **dict.fromkeys(
        ("knn", "semantic", "sparse_vector", "text_expansion", "weighted_tokens", "rule", "rule_query", "pinned"),
        "a ranking decides",
    ),
    **dict.fromkeys(("more_like_this", "distance_feature", "rank_feature"), "a score decides"),
    "fuzzy": "the words of the whole index decide which ones it takes",
    "terms_set": "a field of the document says how many terms must match",
    "simple_query_string": "its syntax ignores errors; write the query as query_string or bool",
    "match_phrase_prefix": "an index looks up only some of the words that begin so",
    "match_bool_prefix": "an index looks up only some of the words that begin so",
    "combined_fields": "it takes several fields as one",
    "intervals": "words at distances have no form in the predicate tree",
    **dict.fromkeys(
        (
            "span_term", "span_near", "span_or", "span_not", "span_first", "span_multi", "span_containing",
            "span_within", "field_masking_span",
        ),
        "words at distances have no form in the predicate tree",
    ),
    "wrapper": "the query inside is encoded; write it out",
}  # fmt: skip


def parse(source: Source, fields: Fields, dialect: str | None) -> Parsed:
    """The tree of a query in JSON. Raises `ParseError`, `FieldTypeError` (the request would fail), `UnsupportedError`
    for queries without a meaning on one event."""
    body = scan(source.text)
    if isinstance(body, Members) and len(body) == 1 and body.members[0][0].value == "query":
        body = body.members[0][1]
    reader = Reader(fields)
    tree = reader.query(body)
    return Parsed(tree, tuple(reader.names.notes.values()))


class Reader:
    """Reads one query; `names` looks its fields up."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.names = Names(fields)

    def query(self, body: Json) -> Node:
        """`{"name": {…}}`."""
        found = list(members(body, "query"))
        if not found:
            raise ParseError("the query is empty", span=body.span, help='write {"match_all": {}} for every event')
        name, span, inner = found[0]
        if len(found) > 1:
            raise ParseError(
                f"`{name}` and `{found[1][0]}` stand in one object", span=found[1][1],
                help='combine queries in a bool: {"bool": {"filter": […]}}',
            )  # fmt: skip
        if name in REFUSED:
            raise UnsupportedError(f"a `{name}` query has no meaning on one event: {REFUSED[name]}", span=span)
        if name in QUERIES:
            return QUERIES[name](self, inner, body.span)
        if name in leaves.LEAVES:
            return leaves.LEAVES[name](self.names, inner, body.span)
        known = ", ".join(sorted((*QUERIES, *leaves.LEAVES)))
        raise ParseError(f"there is no query `{name}`", span=span, help=f"known: {known}")

    def all(self, body: Json | None) -> list[Node]:
        return [self.query(item) for item in each(body)]


def _bool(reader: Reader, body: Json, span: Span) -> Node:
    found = options(body, "bool", _BOOL)
    must = [*reader.all(found.get("must")), *reader.all(found.get("filter"))]
    should = reader.all(found.get("should"))
    must_not = reader.all(found.get("must_not"))
    least = minimum(found)
    if not (must or should or must_not):
        return replace(ALWAYS, span=span)
    if must_not and not must and not should:
        if not truth(found.get("adjust_pure_negative"), "adjust_pure_negative", True):
            return replace(NEVER, span=span)
        return negate(disj(must_not, span), span)
    parts = list(must)
    if least is not None:
        wanted = least_of(least, len(should), found["minimum_should_match"].span)
        parts.append(at_least(wanted if must else max(1, wanted), should, span))
    elif not must:
        parts.append(disj(should, span))
    if must_not:
        parts.append(negate(disj(must_not, span), span))
    kept = [part for part in parts if part != ALWAYS]
    return conj(kept, span) if kept else replace(ALWAYS, span=span)


def _nested(reader: Reader, body: Json, span: Span) -> Node:
    found = options(body, "nested", {"path", "query", "ignore_unmapped", "score_mode", "inner_hits"})
    path = text(found.get("path"), "nested.path", span)
    if "query" not in found:
        raise ParseError("`nested` holds no query", span=span)
    kind_ = reader.fields.kind(path)
    if kind_ not in ("nested", "unknown"):
        if kind_ == "unmapped" and truth(found.get("ignore_unmapped"), "ignore_unmapped"):
            return replace(NEVER, span=span)
        raise ParseError(f"`{path}` is no nested object", span=found["path"].span, help="its type must be nested")
    return Nested(path, reader.query(found["query"]), span=span)


def _constant_score(reader: Reader, body: Json, span: Span) -> Node:
    found = options(body, "constant_score", {"filter"})
    if "filter" not in found:
        raise ParseError("`constant_score` holds no filter", span=span)
    return reader.query(found["filter"])


def _dis_max(reader: Reader, body: Json, span: Span) -> Node:
    found = options(body, "dis_max", {"queries", "tie_breaker"})
    queries = reader.all(found.get("queries"))
    if not queries:
        raise ParseError("`dis_max` holds no queries", span=span)
    return disj(queries, span)


def _boosting(reader: Reader, body: Json, span: Span) -> Node:
    found = options(body, "boosting", {"positive", "negative", "negative_boost"})
    missing = [name for name in ("positive", "negative", "negative_boost") if name not in found]
    if missing:
        raise ParseError(f"`boosting` holds no `{missing[0]}`", span=span)
    reader.query(found["negative"])
    return reader.query(found["positive"])


def _match_all(reader: Reader, body: Json, span: Span) -> Node:
    options(body, "match_all", ())
    return replace(ALWAYS, span=span)


def _match_none(reader: Reader, body: Json, span: Span) -> Node:
    options(body, "match_none", ())
    return replace(NEVER, span=span)


def _ids(reader: Reader, body: Json, span: Span) -> Node:
    found = options(body, "ids", {"values"})
    held = reader.names.one("_id", span)
    values = [text(item, "ids.values", span) for item in each(found.get("values"))]
    return disj([Glob(held, literal(value), span=span) for value in values], span)


def _embedded(language: str) -> Query:
    def read(reader: Reader, body: Json, span: Span) -> Node:
        from converter import languages

        if not isinstance(body, Members):
            raise ParseError(f"`{language}` holds {kind(body)}, not an object", span=body.span)
        found = {name: value for name, _, value in body if name not in IDLE}
        inner = found.pop("query", None)
        if not isinstance(inner, Plain) or not isinstance(inner.value, str):
            raise ParseError(f"`{language}` holds no text `query`", span=body.span)
        name = {"query_string": "lucene", "kql": "kuery"}[language]
        try:
            parsed = _run(languages.get(name), Source(inner.value), reader.fields, found)
        except ConverterError as error:
            raise _placed(error, inner) from None
        for note in parsed.notes:
            reader.names.note(note.code, note.message, _shift(note.span, inner))
        return transform(parsed.tree, lambda node: replace(node, span=_shift(node.span, inner)))

    return read


def _run(language: Any, source: Source, fields: Fields, found: Mapping[str, Json]) -> Parsed:
    settings = {name: python(value) for name, value in found.items()}
    if language.embed is not None:
        parsed: Parsed = language.embed(source, fields, settings)
        return parsed
    settings = {name: value for name, value in settings.items() if value not in (None, False)}
    if settings:
        name = next(iter(settings))
        raise UnsupportedError(f"`{name}` of a {language.title} query is not read", help="leave it out")
    plain: Parsed = language.parse(source, fields, "elasticsearch")
    return plain


def _shift(span: Span | None, inner: Plain) -> Span:
    """A place in the embedded text as a place in the JSON; the whole string where escapes hide it."""
    if span is None or not inner.verbatim:
        return inner.span
    start = inner.span.start + 1
    return Span(start + span.start, start + span.end)


def _placed(error: ConverterError, inner: Plain) -> ConverterError:
    error.diagnostics = tuple(
        Diagnostic(d.code, d.message, d.severity, _shift(d.span, inner), None, d.help) for d in error.diagnostics
    )
    return error


QUERIES: dict[str, Query] = {
    "bool": _bool,
    "nested": _nested,
    "constant_score": _constant_score,
    "dis_max": _dis_max,
    "boosting": _boosting,
    "match_all": _match_all,
    "match_none": _match_none,
    "ids": _ids,
    "query_string": _embedded("query_string"),
    "kql": _embedded("kql"),
}
