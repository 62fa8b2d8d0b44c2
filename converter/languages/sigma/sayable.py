"""A tree in the atoms that Sigma has, before it is laid out: what Sigma lacks is put in its words, or refused."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import replace

from converter.diagnostics import ConverterError, Diagnostic, Span, UnsupportedError
from converter.languages.sigma.literals import DATE_PARTS, split
from converter.languages.sigma.text_range import between
from converter.languages.sigma.words import widened
from converter.matching.values import lowercase, parse_network
from converter.tree import (
    ALWAYS,
    ANY,
    ANY_FIELD,
    NEVER,
    And,
    Arithmetic,
    Call,
    Category,
    Cidr,
    Const,
    DateMath,
    Exists,
    Field,
    FieldValue,
    Glob,
    Length,
    Literal,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
    children,
    conj,
    disj,
    negate,
    replace_children,
)
from converter.tree.regex import NOTHING, Rx, from_glob, whole_value
from converter.tree.regex_globs import globs_of
from converter.tree.regex_render import pcre_text

#: A range of whole numbers is written as a list of them up to this size, one of addresses as so many networks.
MAX_LISTED = 64
_V4 = 0xFFFF << 32
#: Anchors that not every engine behind pySigma takes.
_VERY_END = re.compile(r"\\[zZ]")


class _Cannot(Exception):
    """Sigma has no word for a node."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


def sayable(node: Node, category: Field, broader: bool = False) -> Node:
    """An equal tree of `And`, `Or`, `Not` over atoms that `items.item_of` writes, without constants unless it is one.
    `broader`: a test may become a wider one, where the whole then only matches more.

    Raises `UnsupportedError` with a diagnostic for each node that Sigma cannot say.
    """
    faults: list[Diagnostic] = []
    found = _rewrite(_with_whole_values(node) if broader else node, category, faults)
    if faults:
        error = UnsupportedError("; ".join(fault.message for fault in faults))
        error.diagnostics = tuple(faults)
        raise error
    return found


def _with_whole_values(node: Node) -> Node:
    """Tests of words that stand plainly as wider tests of the values that hold them."""
    match node:
        case And(items=items) | Or(items=items):
            return replace_children(node, tuple(map(_with_whole_values, items)))
        case Not(item=Not(item=inner)):
            return _with_whole_values(inner)
    return widened(node) or node


def _rewrite(node: Node, category: Field, faults: list[Diagnostic]) -> Node:
    inner = children(node)
    if isinstance(node, Nested) or not inner:
        try:
            return _atom(node, category)
        except _Cannot as error:
            faults.append(_fault(str(error), node.span, error.help))
        except ConverterError as error:
            faults.extend(_fault(d.message, node.span, d.help) for d in error.diagnostics)
        return ALWAYS
    parts = tuple(_rewrite(item, category, faults) for item in inner)
    match node:
        case And():
            return NEVER if NEVER in parts else conj(_once(part for part in parts if part != ALWAYS))
        case Or():
            return ALWAYS if ALWAYS in parts else disj(_once(part for part in parts if part != NEVER))
        case Not():
            return negate(parts[0])
    return replace_children(node, parts)


def _once(parts: Iterable[Node]) -> list[Node]:
    return list(dict.fromkeys(parts))


def _fault(message: str, span: Span | None, help: str | None = None) -> Diagnostic:
    return Diagnostic("unsupported", message, "error", span, None, help)


def _atom(node: Node, category: Field) -> Node:
    match node:
        case Const() | Exists():
            return node
        case Category(value=value):
            return _atom(Glob(category, (value,) if value else (), span=node.span), category)
        case Glob(field=field):
            _readable(field)
            return _glob(node)
        case Regex(field=field):
            _readable(field)
            return _regex(node)
        case Length(field=field):
            _readable(field)
            return _length(node)
        case Term():
            return _term(node)
        case Range():
            return _range(node)
        case Cidr(field=field, network=network):
            _readable(field)
            return NEVER if parse_network(network) is None else node
        case Script(expr=expr):
            return _script(node, expr)
        case Single(field=field):
            raise _Cannot(f"that `{field.name}` has exactly one value")
        case Phrase(field=field):
            raise _Cannot(f"words of the analysed text of `{field.name}`")
        case Nested(path=path):
            raise _Cannot(f"conditions on one object of the nested field `{path}`")
    raise _Cannot(f"a `{type(node).__name__}` node")


