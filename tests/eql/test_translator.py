"""EQL against the recorded translations to Query DSL: the same events, on events around the constants of each case."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from converter import match, parse, render
from tests.eql.short_dsl import IPS, LONGS, read

TYPES = {
    "hostname": "text",
    "hostname.keyword": "keyword",
    "file_name": "text",
    "file_name.keyword": "keyword",
    "bool": "boolean",
    **dict.fromkeys(IPS, "ip"),
    **dict.fromkeys(LONGS, "long"),
}
WORDS = ("x", "yx", "c", "foo", "a", "A b", "root", "abC")


def mapping(text: str) -> dict[str, str]:
    names = re.findall(r"\b[a-z_]{3,}\b", re.sub(r'"[^"]*"', "", text))
    return {**dict.fromkeys(["event.category", *names], "keyword"), **TYPES}


def variants(text: str, rng: random.Random) -> list[Any]:
    """Strings that fit, nearly fit, and fit in another case."""
    fitting = [text, text.replace("*", "").replace("?", "x"), text.replace("*", "Zz").replace("?", "e")]
    out = [*fitting, *(word + fit + word[:1] for fit in fitting for word in WORDS[:4]), *(f[:-1] for f in fitting if f)]
    return [
        *out,
        *(one.upper() for one in out),
        *(one.swapcase() for one in out),
        "net.exe",
        "net.e\nxe",
        "12345net.exe",
    ]


def stream(query: str, rng: random.Random, count: int = 400) -> list[dict[str, Any]]:
    strings = [s.replace("\\\\", "\\") for s in re.findall(r'"([^"]*)"', query)]
    numbers = [int(n) for n in re.findall(r"-?\b\d+\b", query)]
    pool: list[Any] = [value for s in strings for value in variants(s, rng)] + list(WORDS) + ["", "a\nb"]
    around = [n + d for n in (*numbers, 50, 82) for d in (-1, 0, 1)]
    by_type = {
        "keyword": pool, "text": pool, "long": [*around, 443.7, "7"], "boolean": [True, False],
        "ip": ["10.1.2.3", "11.0.0.1", "::ffff:10.0.0.1", "fe80::1"],
    }  # fmt: skip
    fields = {name: kind for name, kind in mapping(query).items() if "." not in name}
    out = []
    for _ in range(count):
        event: dict[str, Any] = {"event.category": "process"}
        for name, kind in fields.items():
            one, two = rng.choice(by_type[kind]), rng.choice(by_type[kind])
            event[name] = rng.choice((one, one, one, [one, two], None, []))
        out.append(event)
    return out


def plain(event: dict[str, Any]) -> dict[str, Any]:
    """As the index holds it: whole numbers, `::ffff:` addresses as IPv4."""

    def value(name: str, raw: Any) -> Any:
        if isinstance(raw, list):
            return [value(name, item) for item in raw]
        if raw is None:
            return None
        if name in LONGS:
            return int(float(raw))
        return raw.removeprefix("::ffff:") if name in IPS else raw

    return {name: value(name, raw) for name, raw in event.items()}


def cases() -> list[str]:
    path = Path(__file__).resolve().parents[2].parent / "shared/conformance/elasticsearch-eql/translator_tests.json"
    return [case["name"] for case in json.loads(path.read_text("utf-8"))] if path.is_file() else []


@pytest.mark.parametrize("name", cases())
def test_query_means_its_recorded_translation(shared: Path, name: str) -> None:
    path = shared / "conformance/elasticsearch-eql/translator_tests.json"
    case = next(c for c in json.loads(path.read_text("utf-8")) if c["name"] == name)
    wanted, fields, rng = read(case["dsl"]), mapping(case["query"]), random.Random(name)
    query = parse("eql", case["query"], fields)
    again = parse("eql", render(query, "eql"), fields)
    assert again.tree == query.tree
    events = stream(case["query"], rng)
    expected = [(i,) for i, event in enumerate(events) if wanted(plain(event))]
    assert match(query, events) == expected
