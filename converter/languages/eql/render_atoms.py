"""Atoms of one field written as EQL, alone or as a list of values.

`:` and `like` have no escape, so a `*` or `?` that stands for itself needs `==`, `in~`, `startsWith` or a
regular expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeAlias

from converter.diagnostics import UnsupportedError
from converter.fields import Fields
from converter.languages.eql import spelling
from converter.languages.eql.layout import Doc, Listed, Negated, Text, join
from converter.matching.dates import DateError, bounds
from converter.matching.dates import text_of as date_text
from converter.matching.saying import Unsayable, check_regex
from converter.matching.scripts import address_text
from converter.matching.values import lowercase
from converter.tree import (
    ANY,
    Bound,
    Cidr,
    DateMath,
    Exists,
    Field,
    Fold,
    Glob,
    Length,
    Node,
    Range,
    Regex,
    Term,
    Token,
    Wild,
    text_of,
)

Atom: TypeAlias = Exists | Glob | Regex | Term | Range | Cidr | Length

#: Longest list of lengths that is written out; beyond it a regular expression counts.
_LENGTHS = 32


def run_key(node: Node) -> tuple[object, ...] | None:
    """Atoms of one key, side by side in an `or`, make one list."""
    match node:
        case Glob(field=field, fold=fold):
            return "glob", field, fold
        case Term(field=field) | Cidr(field=field):
            return ("ip" if field.sort == "ip" else type(node).__name__), field
        case Regex(field=field, fold=fold):
            return "regex", field, fold
    return None


def write(run: Sequence[Node], fields: Fields, positive: bool) -> Doc:
    """A run of atoms (one, or several of one key joined by `or`), or its negation. Raises `UnsupportedError`."""
    field: Field = run[0].field  # type: ignore[union-attr]
    if not field.mapped:
        return Text("false" if positive else "true")
    check_field(field, run[0])
    match run[0]:
        case Glob():
            globs = [node for node in run if isinstance(node, Glob)]
            docs = _globs(globs, fields, positive)
            if len(docs) == 1:
                return docs[0]
            return _signed(join("or", _globs(globs, fields, True)), positive)
        case Term() | Cidr():
            return _terms([node for node in run if isinstance(node, Term | Cidr)], positive)
        case Regex():
            return _regexes([node for node in run if isinstance(node, Regex)], positive)
        case Exists():
            return Text(f"{_name(field)} {'!=' if positive else '=='} null")
        case Range():
            return _signed(_range(run[0]), positive)
        case Length():
            return _signed(_length(run[0]), positive)
    raise TypeError(type(run[0]).__name__)


def check_field(field: Field, node: Node) -> None:
    """Raises `UnsupportedError` for a field that EQL cannot query."""
    reason = {
        "text": "an analysed text field: EQL compares whole values",
        "object": "a test of an object: EQL names single fields",
        "nested": "a test of a nested object: EQL has none",
        "any": "a search in all fields",
    }.get(field.sort)
    if field.nested is not None:
        reason = f"a field of the nested object `{field.nested}`"
    if field.sort == "text" and isinstance(node, Exists):
        return
    if reason:
        raise UnsupportedError(f"EQL cannot say {reason} (`{field.name}`)", span=node.span)


def _name(field: Field) -> str:
    return spelling.field_name(field.name, field.optional)


def _signed(doc: Doc, positive: bool) -> Doc:
    return doc if positive else Negated(doc)


def _value_list(field: Field, op: str, texts: list[str], positive: bool) -> Doc:
    """`f == x`, `f != x`, `f in (…)`, `f : x`, `f like (…)` and their negations."""
    name = _name(field)
    if op in ("in", "in~"):
        return Listed(f"{name} {'' if positive else 'not '}{op} ", tuple(texts))
    if len(texts) == 1:
        return _signed(Text(f"{name} {op} {texts[0]}"), positive)
    return _signed(Listed(f"{name} {op} ", tuple(texts)), positive)


def _equal(field: Field, texts: list[str], positive: bool) -> Doc:
    if len(texts) == 1:
        return Text(f"{_name(field)} {'==' if positive else '!='} {texts[0]}")
    return _value_list(field, "in", texts, positive)


# strings


def _globs(nodes: list[Glob], fields: Fields, positive: bool) -> list[Doc]:
    field, fold = nodes[0].field, nodes[0].fold
    patterns = [node.tokens for node in nodes]
    if fold == "lower":
        return _lowered(field, patterns, fields, positive)
    if all(text_of(tokens) is not None for tokens in patterns):
        texts = [spelling.string(_like_text(tokens)) for tokens in patterns]
        if fold == "none":
            return [_equal(field, texts, positive)]
        return [_value_list(field, ":" if all(map(_sayable, patterns)) else "in~", texts, positive)]
    docs: list[Doc] = []
    for kind, group in groupby(patterns, _kind):
        parts = list(group)
        texts = [spelling.string(_like_text(tokens)) for tokens in parts]
        if kind == "pattern":
            docs += [_unescapable(field, tokens, fold, positive) for tokens in parts]
        elif kind == "literal":
            docs.append(
                _equal(field, texts, positive) if fold == "none" else _value_list(field, "in~", texts, positive)
            )
        else:
            docs.append(_value_list(field, ":" if fold == "ascii" else "like", texts, positive))
    return docs


def _kind(tokens: tuple[Token, ...]) -> str:
    """`sayable` by a pattern operator, or with a literal `*` or `?`: a `literal` or a `pattern`."""
    return "sayable" if _sayable(tokens) else "pattern" if text_of(tokens) is None else "literal"


def _sayable(tokens: tuple[Token, ...]) -> bool:
    """No literal part holds a character that would be wild. (`*` alone would be a null test, which is the same.)"""
    return not any(isinstance(token, str) and ("*" in token or "?" in token) for token in tokens)


def _like_text(tokens: tuple[Token, ...]) -> str:
    return "".join(token.value if isinstance(token, Wild) else token for token in tokens)


def _unescapable(field: Field, tokens: tuple[Token, ...], fold: Fold, positive: bool) -> Doc:
    """A pattern with a literal `*` or `?`: a prefix function where that is all, else a regular expression."""
    tilde = "~" if fold == "ascii" else ""
    if len(tokens) == 2 and isinstance(tokens[0], str) and tokens[1] is ANY:
        return _signed(Text(f"startsWith{tilde}({_name(field)}, {spelling.string(tokens[0])})"), positive)
    from converter.tree.regex_render import glob_to_lucene

    pattern = glob_to_lucene(tokens, fold, expand_case=False)
    return _signed(Text(f"{_name(field)} regex{tilde} {spelling.pattern(pattern)}"), positive)


def _lowered(field: Field, patterns: list[tuple[Token, ...]], fields: Fields, positive: bool) -> list[Doc]:
    """Folding of all of Unicode: on the field's lowercase twin, else a regular expression with both cases."""
    twin = fields.lowercase_twin(field)
    if twin is not None:
        twin = replace(twin, optional=field.optional)
        return _globs([Glob(twin, tokens) for tokens in patterns], fields, positive)
    if not any(isinstance(t, str) and any(c.isalpha() for c in t) for tokens in patterns for t in tokens):
        return _globs([Glob(field, tokens) for tokens in patterns], fields, positive)
    from converter.tree.regex_render import glob_to_lucene

    texts = [spelling.pattern(glob_to_lucene(tokens, "lower")) for tokens in patterns]
    return [_value_list(field, "regex", texts, positive)]


