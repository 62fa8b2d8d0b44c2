"""Random events near a query: ones that fit it, ones that just miss it, and mixtures.

Drawn without any help of the prover, so that what they find is independent of it.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable
from typing import Any

from converter.diagnostics import ConverterError
from converter.matching.values import parse_network
from converter.tree import (
    ANY,
    And,
    Category,
    Cidr,
    Const,
    Field,
    Glob,
    Length,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Script,
    Term,
    Wild,
    fields_of,
    walk,
)
from converter.tree.describe import literal
from converter.tree.regex import Alt, Both, Cat, Chars, Repeat, Rx, parse_regex

Event = dict[str, Any]
FILL = ("", "x", "a b", "\\", "/", "É", "C:\\Temp\\x", "0")
PRINTABLE = ((97, 122), (65, 90), (48, 57), (32, 126))


def near(tree: Node, count: int, seed: int = 0, category: Field | None = None) -> list[Event]:
    """`count` events, the same for the same seed. Names are dotted or nested, values single, several, null or missing,
    of the types that the fields have. `category` is the field of EQL's event category (None: `event.category`)."""
    return _Maker(tree, random.Random(seed), category or Field("event.category")).events(count)


class _Maker:
    def __init__(self, tree: Node, rng: random.Random, category: Field) -> None:
        self.tree, self.rng, self.category = tree, rng, category
        self.pools: dict[Field, list[Any]] = {}
        for node in walk(tree):
            for field in self.fields(node):
                pool = self.pools.setdefault(field, ["", "other"] if field.sort == "string" else [])
                for _ in range(3):
                    pool += [value for value in self.values(node, field) if value is not None]
        everything = [value for pool in self.pools.values() for value in pool if isinstance(value, str)]
        for field, pool in self.pools.items():
            pool += rng.sample(everything, min(2, len(everything))) if field.sort in ("string", "text") else []

    def fields(self, node: Node) -> list[Field]:
        """The fields of an atom that an event can have values in."""
        if isinstance(node, Category):
            return [self.category]
        if isinstance(node, And | Or | Not | Nested | Const):
            return []
        return [field for field in fields_of(node) if field.sort not in ("any", "object", "nested", "unmapped")]

    def events(self, count: int) -> list[Event]:
        out: list[Event] = []
        for number in range(count):
            event: Event = {}
            if number % 4 != 3 or not out:
                self.satisfy(self.tree, True, event)
            else:
                self.scatter(event)
            for _ in range(self.rng.choice((0, 1, 1, 2)) if number % 4 else 0):
                self.change(event)
            out.append(nested(event) if self.rng.random() < 0.3 else event)
        return out

    def satisfy(self, node: Node, want: bool, event: Event) -> None:
        """Put values into the event that make the node come out as wanted, as far as one looks at it alone."""
        match node:
            case Not(item=item):
                self.satisfy(item, not want, event)
            case And(items=items) | Or(items=items):
                both = want == isinstance(node, And)
                for item in items if both else [self.rng.choice(items)] if items else []:
                    self.satisfy(item, want, event)
            case Nested(path=path, item=item):
                inner: Event = {}
                self.satisfy(item, want, inner)
                event.setdefault(path, []).append(below(inner, path))
            case _ if want:
                for field in self.fields(node):
                    values = self.values(node, field) or self.pools.get(field) or [None]
                    self.put(event, field, values[0])

    def put(self, event: Event, field: Field, value: Any) -> None:
        held = event.get(field.path)
        if held is None:
            event[field.path] = value
        elif value != held and not (isinstance(held, list) and value in held):
            event[field.path] = [*(held if isinstance(held, list) else [held]), value]

    def scatter(self, event: Event) -> None:
        for field, pool in self.pools.items():
            if pool and self.rng.random() < 0.7:
                event[field.path] = self.rng.choice(pool)

    def change(self, event: Event) -> None:
        """One field gets another value, another case, a second value, null, nothing."""
        fields = [field for field, pool in self.pools.items() if pool and field.nested is None]
        if not fields:
            return
        field = self.rng.choice(fields)
        held, other = event.get(field.path), self.rng.choice(self.pools[field])
        changes: list[Callable[[], Any]] = [
            lambda: other,
            lambda: [held, other] if held is not None and not isinstance(held, list) else other,
            lambda: None,
            list,
        ]
        if isinstance(held, str) and field.sort in ("string", "text"):
            changes += [
                held.swapcase,
                held.upper,
                lambda: held + "x",
                lambda: held[:-1],
                lambda: held.replace("k", "\u212a"),
            ]
        changed = self.rng.choice(changes)()
        if changed is None and self.rng.random() < 0.5:
            event.pop(field.path, None)
        else:
            event[field.path] = changed

    def values(self, node: Node, field: Field) -> list[Any]:
        """A value that fits the atom, then some that may not; as JSON has them."""
        rng = self.rng
        match node:
            case Glob(tokens=tokens, fold=fold):
                fits = "".join(self.wild(token) if isinstance(token, Wild) else token for token in tokens)
                if fold != "none" and rng.random() < 0.5:
                    fits = fits.upper() if fits.upper().lower() == fits.lower() else fits
                return [fits, fits.swapcase(), fits[1:], "x" + fits]
            case Regex():
                return self.of_regex(node)
            case Category(value=value):
                return [value, value.upper()]
            case Term(value=value):
                return [json_value(field, value), *self.around(field, value)]
            case Range(low=low, high=high):
                ends = [end for end in (low, high) if isinstance(end, int | float | str)]
                near = [value for end in ends for value in (json_value(field, end), *self.around(field, end))]
                return rng.sample(near, len(near))
            case Cidr(network=network):
                return self.of_network(network)
            case Length(low=low, high=high):
                size = low if low is not None else high or 0
                return ["a" * min(size, 5000), "a" * min(size + 1, 5000), "a" * max(size - 1, 0)]
            case Phrase(tokens=tokens):
                return [
                    " ".join(tokens),
                    "x " + " ".join(tokens) + " y",
                    " ".join(reversed(tokens)),
                    " x ".join(tokens),
                ]
            case Script():
                return [rng.choice(("a", "ab", "x\\a.exe"))] if field.sort == "string" else [rng.randint(0, 9)]
        return [example(field, rng)]

    def wild(self, token: Wild) -> str:
        return self.rng.choice(FILL) if token is ANY else self.rng.choice("ax?é")

    def of_regex(self, node: Regex) -> list[Any]:
        try:
            text = sample(parse_regex(node), self.rng)
        except (ConverterError, RecursionError):
            return [node.pattern]
        return [text, text.swapcase(), text[:-1], text + "x"]

    def of_network(self, network: str) -> list[Any]:
        ends = parse_network(network)
        if ends is None:
            return []
        first, last = ends
        top = (1 << 128) - 1
        return [
            address(number)
            for number in (self.rng.randint(first, last), first, last, max(first - 1, 0), min(last + 1, top))
        ]

    def around(self, field: Field, value: Any) -> list[Any]:
        if isinstance(value, bool):
            return [not value]
        if isinstance(value, int):
            top = (1 << 128) - 1 if field.sort == "ip" else (1 << 63) - 1
            return [
                json_value(field, number)
                for number in (value - 1, value + 1)
                if -top - 1 <= number <= top and (field.sort != "ip" or number >= 0)
            ]
        if isinstance(value, float):
            return [value - 0.5, value + 0.5]
        return [value + "a", value[:-1]] if isinstance(value, str) else []