def _readable(field: Field) -> None:
    """Raises where the tree's values of the field are not those that a Sigma test reads."""
    if field.sort == "text":
        raise _Cannot(f"words of the analysed text of `{field.name}`")
    if field.nested is not None:
        raise _Cannot(f"`{field.name}` outside its nested objects, where it never has a value")
    if "|" in field.name or (field.name.startswith("_") and not field.name.strip("_")):
        raise _Cannot(f"the field name `{field.name}`")


def _glob(node: Glob) -> Node:
    """Any fold but ASCII's and none becomes a regular expression, unless the letters make no difference."""
    literals = [token for token in node.tokens if isinstance(token, str)]
    if node.field == ANY_FIELD and split(node.tokens)[0] == () and node.tokens != (ANY,):
        raise _Cannot("a whole value of any field")
    if node.fold != "lower":
        return node
    if node.field.type == "keyword_lowercase":
        return replace(node, fold="none")
    if all(token.isascii() and not set(token) & set("ik") for token in literals):
        return replace(node, fold="ascii")
    if any(lowercase(token) != token for token in literals):
        return NEVER
    return _search(node.field, pcre_text(from_glob(node.tokens, "lower")), node.span)


def _regex(node: Regex) -> Node:
    """A search in PCRE's syntax; globs where the expression is no more than a few of them."""
    if node.flavour == "pcre" and node.search and node.fold != "lower" and not _VERY_END.search(node.pattern):
        return node
    meant = whole_value(node.pattern, node.flavour, node.fold, node.search, node.multiline, node.dotall)
    listed = globs_of(meant)
    if listed is not None and node.field != ANY_FIELD:
        globs, fold = listed
        if not globs:
            return NEVER
        return disj(
            (Exists(node.field) if tokens == (ANY,) else Glob(node.field, tokens, fold, span=node.span))
            for tokens in globs
        )
    found = _shortest(node.field, meant, node.span)
    if node.fold == "ascii":
        plain = whole_value(node.pattern, node.flavour, "none", node.search, node.multiline, node.dotall)
        folded = _shortest(node.field, plain, node.span)
        if (
            isinstance(folded, Regex)
            and whole_value(folded.pattern, "pcre", "ascii", True, False, folded.dotall) == meant
        ):
            return replace(folded, fold="ascii")
    return found


def _shortest(field: Field, meant: Rx, span: Span | None) -> Regex | Exists:
    bare = _plain_points(pcre_text(meant))
    if r"[\s\S]" in bare:
        return _search(field, _plain_points(pcre_text(meant, dotall=True)), span, dotall=True)
    return _search(field, bare, span)


def _plain_points(pattern: str) -> str:
    """Characters beyond Latin-1 as they are: engines escape them each in its own way."""

    def plain(match: re.Match[str]) -> str:
        point = match[1] or match[2]
        return chr(int(point, 16)) if point else match[0]

    return re.sub(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|.)", plain, pattern, flags=re.DOTALL)


def _search(field: Field, pattern: str, span: Span | None, dotall: bool = False) -> Regex | Exists:
    if not pattern:
        return Exists(field, span=span)
    return Regex(field, pattern, "pcre", "none", True, dotall=dotall, span=span)


def _length(node: Length) -> Node:
    field, low, high = node.field, max(node.low or 0, 0), node.high
    if high is not None and high < low:
        return NEVER
    if high == 0:
        return Glob(field, (), span=node.span)
    if high is None:
        return Exists(field, span=node.span) if low == 0 else _search(field, f"^{_dots(low, low)}", node.span, True)
    return _search(field, f"^{_dots(low, high)}$", node.span, True)


def _dots(low: int, high: int) -> str:
    """So many characters; engines refuse to count beyond a thousand at once."""
    out = ""
    while high > 1000:
        out += ".{1000}" if low >= 1000 else f".{{{low},1000}}"
        low, high = max(low - 1000, 0), high - 1000
    return out + (f".{{{low}}}" if low == high else f".{{{low},{high}}}") if high else out


def _term(node: Term) -> Node:
    sort = node.field.sort
    if sort in ("date", "version") or isinstance(node.value, DateMath):
        raise _Cannot(f"a point in time of `{node.field.name}`")
    _readable(node.field)
    if sort not in ("integer", "float", "boolean", "ip", "unmapped"):
        raise _Cannot(f"the value of `{node.field.name}` as a number")
    return node


