"""Random trees over fields of every type, and random events whose values nearly fit them."""

from __future__ import annotations

import random
from typing import Any

from converter.fields import Fields
from converter.matching.dates import bounds, text_of
from converter.tree import (
    ANY,
    ONE,
    And,
    Cidr,
    Const,
    Exists,
    Glob,
    Length,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Term,
    Token,
    literal,
    merge_tokens,
)

MAPPING: dict[str, Any] = {
    "k": {"type": "keyword"},
    "odd name:x": {"type": "keyword"},
    "lc": {"type": "keyword", "normalizer": "lc"},
    "x": {"type": "text"},
    "n": {"type": "long"},
    "d": {"type": "double"},
    "b": {"type": "boolean"},
    "ip": {"type": "ip"},
    "t": {"type": "date"},
    "s": {"type": "date", "format": "epoch_second"},
    "u": {"type": "nested", "properties": {"name": {"type": "keyword"}, "n": {"type": "long"}}},
}
SETTINGS = {"analysis": {"normalizer": {"lc": {"type": "custom", "filter": ["lowercase"]}}}}
FIELDS = Fields.of({"properties": MAPPING, "settings": SETTINGS})

_TEXTS = [
    "a", "b", "aB", "AB", "ab", "a b", "a*b", "a?b", "a\\b", "\\", "a\\", "\\\\a", "a\"b", "a/b", "/a/", "(a)", "[a]",
    "{a}", "a:b", "-a", "+a", "!a", "a~1", "a^2", "a&&b", "a||b", "<a", ">a", ">=a", "a#b", "a@b", "a.b", "a\nb",
    "a\tb", "AND", "OR", "NOT", "TO", "and", "", " ", " a", "a ", "é", "É", "\u212a", "k", "K", "ß", "ẞ", "İ", "i",
    "I", "*", "?", "a\u3000b", "😀", "a😀b", "C:\\Windows\\cmd.exe", "c:\\windows\\CMD.EXE", "10.0.0.1", "true", "5",
    "-5", "null", "\\u0041", "a b c", "b a", "hello world", "x" * 30, "a'b", "$a", "%A%", "a,b;c", "_a", "a_b",
    "\\\"", "\"", "a\\/b",
]  # fmt: skip
_NUMBERS = [0, 1, 2, 5, -5, 10, 2**53 + 1, 2**63 - 1, -(2**63)]
_REALS = [0.0, 1.0, 1.5, -1.5, 2.5, 1e20, -3e-7, 5.0]
_ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.255.0.1", "192.168.1.1", "::1", "2001:db8::1", "fe80::1", "0.0.0.0"]
_NETWORKS = ["10.0.0.0/8", "10.0.0.1/31", "0.0.0.0/0", "::/0", "2001:db8::/32", "10.0.0.1/32", "10.1.2.3/8"]
_DATES = [
    "2024-01-01",
    "2024-01-01T00:00:00.001Z",
    "2024-01-02T03:04:05.678Z",
    "2023-12-31T23:59:59.999Z",
    "1969-12-31",
]
_PATTERNS = [
    "a.*", ".*b", "[aA]b", "a|b", "(ab)?.*", "a\\\\.*", ".*\\\\", "\\/a\\/", "a/b", "[^a]*", "\\w+", "a\\.b", "\"a.b\"",
    ".", "\\d", "x{20,40}", "a&b", "~(ab)", "@", "a#?", "<1-9>", "()", "", "\"a/b\"", ".*\\\\\\\\",
]  # fmt: skip


