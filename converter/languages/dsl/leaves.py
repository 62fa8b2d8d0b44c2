"""Queries on fields: term, range, exists, match and their kin. The types' meaning is in `converter.matching.typed`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from converter.diagnostics import FieldTypeError, ParseError, Span, UnsupportedError
from converter.languages.dsl.json_scan import Items, Json, Members, Plain
from converter.languages.dsl.reading import each, kind, minimum, one_field, options, scalar, spread, text, truth
from converter.matching import typed
from converter.matching.dates import DateError, bounds, zone_of
from converter.matching.names import Names
from converter.tree import ALWAYS, ANY_FIELD, NEVER, Field, Fold, Glob, Node, disj, literal
from converter.tree.regex_lucene import OPERATORS

Leaf = Callable[[Names, Json, Span], Node]

_RANGE = {
    "gt", "gte", "lt", "lte", "from", "to", "include_lower", "include_upper", "format", "time_zone", "relation",
}  # fmt: skip
_MATCH_IDLE = {
    "fuzzy_rewrite", "prefix_length", "max_expansions", "fuzzy_transpositions", "auto_generate_synonyms_phrase_query",
    "tie_breaker",
}  # fmt: skip


def _fold(found: Mapping[str, Json]) -> Fold:
    return "ascii" if truth(found.get("case_insensitive"), "case_insensitive") else "none"


def _term(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "term")
    found = spread(value, "term", "value", {"case_insensitive"})
    return typed.equals(names.one(name, at), scalar(found.get("value"), "term", at), _fold(found), span)


def _terms(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "terms")
    if isinstance(value, Members):
        raise UnsupportedError("a `terms` query looks its values up in another document", span=value.span)
    if not isinstance(value, Items):
        raise ParseError(f"`terms` takes an array of values, not {kind(value)}", span=value.span)
    held = names.one(name, at)
    found = [typed.equals(held, scalar(item, "terms", at), span=item.span, listed=True) for item in value.items]
    return disj(found, span)


def _prefix(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "prefix")
    found = spread(value, "prefix", "value", {"case_insensitive", "rewrite"})
    return typed.prefix(names.one(name, at), text(found.get("value"), "prefix", at), _fold(found), span)


def _wildcard(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "wildcard")
    found = spread(value, "wildcard", "value", {"wildcard", "case_insensitive", "rewrite"})
    held = names.one(name, at)
    pattern = text(found.get("value", found.get("wildcard")), "wildcard", at)
    tokens = typed.wildcard_tokens(pattern, "all" if held.type == "keyword_lowercase" else "no")
    return typed.pattern(held, tokens, _fold(found), span)


def _regexp(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "regexp")
    found = spread(value, "regexp", "value", {"flags", "max_determinized_states", "case_insensitive", "rewrite"})
    written = found.get("value")
    pattern = text(written, "regexp", at)
    flags = _flags(found.get("flags"))
    try:
        return typed.regexp(names.one(name, at), pattern, _fold(found), span, flags)
    except ParseError as error:
        raise _in_string(error, written) from None


def _in_string(error: ParseError, written: Json | None) -> ParseError:
    """An error of a pattern at its place in the JSON."""
    if not isinstance(written, Plain):
        return error
    inner = error.diagnostics[0].span
    place = written.span
    if written.verbatim and inner is not None:
        place = Span(place.start + 1 + inner.start, place.start + 1 + inner.end)
    return ParseError(error.diagnostics[0].message, span=place, help=error.diagnostics[0].help)


def _flags(body: Json | None) -> frozenset[str] | None:
    if body is None:
        return None
    names = {part.upper() for part in text(body, "flags", body.span).split("|")} - {""}
    unknown = names - OPERATORS - {"ALL", "NONE"}
    if unknown:
        raise ParseError(
            f"regexp has no flag `{min(unknown)}`", span=body.span,
            help="flags are ALL, NONE, " + ", ".join(sorted(OPERATORS)),
        )  # fmt: skip
    return None if "ALL" in names or not names else frozenset(names - {"NONE"})


def _range(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "range")
    if not isinstance(value, Members):
        raise ParseError(f"`range` takes an object of ends, not {kind(value)}", span=value.span)
    found = options(value, "range", _RANGE)
    low: Json | None = None
    high: Json | None = None
    low_open = high_open = False
    for key, _, _ in value:  # of two ends on one side the last one counts, null too
        item = found.get(key)
        match key:
            case "from" | "gt" | "gte":
                low, low_open = item, low_open if key == "from" else key == "gt"
            case "to" | "lt" | "lte":
                high, high_open = item, high_open if key == "to" else key == "lt"
            case "include_lower":
                low_open = not truth(item, key, True)
            case "include_upper":
                high_open = not truth(item, key, True)
    relation = found.get("relation")
    if relation is not None and text(relation, "relation", at).lower() not in ("intersects", "contains", "within"):
        raise ParseError("`relation` is intersects, contains or within here", span=relation.span)
    held = names.one(name, at)
    if not held.mapped:
        return NEVER
    return typed.between(
        held,
        None if low is None else scalar(low, "range", at),
        None if high is None else scalar(high, "range", at),
        low_open,
        high_open,
        span,
        zone=_zone(found.get("time_zone")),
        formats=_format(found.get("format")),
    )


def _zone(body: Json | None) -> str | None:
    if body is None:
        return None
    zone = text(body, "time_zone", body.span)
    try:
        zone_of(zone)
    except DateError as error:
        raise ParseError(str(error), span=body.span, help="write it like `+05:00` or `Europe/Berlin`") from None
    return zone


def _format(body: Json | None) -> str | None:
    if body is None:
        return None
    formats = text(body, "format", body.span)
    try:
        bounds("now", formats=formats)
        bounds("", formats=formats)
    except DateError as error:
        if "format" in str(error):
            raise UnsupportedError(str(error), span=body.span) from None
    return formats


def _exists(names: Names, body: Json, span: Span) -> Node:
    found = options(body, "exists", {"field"})
    name = text(found.get("field"), "exists.field", span)
    if name == "*":
        raise FieldTypeError(
            "`exists` of all fields fails on Elasticsearch", span=span, help="write match_all for every event"
        )
    return names.exists(name, span)


def _match(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "match")
    allowed = {"operator", "analyzer", "minimum_should_match", "fuzziness", "lenient", "zero_terms_query", *_MATCH_IDLE}
    found = spread(value, "match", "query", allowed)
    query = scalar(found.get("query"), "match", at)
    _check_analysis(found)
    return _on_fields([names.one(name, at)], query, found, span)


def _match_phrase(names: Names, body: Json, span: Span) -> Node:
    name, at, value = one_field(body, "match_phrase")
    found = spread(value, "match_phrase", "query", {"analyzer", "slop", "zero_terms_query"})
    query = scalar(found.get("query"), "match_phrase", at)
    _check_analysis(found)
    return _on_fields([names.one(name, at)], query, found, span, phrase=True)


def _multi_match(names: Names, body: Json, span: Span) -> Node:
    allowed = {
        "query", "fields", "type", "analyzer", "slop", "fuzziness", "operator", "minimum_should_match", "lenient",
        "zero_terms_query", *_MATCH_IDLE,
    }  # fmt: skip
    found = options(body, "multi_match", allowed)
    query = scalar(found.get("query"), "multi_match.query", span)
    kind_ = text(found["type"], "type", span) if "type" in found else "best_fields"
    if kind_ not in ("best_fields", "most_fields", "phrase", "cross_fields") or (
        kind_ == "cross_fields" and (_every(found) or minimum(found) is not None)
    ):
        raise UnsupportedError(f"multi_match of type `{kind_}` has no meaning here", span=span)
    _check_analysis(found)
    listed = [text(item, "fields", span).partition("^")[0] for item in each(found.get("fields"))]
    everywhere = not listed or listed == ["*"]
    fields = names.all(span) if everywhere else names.some(listed, span)
    return _on_fields(fields, query, found, span, phrase=kind_ == "phrase", lenient=everywhere)


def _on_fields(
    fields: list[Field],
    query: str | int | float | bool,
    found: Mapping[str, Json],
    span: Span,
    *,
    phrase: bool = False,
    lenient: bool = False,
) -> Node:
    """The words on any of the fields; `zero_terms_query` where analysed text has no words."""
    lenient = truth(found.get("lenient"), "lenient", lenient)
    least = minimum(found)
    out: list[Node] = []
    words = False
    for held in fields:
        try:
            if held == ANY_FIELD:
                node: Node | None = Glob(held, literal(str(query)), span=span)
            else:
                node = typed.match_words(
                    held, query, span, every=_every(found), phrase=phrase, least=None if least is None else str(least)
                )
            if phrase and node is not None and held.sort == "text":
                _check_slop(found, node)
        except FieldTypeError:
            if not lenient:
                raise
            node = NEVER
        words = words or node is not None
        if node is not None and node != NEVER:
            out.append(node)
    if fields and not words:
        zero = found.get("zero_terms_query")
        return ALWAYS if zero is not None and text(zero, "zero_terms_query", span).lower() == "all" else NEVER
    return disj(dict.fromkeys(out), span)


def _every(found: Mapping[str, Json]) -> bool:
    body = found.get("operator")
    operator = "or" if body is None else text(body, "operator", body.span).lower()
    if operator not in ("and", "or"):
        raise ParseError(f"`{operator}` is no operator", span=body.span if body else None, help="write `and` or `or`")
    return operator == "and"


def _check_analysis(found: Mapping[str, Json]) -> None:
    analyzer, fuzziness = found.get("analyzer"), found.get("fuzziness")
    if analyzer is not None and text(analyzer, "analyzer", analyzer.span) != "standard":
        raise UnsupportedError("an analyzer other than `standard` is not modelled", span=analyzer.span)
    if fuzziness is not None and text(fuzziness, "fuzziness", fuzziness.span) not in ("0", "0.0"):
        raise UnsupportedError(
            "`fuzziness`: the words of the whole index decide which ones it takes", span=fuzziness.span
        )


def _check_slop(found: Mapping[str, Json], node: Node) -> None:
    slop = found.get("slop")
    if slop is not None and text(slop, "slop", slop.span) not in ("0", "0.0") and len(getattr(node, "tokens", ())) > 1:
        raise UnsupportedError("words at a distance (`slop`) have no form in the predicate tree", span=slop.span)


LEAVES: dict[str, Leaf] = {
    "term": _term,
    "terms": _terms,
    "prefix": _prefix,
    "wildcard": _wildcard,
    "regexp": _regexp,
    "range": _range,
    "exists": _exists,
    "match": _match,
    "match_phrase": _match_phrase,
    "multi_match": _multi_match,
}