def _range(node: Range) -> Node:
    field, low, high = node.field, node.low, node.high
    _readable(field)
    if field.sort == "ip" and not isinstance(low, DateMath) and not isinstance(high, DateMath):
        return _networks(node)
    if field.sort == "date" or isinstance(low, DateMath) or isinstance(high, DateMath):
        raise _Cannot(f"a range of dates of `{field.name}`")
    if field.sort == "string":
        assert not isinstance(low, int | float) and not isinstance(high, int | float)
        meant = between(low, node.low_open, high, node.high_open)
        return NEVER if meant == NOTHING else _shortest(field, meant, node.span)
    if not field.is_number:
        raise _Cannot(f"a range of values of `{field.name}`", "Sigma's comparisons take numbers only")
    assert not isinstance(low, str) and not isinstance(high, str)
    if low is None and high is None:
        return Exists(field, span=node.span)
    if low is None or high is None:
        return node
    if field.single:  # declared to hold one value at most, so both ends are met by the same one
        return conj((replace(node, high=None, high_open=False), replace(node, low=None, low_open=False)), node.span)
    if field.sort == "integer":
        return _whole_numbers(node)
    if low == high and not node.low_open and not node.high_open:
        return Term(field, low, span=node.span)
    raise _Cannot(
        f"a range of `{field.name}` with two ends",
        "two comparisons may be met by two values of an array; Sigma cannot tie them to one",
    )


def _whole_numbers(node: Range) -> Node:
    low, high = node.low, node.high
    assert isinstance(low, int | float) and isinstance(high, int | float)
    first = int(low) + 1 if node.low_open and low == int(low) else -int(-low // 1)
    last = int(high) - 1 if node.high_open and high == int(high) else int(high // 1)
    if last - first >= MAX_LISTED:
        raise _Cannot(
            f"a range of `{node.field.name}` with two ends",
            "two comparisons may be met by two values of an array; Sigma cannot tie them to one",
        )
    return disj((Term(node.field, number, span=node.span) for number in range(first, last + 1)), node.span)


def _networks(node: Range) -> Node:
    assert not isinstance(node.low, str | float | DateMath) and not isinstance(node.high, str | float | DateMath)
    low = 0 if node.low is None else node.low + node.low_open
    high = (1 << 128) - 1 if node.high is None else node.high - node.high_open
    if low > high:
        return NEVER
    six = ipaddress.IPv6Address
    networks = list(ipaddress.summarize_address_range(six(low), six(high)))
    if len(networks) > MAX_LISTED:
        raise _Cannot(f"a range of addresses of `{node.field.name}` that is no few networks")
    return disj((Cidr(node.field, _network_text(network), span=node.span) for network in networks), node.span)


def _network_text(network: ipaddress.IPv6Network) -> str:
    first = int(network.network_address)
    if first >> 32 == 0xFFFF and network.prefixlen >= 96:
        return f"{ipaddress.IPv4Address(first - _V4)}/{network.prefixlen - 96}"
    return str(network)


def _script(node: Script, expr: object) -> Node:
    match expr:
        case Arithmetic(op="==", left=FieldValue(field=a), right=FieldValue(field=b), fold=fold) if a.sort == b.sort:
            pass
        case Call(
            name="startsWith" | "endsWith" | "stringContains",
            args=(FieldValue(field=a), FieldValue(field=b)), fold=fold,
        ) if a.sort == b.sort == "string":  # fmt: skip
            pass
        case Arithmetic(op="==" | "<" | "<=" | ">" | ">=", left=Call(args=(FieldValue(),)) as part, right=Literal()):
            if part.name in DATE_PARTS:
                return node
            raise _Cannot(f"the function `{part.name}` in a comparison")
        case _:
            raise _Cannot(_script_name(expr), "Sigma compares a field with values, or with one other field")
    _readable(a)
    _readable(b)
    if a.sort in ("string", "version") and fold == "lower":
        raise _Cannot(f"the comparison of `{a.name}` and `{b.name}` by Unicode's lower case")
    if a.type == "keyword_lowercase" or b.type == "keyword_lowercase":
        raise _Cannot(f"the comparison of `{a.name}` and `{b.name}`, of which one is held in lower case")
    return node


def _script_name(expr: object) -> str:
    match expr:
        case Call(name=name):
            return f"the function `{name}` over fields"
        case Arithmetic(op=op):
            return f"the operator `{op}` over fields"
    return "an expression over fields"
