"""Atoms as `field|modifiers: values`, equal fields and modifiers in one list."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from converter.languages.sigma.literals import as_integer, has_letters, spell, split
from converter.languages.sigma.yaml_writer import Remarked
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
    `cased` then says whether case matters, None where no letter stands in them."""

    field: str | None
    modifiers: tuple[str, ...] = ()
    values: tuple[Scalar, ...] = ()
    patterns: tuple[tuple[Token, ...], ...] = ()
    cased: bool | None = None
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
        texts = [_remarked(text, tokens) for text, tokens in zip(texts, self.patterns, strict=True)]
        modifiers = place + ("all",) * self.all + ("cased",) * bool(self.cased)
        if modifiers:
            return modifiers, tuple(texts)
        return modifiers, tuple(
            number if (number := as_integer(text)) is not None and text_of(tokens) is not None else text
            for text, tokens in zip(texts, self.patterns, strict=True)
        )

    def _keyword(self, parts: list[tuple[tuple[str, ...], tuple[Token, ...]]]) -> tuple[tuple[str, ...], list[str]]:
        place = {place for place, _ in parts}.pop()
        return (() if place == ("contains",) else place), [spell(inner) for _, inner in parts]


def _remarked(text: str, tokens: tuple[Token, ...]) -> str:
    """The text with the remark that one of its tokens carries."""
    found = next((token for token in tokens if isinstance(token, Remarked)), None)
    return text if found is None else Remarked(text, found.remark, found.about)


def item_of(node: Node) -> Item | None:
    """The item that says the node: an atom, an `Or` of values, an `And` of substrings; None where none does."""
    match node:
        case Or(items=items) | And(items=items):
            if any(isinstance(item, And | Or) for item in items):
                return None
            joined = joined_values(node)
            return joined[0] if len(joined) == 1 and isinstance(joined[0], Item) else None
        case Not(item=Exists(field=field)):
            return Item(field.name, (), (None,))
        case Exists(field=field):
            return Item(field.name, ("exists",), (True,)) if field != ANY_FIELD else Item(None, patterns=((ANY,),))
        case Glob(field=field, tokens=tokens, fold=fold):
            cased = fold == "none" if has_letters(tokens) else None
            if field.type == "keyword_lowercase" and cased:
                cased = any(lowercase(t) != t for t in tokens if isinstance(t, str))
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


def joined_values(node: And | Or) -> list[Item | Node]:
    """The parts in order; values of one field and test in one item, where Sigma has a list for them (for `And`: of
    substrings)."""
    parts = [(item_of(part) or part) for part in node.items]
    key = _either_key if isinstance(node, Or) else _all_key
    groups: dict[Any, list[Item]] = {}
    for part in parts:
        if isinstance(part, Item) and (found := key(part)) is not None:
            groups.setdefault(found, []).append(part)
    for found in [found for found in groups if found[-1] is None]:  # no letters: either way of comparing them will do
        other = next((o for cased in (False, True) if (o := (*found[:-1], cased)) in groups), None)
        if other is not None:
            groups[other] = [part for part in parts if isinstance(part, Item) and key(part) in (found, other)]
            del groups[found]
    merged = {id(items[0]): _merged(items, isinstance(node, And)) for items in groups.values()}
    later = {id(item) for items in groups.values() for item in items[1:]}
    return [merged.get(id(part), part) for part in parts if id(part) not in later]


def _either_key(item: Item) -> Any:
    """Equal for items whose values may stand in one list; ends with `cased`."""
    if item.all or None in item.values:
        return None
    if item.patterns:
        place = split(item.patterns[0])[0] if item.field is None else "any place"
        return item.field, place, item.cased
    listed = item.modifiers in ((), ("cidr",)) or item.modifiers[:1] == ("re",) or "fieldref" in item.modifiers
    return (item.field, item.modifiers, False) if listed else None


def _all_key(item: Item) -> Any:
    """Equal for items that `contains|all` can hold together; ends with `cased`."""
    if len(item.patterns) != 1 or split(item.patterns[0])[0] != ("contains",):
        return None
    return item.field, "contains", item.cased


def _merged(items: list[Item], all_of: bool) -> Item:
    if len(items) == 1:
        return items[0]
    return replace(
        items[0],
        values=_once(value for item in items for value in item.values),
        patterns=_once(tokens for item in items for tokens in item.patterns),
        cased=next((item.cased for item in items if item.cased is not None), None),
        all=all_of,
    )


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    seen: dict[tuple[type, Any], Any] = {}
    for value in values:
        seen.setdefault((type(value), value), value)
    return tuple(seen.values())


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