def _regexes(nodes: list[Regex], positive: bool) -> Doc:
    from converter.tree.regex_render import node_to_lucene

    field, fold = nodes[0].field, nodes[0].fold
    if field.type == "keyword_lowercase" and fold == "lower":
        nodes, fold = [replace(node, fold="none") for node in nodes], "none"
        lowers = False  # the pattern says itself that it is lowered
    else:
        lowers = field.type == "keyword_lowercase"
    patterns = [node_to_lucene(node, expand_case=fold != "ascii") for node in nodes]
    for node, pattern in zip(nodes, patterns, strict=True):
        try:
            check_regex(field, pattern)
        except Unsayable as reason:
            raise UnsupportedError(f"EQL cannot say {reason}", span=node.span, help=reason.help) from None
        if lowers and lowercase(pattern) != pattern:
            raise UnsupportedError(
                f"EQL cannot say a regular expression with capitals on `{field.name}`, whose values and patterns are "
                "lowered", span=node.span, help="write it in lower case, and classes such as \\D as [^0-9]",
            )  # fmt: skip
    texts = [spelling.pattern(pattern) for pattern in patterns]
    return _value_list(field, "regex~" if fold == "ascii" else "regex", texts, positive)


# other values


def _terms(nodes: list[Term | Cidr], positive: bool) -> Doc:
    field = nodes[0].field
    texts = [
        spelling.string(node.network) if isinstance(node, Cidr) else _bound(field, node.value, node) for node in nodes
    ]
    if any(isinstance(node, Cidr) for node in nodes):
        return _signed(Listed("cidrMatch", (_name(field), *texts)), positive)
    return _equal(field, texts, positive)


