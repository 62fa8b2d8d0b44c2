"""Atoms as `field|modifiers: values`, equal fields and modifiers in one list."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from converter.languages.sigma.literals import as_integer, has_letters, spell, split
from converter.matching.values import lowercase
from converter.tree import (
    ANY,
    ANY_FIELD,
    And,
    Arithmetic,
    Call,
    Cidr,
    Exists,
    FieldValue,
    Glob,
    Node,
    Not,
    Or,
    Range,
    Regex,
    Script,
    Term,
    Token,
    text_of,
)

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Item:
    """One key of a selection's map. `patterns` holds the values of a string test, whose modifiers are chosen last;
    `cased` then says whether case matters."""

    field: str | None
    modifiers: tuple[str, ...] = ()
    values: tuple[Scalar, ...] = ()
    patterns: tuple[tuple[Token, ...], ...] = ()
    cased: bool = False
    all: bool = False

    @property
    def key(self) -> str | None:
        """`field|modifiers`; None for a plain list of keywords."""
        modifiers = self.written[0]
        if self.field is None and not modifiers:
            return None
        return "|".join((self.field or "", *modifiers))

    @property
    def value(self) -> Any:
        values = self.written[1]
        return values[0] if len(values) == 1 and self.field is not None else list(values)

    @property
    def written(self) -> tuple[tuple[str, ...], tuple[Scalar, ...]]:
        """The modifiers and values as they stand in the rule."""
        if not self.patterns:
            return self.modifiers, self.values
        parts = [split(tokens) for tokens in self.patterns]
        places = {place for place, _ in parts}
        if len(places) == 1:
            place, texts = places.pop(), [spell(inner) for _, inner in parts]
        else:
            place, texts = (), [spell(tokens) for tokens in self.patterns]
        if self.field is None:
            place, texts = self._keyword(parts)
        modifiers = place + ("all",) * self.all + ("cased",) * self.cased
        if modifiers:
            return modifiers, tuple(texts)
        return modifiers, tuple(
            number if (number := as_integer(text)) is not None and text_of(tokens) is not None else text
            for text, tokens in zip(texts, self.patterns, strict=True)
        )

    def _keyword(self, parts: list[tuple[tuple[str, ...], tuple[Token, ...]]]) -> tuple[tuple[str, ...], list[str]]:
        place = {place for place, _ in parts}.pop()
        return (() if place == ("contains",) else place), [spell(inner) for _, inner in parts]


def item_of(node: Node) -> Item | None:
    """The item that says the node: an atom, an `Or` of values, an `And` of substrings; None where none does."""
    match node:
        case Or(items=items):
            return _merged([item_of(item) for item in items])
        case And(items=items):
            return _all_of([item_of(item) for item in items])
        case Not(item=Exists(field=field)):
            return Item(field.name, (), (None,))
        case Exists(field=field):
            return Item(field.name, ("exists",), (True,)) if field != ANY_FIELD else Item(None, patterns=((ANY,),))
        case Glob(field=field, tokens=tokens, fold=fold):
            cased = fold == "none" and has_letters(tokens)
            if field.type == "keyword_lowercase":
                cased = cased and any(lowercase(t) != t for t in tokens if isinstance(t, str))
            name = None if field == ANY_FIELD else field.name
            return Item(name, patterns=(tokens,), cased=cased)
        case Regex(field=field):
            flags = ("i",) * (node.fold == "ascii") + ("m",) * node.multiline + ("s",) * node.dotall
            return Item(None if field == ANY_FIELD else field.name, ("re", *flags), (node.pattern,))
        case Cidr(field=field, network=network):
            return Item(None if field == ANY_FIELD else field.name, ("cidr",), (_strict(network),))
        case Term(field=field, value=value):
            return Item(field.name, (), (_term(field.sort, value),))
        case Range():
            return _comparison(node)
        case Script():
            return _reference(node)
    return None


def _merged(items: list[Item | None]) -> Item | None:
    """One item with the values of all, in order, each once."""
    first = items[0]
    if first is None:
        return None
    for item in items[1:]:
        if item is None or not _same_test(first, item):
            return None
    found = [item for item in items if item is not None]
    if first.field is None and len({split(p)[0] for item in found for p in item.patterns}) > 1:
        return None
    return replace(
        first,
        values=_once(value for item in found for value in item.values),
        patterns=_once(tokens for item in found for tokens in item.patterns),
    )


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    seen: dict[tuple[type, Any], Any] = {}
    for value in values:
        seen.setdefault((type(value), value), value)
    return tuple(seen.values())


def _same_test(a: Item, b: Item) -> bool:
    if a.all or b.all or (a.field, a.cased, bool(a.patterns)) != (b.field, b.cased, bool(b.patterns)):
        return False
    if a.patterns:
        return True
    if a.modifiers != b.modifiers or None in a.values or None in b.values:
        return False
    return a.modifiers in ((), ("cidr",)) or a.modifiers[:1] == ("re",) or a.modifiers[-1] == "fieldref"


def _all_of(items: list[Item | None]) -> Item | None:
    """`contains|all`: every substring of the list."""
    found = [item for item in items if item is not None and len(item.patterns) == 1]
    if len(found) < max(len(items), 2):
        return None
    first = found[0]
    for item in found:
        if (item.field, item.cased, split(item.patterns[0])[0]) != (first.field, first.cased, ("contains",)):
            return None
    return replace(first, patterns=_once(item.patterns[0] for item in found), all=True)


def _strict(network: str) -> str:
    return str(ipaddress.ip_network(network, strict=False))


def _term(sort: str, value: int | float | bool) -> Scalar:
    if sort == "ip":
        number = int(value)
        return str(ipaddress.IPv4Address(number & 0xFFFFFFFF) if number >> 32 == 0xFFFF
                   else ipaddress.IPv6Address(number))  # fmt: skip
    if isinstance(value, float) and value == int(value) and abs(value) < 2**53:
        return int(value)
    return value


def _comparison(node: Range) -> Item:
    if node.low is not None:
        return Item(node.field.name, ("gt" if node.low_open else "gte",), (_term("", node.low),))  # type: ignore[arg-type]
    return Item(node.field.name, ("lt" if node.high_open else "lte",), (_term("", node.high),))  # type: ignore[arg-type]


def _reference(node: Script) -> Item | None:
    match node.expr:
        case Arithmetic(op="==", left=FieldValue(field=a), right=FieldValue(field=b), fold=fold):
            place: tuple[str, ...] = ()
        case Call(name=name, args=(FieldValue(field=a), FieldValue(field=b)), fold=fold):
            place = ({"startsWith": "startswith", "endsWith": "endswith", "stringContains": "contains"}[name],)
        case Arithmetic(op=op, left=Call(name=part, args=(FieldValue(field=a),)), right=right):
            comparison = {"==": (), "<": ("lt",), "<=": ("lte",), ">": ("gt",), ">=": ("gte",)}[op]
            return Item(a.name, (part, *comparison), (right.value,))  # type: ignore[union-attr]
        case _:
            return None
    cased = fold == "none" and a.sort in ("string", "version")
    return Item(a.name, ("cased",) * cased + ("fieldref", *place), (b.name,))
