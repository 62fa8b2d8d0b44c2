"""A Sigma rule's tree under a mapping: the same conditions on ECS fields, and the log source's own conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from converter.diagnostics import Diagnostic, Note, Span, UnsupportedError
from converter.fields import Fields
from converter.mapping.model import Entry, LogSource, find_log_source
from converter.matching.values import lowercase, parse_ip, parse_network
from converter.tree import (
    ANY,
    Cidr,
    Exists,
    Field,
    Glob,
    Length,
    Node,
    Range,
    Regex,
    Script,
    Single,
    Term,
    Wild,
    atoms,
    conj,
    disj,
    negate,
    text_of,
    transform,
    with_field,
)
from converter.tree.expr import Arithmetic, Call, Expr, FieldValue, Logical, Negation


@dataclass(frozen=True)
class Mapped:
    """`tree` over ECS fields; `given` are the facts that it rests on, `approximate` those of them not exact."""

    tree: Node
    log_source: LogSource | None
    given: tuple[str, ...]
    notes: tuple[Note, ...]
    approximate: tuple[str, ...] = ()


def to_ecs(
    tree: Node,
    log_source: Mapping[str, Any],
    fields: Fields,
    approximate: bool = False,
    own: Mapping[str, Any] | None = None,
) -> Mapped:
    """The tree of a Sigma rule in ECS names. `own`: what the rule itself says that its log source is in ECS, in a
    mapping file's form; it takes the place of the mapping's conditions.

    Raises `UnsupportedError` that lists every atom that the mapping cannot carry (a wildcard on a number, a part of
    a value that ECS keeps in two fields).
    """
    source = find_log_source(log_source)
    mapper = _Mapper(source, fields, approximate)
    mapper.asked = {atom.field.name for atom in atoms(tree) if isinstance(atom, Exists)}
    mapped = transform(tree, mapper.rewrite)
    if mapper.errors:
        raise UnsupportedError.of(mapper.errors)
    title = "/".join(str(log_source[key]) for key in ("product", "category", "service") if log_source.get(key))
    if source is None:
        note = Note("log-source", f"no mapping knows the log source `{title or 'none'}`; fields keep their Sigma names")
        return Mapped(mapped, None, tuple(mapper.given), (note, *mapper.notes), tuple(mapper.loose))
    conditions = source.conditions if own is None else own
    scope = condition(conditions, fields) if conditions else None
    if scope is not None:
        mapper.given.insert(0, f"log source {source.title} is {_say(conditions)}")
        mapped = conj([scope, mapped])
    elif own is not None:
        mapper.given.insert(0, f"log source {source.title} is all that the index patterns hold")
    else:
        mapper.notes.append(Note("log-source", f"the log source {source.title} adds no condition: {source.note or ''}"))
    return Mapped(mapped, source, tuple(mapper.given), tuple(mapper.notes), tuple(mapper.loose))


def condition(raw: Any, fields: Fields) -> Node | None:
    """A mapping file's condition: field → value or list of values (any), all of them; a list of such maps is an or;
    a key `not` negates."""
    if raw is None:
        return None
    if isinstance(raw, list):
        return disj([item for part in raw if (item := condition(part, fields)) is not None])
    parts: list[Node] = []
    for name, value in raw.items():
        if name == "not":
            inner = condition(value, fields)
            assert inner is not None
            parts.append(negate(inner))
            continue
        field = fields.field(name)
        values = value if isinstance(value, list) else [value]
        parts.append(disj([equals(field, item) for item in values]))
    return conj(parts)


def equals(field: Field, value: Any) -> Node:
    """Equality by the field's type, case-sensitive; a field with a lowercase normaliser has it for the value too."""
    if field.is_number or field.sort == "boolean":
        return Term(field, value)
    text = lowercase(str(value)) if field.type == "keyword_lowercase" else str(value)
    return Glob(field, (text,) if text else ())


def _say(raw: Any) -> str:
    if isinstance(raw, list):
        return " or ".join(f"({_say(item)})" for item in raw)
    parts = []
    for name, value in raw.items():
        if name == "not":
            parts.append(f"not ({_say(value)})")
        else:
            parts.append(f"{name}: {' or '.join(map(str, value)) if isinstance(value, list) else value}")
    return " and ".join(parts)


