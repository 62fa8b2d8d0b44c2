"""Random ES|QL conditions over fields of several types, and events with missing and several values."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from converter.fields import Fields

FIELDS = Fields.of(
    {
        "properties": {
            "k": {"type": "keyword", "fields": {"caseless": {"type": "keyword", "normalizer": "lc"}}},
            "j": {"type": "keyword"},
            "lc": {"type": "keyword", "normalizer": "lc"},
            "short": {"type": "keyword", "ignore_above": 3},
            "x": {"type": "text"},
            "n": {"type": "long"},
            "i": {"type": "integer"},
            "d": {"type": "double"},
            "b": {"type": "boolean"},
            "ip": {"type": "ip"},
            "t": {"type": "date"},
        },
        "settings": {"analysis": {"normalizer": {"lc": {"type": "custom", "filter": ["lowercase"]}}}},
    }
)

_TEXTS = ["abc", "ABC", "q", "", "Xyz def", "xyz def", "a*b", "k", "K", "\u212a", "é", "É", "İ", "x.exe"]
_POOLS: dict[str, list[Any]] = {
    **dict.fromkeys(("k", "j", "lc", "short", "x"), _TEXTS),
    "n": [3, 0, -7, 5],
    "i": [3, 0, 7],
    "d": [3.0, 0.5, 7.25],
    "b": [True, False],
    "ip": ["10.0.0.1", "10.9.9.9", "::1", "192.168.0.1"],
    "t": ["2024-01-02", "2024-02-01T03:04:05Z", "2023-12-31"],
}
_LIKES = ["*", "a*", "*b*", "?*", "X*", "x*", "", "abc", "a?c", "*e", "k*", "É*", "*.exe"]
_REGEXES = [".*", "a.*", "[a-c]+", "", "abc", "@", "k|é", "(a|b)c?", "x\\\\.exe"]
_NETWORKS = ["10.0.0.0/8", "::/0", "10.0.0.1", "0.0.0.0/0"]


class Conditions:
    """One seed, one stream."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, items: list[Any]) -> Any:
        return self.random.choice(items)

    def events(self, count: int) -> list[dict[str, Any]]:
        out = []
        for _ in range(count):
            event: dict[str, Any] = {}
            for name, pool in _POOLS.items():
                roll = self.random.random()
                if roll < 0.6:
                    event[name] = self.pick(pool)
                elif roll < 0.75:
                    event[name] = self.random.choices(pool, k=2)
            out.append(event)
        return out

    def condition(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.3:
            return self.atom()
        parts = [self.condition(depth - 1) for _ in range(self.random.randint(2, 3))]
        match self.random.randint(0, 9):
            case 0 | 1 | 2:
                return f"({' AND '.join(parts)})"
            case 3 | 4 | 5:
                return f"({' OR '.join(parts)})"
            case 6 | 7:
                return f"NOT {parts[0]}"
            case 8:
                return f"COALESCE({parts[0]}, {self.pick(['true', 'false'])})"
        return f"CASE({parts[0]}, {parts[1]}, {parts[-1]})"

    def atom(self) -> str:
        makers: list[Callable[[], str]] = [
            self.compared, self.compared, self.like, self.like, self.listed, self.missing, self.part, self.number,
            self.number, self.other,
        ]  # fmt: skip
        return self.pick(makers)()  # type: ignore[no-any-return]

    def text(self) -> str:
        return str(self.pick(["k", "j", "lc", "short", "k.caseless", "TO_LOWER(k)", "TO_UPPER(k)", "TO_LOWER(lc)"]))

    def literal(self) -> str:
        return '"' + str(self.pick(_TEXTS)) + '"'

    def compared(self) -> str:
        return f"{self.text()} {self.pick(['==', '==', '!=', '<', '>='])} {self.literal()}"

    def like(self) -> str:
        kind, pool = self.pick([("LIKE", _LIKES), ("LIKE", _LIKES), ("RLIKE", _REGEXES)])
        patterns = [f'"{self.pick(pool)}"' for _ in range(self.pick([1, 1, 1, 2, 3]))]
        negated = self.pick(["", "NOT "])
        inside = patterns[0] if len(patterns) == 1 else f"({', '.join(patterns)})"
        return f"{self.text()} {negated}{kind} {inside}"

    def listed(self) -> str:
        values = [self.literal() for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.15:
            values.append("null")
        return f"{self.text()} {self.pick(['', 'NOT '])}IN ({', '.join(values)})"

    def missing(self) -> str:
        name = self.pick(["k", "lc", "n", "x", "ip", "t", "b", "d"])
        return f"{name} IS {self.pick(['', 'NOT '])}NULL"

    def part(self) -> str:
        return f"{self.pick(['STARTS_WITH', 'ENDS_WITH', 'CONTAINS'])}({self.text()}, {self.literal()})"

    def number(self) -> str:
        name = self.pick(["n", "i", "d", "MV_COUNT(k)", "LENGTH(k)"])
        return f"{name} {self.pick(['==', '!=', '<', '>=', '>'])} {self.pick(['3', '0', '3.0', '1', '-7', '2'])}"

    def other(self) -> str:
        choices = [
            "b", "b == true", "b != true", f'CIDR_MATCH(ip, "{self.pick(_NETWORKS)}")', 'ip == "10.0.0.1"',
            't > "2024-01-02"', 't == "2024-01-02"', "k == j", "n != i", 'k:"abc"', 'x:"xyz"', 'MV_CONTAINS(k, "abc")',
            'QSTR("k:a* OR n:3")', 'KQL("k: abc or not n > 2")', "n == null", "null",
        ]  # fmt: skip
        return str(self.pick(choices))