class Maker:
    """One seed, one stream of trees and events."""

    def __init__(self, seed: int, *, nested: bool = True) -> None:
        self.random = random.Random(seed)
        self.nested = nested

    def tree(self, depth: int = 3) -> Node:
        roll = self.random.random()
        if depth == 0 or roll < 0.3:
            return self.atom()
        if roll < 0.5:
            return Not(self.tree(depth - 1))
        items = tuple(self.tree(depth - 1) for _ in range(self.random.randint(2, 4)))
        return And(items) if self.random.random() < 0.5 else Or(items)

    def atom(self) -> Node:
        pick = self.random.choice
        match pick("kkkkkqqllllxxxxnnddbbiiiittsuc"):
            case "k":
                return self.string("k")
            case "q":
                return self.string("odd name:x")
            case "l":
                return self.string("lc")
            case "x":
                return self.text()
            case "n":
                return self.number("n", _NUMBERS)
            case "d":
                return self.number("d", _REALS)
            case "b":
                return pick([Term(FIELDS.field("b"), pick([True, False])), Exists(FIELDS.field("b"))])
            case "i":
                return self.address()
            case "t":
                return self.date("t", 1)
            case "s":
                return self.date("s", 1000)
            case "u" if self.nested:
                return Nested(
                    "u", And((Glob(FIELDS.field("u.name"), literal(pick(["a", "b"]))), self.number("u.n", [1, 2])))
                )
        return pick([Const(True), Const(False), Exists(FIELDS.field("k")), Exists(FIELDS.field("odd name:x"))])

    def tokens(self) -> tuple[Token, ...]:
        pick = self.random.choice
        parts: list[Token] = [pick([ANY, ONE, pick(_TEXTS), pick(_TEXTS)]) for _ in range(self.random.randint(1, 4))]
        return merge_tokens(parts)

    def string(self, name: str) -> Node:
        pick, field = self.random.choice, FIELDS.field(name)
        fold = pick(["none", "ascii"])
        match self.random.randint(0, 7):
            case 0 | 1:
                return Glob(field, literal(pick(_TEXTS)), fold)
            case 2 | 3:
                return Glob(field, self.tokens(), fold)
            case 4:
                return Regex(field, pick(_PATTERNS), fold=fold)
            case 5:
                return self.range(name, _TEXTS)
            case 6:
                low = pick([None, 0, 1, 3])
                return Length(field, low, pick([None, (low or 0) + pick([0, 2])]))
        return Regex(field, pick(["a.b", "^a", "b$", "(?i)ab", "[a-c]+"]), "pcre", fold, True)

    def text(self) -> Node:
        pick, field = self.random.choice, FIELDS.field("x")
        match self.random.randint(0, 4):
            case 0:
                return Phrase(
                    field, tuple(pick(["a", "b", "hello", "world"]) for _ in range(self.random.randint(0, 3)))
                )
            case 1:
                return Phrase(field, (pick([t for t in _TEXTS if t]),))
            case 2:
                tokens = tuple(t.lower() if isinstance(t, str) and t.isascii() else t for t in self.tokens())
                return Glob(field, tokens, "lower") if tokens else Exists(field)
            case 3:
                return Regex(field, pick(_PATTERNS), fold=pick(["none", "ascii"]))
        return Exists(field)

    def number(self, name: str, values: list[Any]) -> Node:
        if self.random.random() < 0.4:
            return Term(FIELDS.field(name), self.random.choice(values))
        return self.range(name, values)

    def range(self, name: str, values: list[Any]) -> Node:
        low, high = (self.random.choice([None, *self.random.sample(values, 2)]) for _ in range(2))
        if low is not None and high is not None and low > high:
            low, high = high, low
        low_open, high_open = (end is not None and self.random.random() < 0.5 for end in (low, high))
        return Range(FIELDS.field(name), low, high, low_open, high_open)

    def address(self) -> Node:
        from converter.matching.values import parse_ip

        if self.random.random() < 0.5:
            return Cidr(FIELDS.field("ip"), self.random.choice(_NETWORKS))
        return self.number("ip", [parse_ip(text) for text in _ADDRESSES])

    def date(self, name: str, step: int) -> Node:
        instants = [int(low) // step * step for low in (bounds(text)[0] for text in _DATES)]  # type: ignore[arg-type]
        return self.number(name, instants)

    def event(self) -> dict[str, Any]:
        pools: dict[str, list[Any]] = {
            "k": _TEXTS, "odd name:x": _TEXTS, "lc": _TEXTS, "x": _TEXTS, "n": _NUMBERS, "d": _REALS,
            "b": [True, False], "ip": _ADDRESSES, "t": _DATES, "s": [1704067200, 1704164645, 0],
        }  # fmt: skip
        event: dict[str, Any] = {}
        for name, pool in pools.items():
            roll = self.random.random()
            if roll < 0.7:
                event[name] = self.random.choice(pool)
            elif roll < 0.85:
                event[name] = self.random.sample(pool, 2)
        if self.random.random() < 0.5:
            event["u"] = [{"name": self.random.choice("ab"), "n": self.random.choice([1, 2, 3])} for _ in range(2)]
        return event


__all__ = ["FIELDS", "MAPPING", "SETTINGS", "Maker", "text_of"]