class _Mapper:
    """One pass over a tree; collects what it rests on and what it cannot carry."""

    def __init__(self, source: LogSource | None, fields: Fields, approximate: bool) -> None:
        self.source, self.fields, self.approximate = source, fields, approximate
        self.asked: set[str] = set()  # fields of which the rule asks whether they are there
        self.given: list[str] = []
        self.loose: list[str] = []
        self.notes: list[Note] = []
        self.errors: list[Diagnostic] = []

    def rewrite(self, node: Node) -> Node:
        if isinstance(node, Script):
            return replace(node, expr=self._expr(node.expr, node.span))
        field = getattr(node, "field", None)
        if not isinstance(field, Field) or field.sort == "any":
            return node
        entry = self._entry(field.name)
        self._note_left_out(node, field)
        if entry is None:
            return self._retype(node, self._native(field.name))
        if entry.values:
            return self._by_value(node, entry)
        if entry.hashes:
            return self._hash(node, entry)
        if entry.separator is not None:
            return self._split(node, entry)
        if len(entry.to) == 1:
            self._give(entry, f"{field.name} is {entry.to[0]}")
            return self._retype(node, self.fields.field(entry.to[0]))
        self._give(entry, f"{field.name} is any of {', '.join(entry.to)}")
        places = [self.fields.field(name) for name in entry.to]
        return disj([self._retype(node, place) for place in _able(node, places)])

    def _note_left_out(self, node: Node, field: Field) -> None:
        text = text_of(node.tokens) if isinstance(node, Glob) else None
        if self.source is not None and text in self.source.left_out and field.name not in self.asked:
            what = f"`{text}`" if text else "the empty text"
            self._note(f"no event holds {what} in `{field.name}`: the pipeline leaves it out, as if it were missing; "
                       f"`{field.name}: null` asks for that")  # fmt: skip

    def _entry(self, name: str) -> Entry | None:
        entry = self.source.entries.get(name) if self.source else None
        if entry is not None and entry.approximate and not self.approximate:
            self._note(f"`{name}` has only an approximate mapping ({entry.approximate}); it keeps its native name")
            return None
        return entry

    def _is_approximate(self, name: str) -> bool:
        entry = self.source.entries.get(name) if self.source else None
        return entry is not None and bool(entry.approximate)

    def _native(self, name: str) -> Field:
        known = self.fields.field(name)
        if self.source is None or (known.known and "." in name):
            return known
        native = self.source.native.format(name)
        if native != name:
            self._give(None, f"{name} is {native}")
        elif not self._is_approximate(name):
            self._note(f"`{name}` has no mapping; it keeps its name")
        return self.fields.field(native)

    def _give(self, entry: Entry | None, fact: str) -> None:
        if entry is not None and entry.approximate:
            fact = f"{fact} (approximate: {entry.approximate})"
            if fact not in self.loose:
                self.loose.append(fact)
        if fact not in self.given:
            self.given.append(fact)

    def _note(self, text: str) -> None:
        if all(note.message != text for note in self.notes):
            self.notes.append(Note("mapping", text))

    def _fail(self, message: str, node: Any, help: str | None = None) -> Node:
        self.errors.append(Diagnostic("mapping", message, "error", getattr(node, "span", None), None, help))
        return node  # type: ignore[no-any-return]

    def _by_value(self, node: Node, entry: Entry) -> Node:
        text = text_of(node.tokens) if isinstance(node, Glob) else None
        if isinstance(node, Term):
            text = str(node.value).lower()
        if isinstance(node, Exists):
            self._give(entry, f"{entry.sigma} is there where one of its values is")
            return disj([c for raw in entry.values.values() if (c := condition(raw, self.fields)) is not None])
        raw = None
        for value, meaning in entry.values.items():
            if text is not None and text.lower() == value.lower():
                raw = meaning
        if raw is None:
            known = ", ".join(entry.values)
            return self._fail(f"the value of `{entry.sigma}` has no mapping", node, f"known values: {known}")
        self._give(entry, f"{entry.sigma}: {text} is {_say(raw)}")
        found = condition(raw, self.fields)
        assert found is not None
        return found

    def _hash(self, node: Node, entry: Entry) -> Node:
        """`Hashes|contains: 'SHA1=…'`: the whole digest of one algorithm, which ECS holds in lower case. Which digests
        stand before and behind it nothing says, so no whole value, beginning or end is asked for."""
        if isinstance(node, Exists):
            self._give(entry, f"{entry.sigma} is there where one of its digests is")
            return disj([Exists(self.fields.field(name)) for name in entry.hashes.values()])
        match node:
            case Glob(tokens=(Wild.ANY, str() as text, Wild.ANY)) if (
                node.fold != "none" or node.field.type == "keyword_lowercase"
            ):
                pass
            case _:
                text = ""
        found = re.fullmatch(r"(?i)(md5|sha1|sha256|imphash)=([0-9a-f]{32,64})", text)
        sizes = {"md5": 32, "sha1": 40, "sha256": 64, "imphash": 32}
        if isinstance(node, Glob) and found and sizes[found[1].lower()] == len(found[2]):
            name = entry.hashes.get(found[1].upper())
            if name is not None:
                self._give(entry, f"{entry.sigma} holds {found[1].upper()}= and the digest of {name}")
                return Glob(self.fields.field(name), (found[2],), node.fold, span=node.span)
        return self._fail(
            f"only whole digests of `{entry.sigma}` have a field of their own",
            node,
            f"for example `{entry.sigma}|contains: SHA1=` and 40 digits",
        )

    def _split(self, node: Node, entry: Entry) -> Node:
        """A value that ECS keeps in two fields: both parts, or a part that begins or ends at the separator."""
        assert entry.separator is not None
        left, right = (self.fields.field(name) for name in entry.to)
        self._give(entry, f"{entry.sigma} is {left.name} + {entry.separator!r} + {right.name}")
        if isinstance(node, Exists):
            return Exists(right, span=node.span)
        if isinstance(node, Glob):
            at = [i for i, t in enumerate(node.tokens) if isinstance(t, str) and entry.separator in t]
            if len(at) == 1:
                index = at[0]
                token = node.tokens[index]
                assert isinstance(token, str)
                if token.count(entry.separator) == 1:
                    head, tail = token.split(entry.separator)
                    first = (*node.tokens[:index], *((head,) if head else ()))
                    last = (*((tail,) if tail else ()), *node.tokens[index + 1 :])
                    return conj([_part(left, first, node), _part(right, last, node)])
            found = _within(node, left, right) if not at else None
            if found is not None:
                return found
        return self._fail(f"a part of `{entry.sigma}` that may lie in `{left.name}` or in `{right.name}`", node)

    def _retype(self, node: Node, field: Field) -> Node:
        """The atom on the ECS field, by that field's type."""
        if not field.known and field.mapped:
            self._note(f"no schema knows `{field.name}`; it is taken as keyword")
        old = node.field if isinstance(node, Glob | Regex | Range | Length | Term | Cidr | Exists | Single) else None
        if old is None or field.sort == old.sort or isinstance(node, Exists | Single):
            return with_field(node, field)
        converter: Callable[[Node, Field], Node | None] = {
            "integer": _as_number, "float": _as_number, "boolean": _as_boolean, "ip": _as_address, "string": _as_string,
        }.get(field.sort, lambda n, f: None)  # fmt: skip
        found = converter(node, field)
        if found is None:
            return self._fail(f"`{field.name}` is of type {field.type}, which cannot take this test", node)
        return found

    def _expr(self, expr: Expr, span: Span | None) -> Expr:
        match expr:
            case FieldValue(field=field):
                entry = self._entry(field.name)
                if entry is None:
                    return replace(expr, field=self._native(field.name))
                if len(entry.to) != 1 or entry.separator or entry.hashes or entry.values:
                    self._fail(f"`{field.name}` is no single ECS field", expr)
                    return expr
                self._give(entry, f"{field.name} is {entry.to[0]}")
                return replace(expr, field=self.fields.field(entry.to[0]))
            case Call(args=args):
                return replace(expr, args=tuple(self._expr(item, span) for item in args))
            case Logical(items=items):
                return replace(expr, items=tuple(self._expr(item, span) for item in items))
            case Arithmetic(left=left, right=right):
                return replace(expr, left=self._expr(left, span), right=self._expr(right, span))
            case Negation(item=item):
                return replace(expr, item=self._expr(item, span))
        return expr