def _bound(field: Field, value: Bound, node: Node) -> str:
    """A constant of the field's type as EQL writes it."""
    if isinstance(value, DateMath):
        if value.zone != "UTC":
            raise UnsupportedError(f"EQL cannot say a date relative to the zone `{value.zone}`", span=node.span)
        return spelling.string(value.text)
    if field.sort == "ip" and isinstance(value, int):
        return spelling.string(address_text(value))
    if field.sort == "date" and isinstance(value, int):
        return spelling.string(date_text(value, field.type == "date_nanos"))
    try:
        return spelling.constant(value)
    except ValueError:
        raise UnsupportedError(f"EQL cannot say the number `{value}`", span=node.span) from None


def _range(node: Range) -> Doc:
    field, low, high = node.field, node.low, node.high
    if low is None and high is None:
        return Text(f"{_name(field)} != null")
    if low is not None and high is not None:
        return _two_ends(node, low, high)
    bound, is_open = (low, node.low_open) if low is not None else (high, node.high_open)
    assert bound is not None
    op = (">" if low is not None else "<") + ("" if is_open else "=")
    if isinstance(bound, DateMath) and bound.round_up is not (op in (">", "<=")):
        raise UnsupportedError(f"EQL rounds `{bound.text}` the other way behind `{op}`", span=node.span)
    return Text(f"{_name(field)} {op} {_bound(field, bound, node)}")


def _two_ends(node: Range, low: Bound, high: Bound) -> Doc:
    """Two ends need one value between them; EQL tests each end on its own, so only where there is one value."""
    field = node.field
    if low == high and not (node.low_open or node.high_open):
        return Text(f"{_name(field)} == {_bound(field, low, node)}")
    day = _granule(node)
    if day is not None:
        return Text(f"{_name(field)} == {spelling.string(day)}")
    if not field.single:
        raise UnsupportedError(
            f"EQL cannot say that one value of `{field.name}` lies between two ends: it tests each end on its own",
            span=node.span,
            help="exact only where the field is declared to hold one value",
        )
    ends = (replace(node, high=None, high_open=False), replace(node, low=None, low_open=False))
    return join("and", [_range(end) for end in ends])


def _granule(node: Range) -> str | None:
    """The date whose day, hour, minute or second the range is."""
    low, high, field = node.low, node.high, node.field
    if field.sort != "date" or not isinstance(low, int) or node.low_open or node.high_open:
        return None
    nanos = field.type == "date_nanos"
    text = date_text(low, nanos)
    for length in (10, 13, 16, 19):
        candidate = text[:length] + ("Z" if length > 10 else "")
        try:
            if bounds(candidate, nanos, field.format) == (low, high):
                return candidate
        except DateError:
            continue
    return None


def _length(node: Length) -> Doc:
    low, high, name = node.low or 0, node.high, f"length({_name(node.field)})"
    if high is None:
        return Text(f"{name} > {low - 1}" if low else f"{_name(node.field)} != null")
    if low == high:
        return Text(f"{name} == {low}")
    if high < low:
        return Text("false")
    if low == 0:
        return Text(f"{name} <= {high}")
    if high - low < _LENGTHS:
        return Listed(f"{name} in ", tuple(map(str, range(low, high + 1))))
    return Text(f"{_name(node.field)} regex {spelling.string(f'.{{{low},{high}}}')}")