def sample(rx: Rx, rng: random.Random) -> str:
    """A text that the expression matches (of an intersection or complement: one that may not)."""
    match rx:
        case Chars(chars=chars):
            return char(chars, rng)
        case Cat(items=items):
            return "".join(sample(item, rng) for item in items)
        case Alt(items=items):
            return sample(rng.choice(items), rng) if items else ""
        case Repeat(item=item, low=low, high=high):
            most = min(low + 2, high if high is not None else low + 2, 2000)
            return "".join(sample(item, rng) for _ in range(rng.randint(min(low, most), most)))
        case Both(items=items):
            return sample(rng.choice(items), rng)
    return rng.choice(FILL)


def char(chars: tuple[tuple[int, int], ...], rng: random.Random) -> str:
    """A character of the set, a printable one if there is one, no surrogate."""
    for low, high in PRINTABLE:
        common = [(max(low, a), min(high, b)) for a, b in chars if a <= high and b >= low]
        if common and rng.random() < 0.8:
            return chr(rng.randint(*rng.choice(common)))
    if not chars:
        return ""
    code = rng.randint(*rng.choice(chars))
    return chr(code) if not 0xD800 <= code <= 0xDFFF else "x"


def address(number: int) -> str:
    found = ipaddress.IPv6Address(number)
    return str(found.ipv4_mapped or found)


def json_value(field: Field, value: Any) -> Any:
    """A value of the tree as a document holds it: addresses and dates as strings."""
    if isinstance(value, int) and not isinstance(value, bool) and field.sort in ("ip", "date"):
        return literal(field, value)
    return value


def example(field: Field, rng: random.Random) -> Any:
    """Any value of the field's type."""
    match field.sort:
        case "integer":
            return rng.choice((0, 1, 7, -1))
        case "float":
            return rng.choice((0.0, 1.5, -2.25))
        case "boolean":
            return rng.choice((True, False))
        case "ip":
            return rng.choice(("10.0.0.1", "::1", "192.168.1.200"))
        case "date":
            return rng.choice(("2024-01-02T03:04:05.678Z", "2026-11-24T00:00:00.000Z"))
        case "version":
            return rng.choice(("1.2.3", "8.19.0"))
    return rng.choice(("a", "", "x y", "other"))


def nested(event: Event) -> Event:
    """Dotted names as nested objects, where no two of them clash."""
    out: Event = {}
    for name, value in event.items():
        *parents, last = name.split(".")
        level: Any = out
        for part in parents:
            level = level.setdefault(part, {})
            if not isinstance(level, dict):
                return event
        if last in level:
            return event
        level[last] = value
    return out


def below(event: Event, path: str) -> Event:
    """The event's fields as those of an object at the path."""
    return {name[len(path) + 1 :] if name.startswith(path + ".") else name: value for name, value in event.items()}