def _able(node: Node, places: list[Field]) -> list[Field]:
    """Of several places of a value those that can hold one that passes: a network is tested on addresses only, and a
    text that is in no address or number on neither."""
    if isinstance(node, Cidr):
        return [place for place in places if place.sort == "ip"] or places
    if not isinstance(node, Glob):
        return places
    text = "".join(token for token in node.tokens if isinstance(token, str)).lower()
    alphabets = {"ip": set("0123456789abcdef.:%"), "integer": set("0123456789abcdefx+-"), "float": set("0123456789.+-")}
    able = [place for place in places if set(text) <= alphabets.get(place.sort, set(text))]
    return [place for place in able if not _no_value(node, place)]


def _no_value(node: Glob, place: Field) -> bool:
    """A literal that the field's type has no value for."""
    if place.sort not in ("ip", "integer", "float"):
        return False
    text = text_of(node.tokens)
    return text is not None and (parse_ip(text) if place.sort == "ip" else _number(text)) is None


def _within(node: Glob, left: Field, right: Field) -> Node | None:
    """A literal without the separator lies in one of both parts: at the front in the first, at the end in the other."""
    match node.tokens:
        case (Wild.ANY, str(), Wild.ANY):
            return disj([replace(node, field=left), replace(node, field=right)])
        case (str(), Wild.ANY):
            return replace(node, field=left)
        case (Wild.ANY, str()):
            return replace(node, field=right)
    return None


