"""Short ways to write rules and ask them."""

from __future__ import annotations

import ipaddress
import random
import re
from collections.abc import Mapping
from typing import Any

import yaml

import converter
from converter.matching import EventValues, compile_node
from converter.tree import (
    ANY_FIELD,
    ONE,
    Category,
    Cidr,
    Exists,
    Field,
    Glob,
    Length,
    Node,
    Range,
    Regex,
    Script,
    Term,
    Wild,
    atoms,
)
from converter.tree.walk import expr_fields


def rule(detection: Mapping[str, Any] | str, **head: Any) -> str:
    """A whole rule of a detection section; a string is indented below `detection:` as it stands."""
    top = {"title": "Case", "logsource": {"product": "test"}, **head}
    text = yaml.safe_dump(top, sort_keys=False, allow_unicode=True)
    if isinstance(detection, str):
        return text + "detection:\n" + "".join(f"    {line}\n" for line in detection.strip("\n").split("\n"))
    return text + yaml.safe_dump({"detection": dict(detection)}, sort_keys=False, allow_unicode=True)


def tree(selection: Any, condition: str = "sel", fields: Any = None) -> Node:
    query = converter.parse("sigma", rule({"sel": selection, "condition": condition}), fields)
    assert isinstance(query.tree, Node)
    return query.tree


def holds(selection: Any, event: Mapping[str, Any], condition: str = "sel", fields: Any = None) -> bool:
    text = rule({"sel": selection, "condition": condition})
    return converter.matches(converter.parse("sigma", text, fields), event)


class Events:
    """Random events about the fields and values of trees: hits, near misses, other case, arrays, nothing."""

    def __init__(self, trees: list[Node], seed: int = 7) -> None:
        self.random = random.Random(seed)
        self.values: dict[str, list[Any]] = {}
        for item in (atom for node in trees for atom in atoms(node)):
            self._learn(item)

    def _learn(self, item: Node) -> None:
        match item:
            case Glob(field=field, tokens=tokens):
                for _ in range(2):
                    text = "".join(t if isinstance(t, str) else self._filling(t) for t in tokens)
                    self._add(field, text, text.swapcase(), text + "x", "x" + text, text[:-1])
            case Regex(field=field, pattern=pattern):
                self._add(field, pattern, *re.findall(r"[A-Za-z0-9 ]+", pattern)[:3])
            case Term(field=field, value=value) if field.sort == "ip":
                self._add(field, str(ipaddress.ip_address(int(value) & 0xFFFFFFFF)), "1.2.3.4")
            case Term(field=field, value=value):
                self._add(field, value, not value if isinstance(value, bool) else value + 1)
            case Range(field=field, low=low, high=high):
                self._add(field, *(n + d for n in (low, high) if isinstance(n, int | float) for d in (-1, 0, 1)))
            case Cidr(field=field, network=network):
                self._add(field, network.partition("/")[0], "8.8.8.8", "fe80::9", "10.1.2.3")
            case Length(field=field, low=low, high=high):
                self._add(field, *("a" * n for n in (low, high, (high or 0) + 1) if n is not None))
            case Category(value=value):
                self.values.setdefault("event.category", []).extend((value, value.upper()))
            case Script(expr=expr):
                for field in expr_fields(expr):
                    self._add(field, "abc", "ABC", "ab", "abcd")
            case Exists(field=field):
                self._add(field, "present", 1)

    def _filling(self, wild: Wild) -> str:
        count = 1 if wild is ONE else self.random.randrange(3)
        return "".join(self.random.choice("ab\\. \n\u212a") for _ in range(count))

    def _add(self, field: Field, *values: Any) -> None:
        self.values.setdefault("anywhere" if field == ANY_FIELD else field.path, []).extend(values)

    def one(self) -> dict[str, Any]:
        event: dict[str, Any] = {}
        for name, values in self.values.items():
            chance = self.random.random()
            if chance < 0.8:
                event[name] = self.random.choice(values)
            elif chance < 0.9:
                event[name] = [self.random.choice(values), self.random.choice(values)]
        return event

    def truths(self, node: Node, events: list[dict[str, Any]]) -> list[bool]:
        test = compile_node(node)
        return [test(EventValues(event)) for event in events]


def differing(a: Node, b: Node, count: int, seed: int = 7) -> dict[str, Any] | None:
    """An event among `count` random ones on which the trees differ."""
    source = Events([a, b], seed)
    events = [source.one() for _ in range(count)]
    pairs = zip(events, source.truths(a, events), source.truths(b, events), strict=True)
    return next((event for event, x, y in pairs if x != y), None)
