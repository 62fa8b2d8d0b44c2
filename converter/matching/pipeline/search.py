"""Full-text functions: KQL, QSTR, MATCH, `field:value`. They test the event as the other languages do: any value
passes, and their NOT keeps the missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.diagnostics import ConverterError, FieldTypeError, ParseError, UnsupportedError
from converter.matching.dates import DateError, bounds
from converter.matching.evaluate import Context, compile_node
from converter.matching.pipeline.calls import check_count
from converter.matching.pipeline.code import Code, mismatch
from converter.matching.pipeline.columns import Row
from converter.matching.pipeline.types import Value
from converter.matching.text import analyse
from converter.matching.values import lowercase, parse_ip, parse_network
from converter.tree import NEVER, Cidr, Field, Glob, Node, Phrase, Range, Term, conj, disj, literal
from converter.tree.pipeline import Cast, Column, Constant, Expression, Function, MatchOperator

if TYPE_CHECKING:
    from converter.matching.pipeline.compiler import Compiler

_LANGUAGES = {"kql": "kuery", "qstr": "lucene"}
#: Options that change no hit.
_IDLE = frozenset(("boost", "analyze_wildcard", "lenient", "rewrite"))


def compile_search(compiler: Compiler, item: Function | MatchOperator) -> Code:
    """The test of a row's event."""
    node = search_node(compiler, item)
    predicate = compile_node(node, Context(now=compiler.now))

    def test(row: Row) -> Value:
        return row.event is not None and predicate(row.event)

    return Code("boolean", test)


def search_node(compiler: Compiler, item: Function | MatchOperator) -> Node:
    """What a full-text function says, as a predicate tree."""
    name = ":" if isinstance(item, MatchOperator) else item.name
    if not compiler.place.search:
        raise ParseError(f"`{name.upper()}` stands only in WHERE, and in the WHERE of STATS", span=item.span)
    if isinstance(item, MatchOperator):
        return _match(compiler, item, item.column, item.value, {})
    if name in _LANGUAGES:
        return _query(compiler, item)
    options = {key: value.value for key, value in item.options}
    if name in ("match", "match_phrase"):
        check_count(item, 2, 2)
        return _match(compiler, item, item.args[0], item.args[1], options)
    if name == "multi_match":
        check_count(item, 2, None)
        return disj([_match(compiler, item, arg, item.args[0], options) for arg in item.args[1:]])
    raise UnsupportedError(f"the function `{name}` is not supported", span=item.span)


def _query(compiler: Compiler, item: Function) -> Node:
    check_count(item, 1, 1)
    blocked = compiler.place.no_query
    if blocked is not None:
        raise ParseError(f"`{item.name.upper()}` cannot stand behind {blocked}", span=item.span)
    text = item.args[0]
    if not isinstance(text, Constant) or not isinstance(text.value, str):
        raise mismatch(f"`{item.name.upper()}` takes a string literal", item.span)
    if compiler.read_query is None:
        raise UnsupportedError(f"`{item.name.upper()}` has no reader here", span=item.span)
    options = {key: value.value for key, value in item.options}
    try:
        return compiler.read_query(_LANGUAGES[item.name], text.value, compiler.fields, options)
    except ConverterError as error:
        kind = type(error)
        raise kind(f"in {item.name.upper()}: {error}", span=item.span) from None


def _match(
    compiler: Compiler, item: Expression, target: Expression, value: Expression, options: dict[str, Any]
) -> Node:
    name = ":" if isinstance(item, MatchOperator) else getattr(item, "name", "match").upper()
    while isinstance(target, Cast):
        target = target.item
    if not isinstance(target, Column):
        raise mismatch(f"`{name}` takes a field", item.span)
    compiler.compile(target)
    column = compiler.scope.find(target.name)
    field = column.field if column is not None else None
    if field is None or field.name != target.name:
        raise ParseError(f"`{name}` cannot test `{target.name}`, which is no field of the index", span=item.span)
    if compiler.place.no_match is not None:
        raise ParseError(f"`{name}` cannot stand behind {compiler.place.no_match}", span=item.span)
    if not isinstance(value, Constant) or value.value is None or isinstance(value.value, tuple):
        raise mismatch(f"`{name}` takes a literal to look for", item.span)
    _check(field, value, item)
    phrase = name == "MATCH_PHRASE"
    allowed = _IDLE | ({"operator"} if not phrase else set())
    for key in options:
        if key not in allowed:
            raise UnsupportedError(f"the option `{key}` of {name} is not supported", span=item.span)
    every = str(options.get("operator", "or")).lower() == "and"
    return match_node(field, value.value, phrase, every)


def _check(field: Field, value: Constant, item: Expression) -> None:
    found = value.type
    strings = field.sort in ("string", "text", "version")
    numbers = found in ("integer", "long", "unsigned_long", "double")
    if (strings and found != "keyword") or (numbers and field.sort in ("boolean", "ip")):
        raise FieldTypeError(f"the field `{field.name}` of type `{field.type}` cannot match {found}", span=item.span)
    if found == "boolean" and field.sort != "boolean":
        raise FieldTypeError(f"the field `{field.name}` of type `{field.type}` cannot match a boolean", span=item.span)


def match_node(field: Field, value: Any, phrase: bool = False, every: bool = False) -> Node:
    """The field matches the value as a `match` query reads it; what the type cannot take is never true."""
    match field.sort:
        case "text":
            tokens = analyse(str(value))
            if not tokens:
                return NEVER
            if phrase:
                return Phrase(field, tuple(tokens))
            parts: list[Node] = [Phrase(field, (token,)) for token in dict.fromkeys(tokens)]
            return conj(parts) if every else disj(parts)
        case "string" | "version" | "flattened":
            text = str(value)
            return Glob(field, literal(lowercase(text) if field.type == "keyword_lowercase" else text))
        case "integer" | "float":
            return _number(field, value)
        case "boolean":
            found = {"true": True, "false": False}.get(value) if isinstance(value, str) else value
            return NEVER if found is None else Term(field, found)
        case "ip":
            if "/" in str(value):
                return Cidr(field, str(value)) if parse_network(str(value)) else NEVER
            address = parse_ip(str(value))
            return NEVER if address is None else Term(field, address)
        case "date":
            try:
                low, high = bounds(value, field.type == "date_nanos", field.format)
            except DateError:
                return NEVER
            return Range(field, low, high)
    return NEVER


def _number(field: Field, value: Any) -> Node:
    try:
        number = float(value) if field.sort == "float" else value if isinstance(value, int) else _whole(str(value))
    except ValueError:
        return NEVER
    return Term(field, number)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)