def _part(field: Field, tokens: tuple[Any, ...], node: Glob) -> Node:
    if tokens == (ANY,):
        return Exists(field, span=node.span)
    return Glob(field, tokens, node.fold, span=node.span)


def _number(text: str) -> int | float | None:
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text, 16)
    return float(text) if re.fullmatch(r"[+-]?\d*\.\d+", text) else None


def _as_number(node: Node, field: Field) -> Node | None:
    text = text_of(node.tokens) if isinstance(node, Glob) else None
    if text is not None:
        value = _number(text)
        return None if value is None else Term(field, value, span=node.span)
    if isinstance(node, Range):
        low, high = (_number(b) if isinstance(b, str) else b for b in (node.low, node.high))
        return replace(node, field=field, low=low, high=high)
    return replace(node, field=field) if isinstance(node, Term) else None


def _as_boolean(node: Node, field: Field) -> Node | None:
    text = text_of(node.tokens) if isinstance(node, Glob) else None
    if text is None or text.lower() not in ("true", "false"):
        return None
    return Term(field, text.lower() == "true", span=node.span)


def _as_address(node: Node, field: Field) -> Node | None:
    """An address, or a beginning of one that ends at an octet (`10.`), which is a network."""
    if isinstance(node, Cidr):
        return replace(node, field=field)
    if not isinstance(node, Glob):
        return None
    text = text_of(node.tokens)
    if text is not None:
        address = parse_ip(text)
        return None if address is None else Term(field, address, span=node.span)
    if len(node.tokens) == 2 and node.tokens[1] is ANY and isinstance(node.tokens[0], str):
        octets = node.tokens[0].split(".")
        if octets[-1] == "" and 1 <= len(octets) - 1 <= 3 and all(o.isdigit() and int(o) < 256 for o in octets[:-1]):
            width = 8 * (len(octets) - 1)
            network = ".".join([*octets[:-1], *["0"] * (4 - len(octets) + 1)]) + f"/{width}"
            assert parse_network(network) is not None
            return Cidr(field, network, span=node.span)
    return None


def _as_string(node: Node, field: Field) -> Node | None:
    if isinstance(node, Term) and not isinstance(node.value, float):
        text = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
        return Glob(field, (text,), span=node.span)
    if (
        isinstance(node, Glob | Regex) and node.field.sort == "object"
    ):  # a Sigma name that ECS has for a group of fields
        return replace(node, field=field)
    return None
