"""Text to tree to text to tree is the identity, for the public rules and for made trees full of special characters."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from converter.diagnostics import UnsupportedError
from converter.fields import Fields
from converter.languages import get, parse, render
from converter.matching.text import analyse
from converter.matching.values import lowercase
from converter.tree import (
    ANY,
    Cidr,
    Exists,
    Glob,
    Node,
    Phrase,
    Range,
    Term,
    Token,
    conj,
    disj,
    literal,
    merge_tokens,
    negate,
    text_of,
    transform,
)

FIELDS = Fields.of(
    {"k": "keyword", "l": "keyword_lowercase", "w": "wildcard", "x": "text", "n": "long", "d": "double", "b": "boolean"}
    | {"ip": "ip", "t": "date", "v": "version", "fl": "flattened"}
)
PIECES = [*"ab\\\"*?(){}:<> \t\n\r/.-+&|!~^[]=#@,'", "  ", "and", "or", "not", "NOT", "null", "true", " and ", " or "]
PIECES += ["not ", "\u3000", "\u00a0", "é", "😀", "\x07", "u0041", "\\u", "n", "r", "t", "AND"]


def queries(shared: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every KQL query of the public rules, indicator queries too."""
    for path in sorted((shared / "corpora" / "elastic").rglob("*.toml")):
        rule = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
        if rule.get("language") == "kuery":
            yield path.name, rule["query"]
        if rule.get("threat_language", rule.get("language")) == "kuery" and "threat_query" in rule:
            yield f"{path.name} (indicators)", rule["threat_query"]


def test_every_public_rule_is_read_and_comes_back_the_same(shared: Path) -> None:
    texts = list(queries(shared))
    assert len(texts) > 500
    started = time.process_time()
    read = [(name, parse("kuery", text)) for name, text in texts]
    assert time.process_time() - started < 10
    bad = [name for name, query in read if parse("kuery", render(query, "kuery")).tree != query.tree]
    assert not bad, "\n".join(bad)


def test_what_is_written_for_elasticsearchs_dialect_comes_back_the_same(shared: Path) -> None:
    bad, refused = [], 0
    for name, text in queries(shared):
        query = parse("kuery", text)
        try:
            written = render(query, "kuery", dialect="elasticsearch")
        except UnsupportedError as error:
            refused += 1
            assert all("behind a backslash" in item.message for item in error.diagnostics)
            continue
        if parse("kuery", written, dialect="elasticsearch").tree != query.tree:
            bad.append(name)
    assert not bad, "\n".join(bad)
    assert refused < 60


class Maker:
    """Random trees of what KQL can mostly say."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self, most: int = 6) -> str:
        return "".join(self.random.choice(PIECES) for _ in range(self.random.randint(0, most)))

    def tokens(self) -> tuple[Token, ...]:
        tokens: list[Token] = [ANY, ""]
        return merge_tokens(self.random.choice(tokens) or self.text(4) for _ in range(self.random.randint(2, 4)))

    def field(self, names: str) -> str:
        return self.random.choice(names.split())

    def atom(self) -> Node:
        f, pick = FIELDS.field, self.random.randrange(11)
        low = tuple(lowercase(t) if isinstance(t, str) else t for t in self.tokens())
        instant = self.random.choice([0, 1704153600000, 1704164645678, 1704239999999])
        makers: list[Callable[[], Node]] = [
            lambda: Glob(f(self.field("k w v")), literal(self.text())),
            lambda: Glob(f("k"), self.tokens()),
            lambda: Glob(f(self.field("w v fl fl.q")), self.tokens()),
            lambda: Glob(f("l"), low),
            lambda: Glob(f("x"), low, "lower"),
            lambda: Phrase(f("x"), tuple(analyse(self.text(8)))),
            lambda: Term(f("n"), self.random.randint(-10, 10**17)),
            lambda: Range(f("k"), low=self.text(), low_open=self.random.random() < 0.5),
            lambda: Range(f("t"), high=instant, high_open=self.random.random() < 0.5),
            lambda: Cidr(f("ip"), self.field("10.0.0.0/8 ::/0 fe80::/10")),
            lambda: Term(f("b"), self.random.random() < 0.5),
        ]
        return makers[pick]()

    def tree(self, depth: int) -> Node:
        pick = self.random.random()
        if depth == 0 or pick < 0.4:
            return self.atom()
        if pick < 0.5:
            return negate(self.tree(depth - 1))
        return (conj if pick < 0.75 else disj)(self.tree(depth - 1) for _ in range(self.random.randint(2, 4)))


def canonical(node: Node) -> Node:
    """As the parser writes what may be written in two ways."""
    if isinstance(node, Glob) and node.field.sort == "text" and text_of(node.tokens):
        return Phrase(node.field, (text_of(node.tokens) or "",))
    if isinstance(node, Glob) and node.tokens == (ANY,) and node.field.sort != "text":
        return Exists(node.field)
    return node


@pytest.mark.parametrize("dialect", ["kibana", "elasticsearch"])
def test_made_trees_come_back_from_their_text(dialect: str) -> None:
    maker, said = Maker(20261124), 0
    for i in range(3000):
        tree = maker.tree(i % 4)
        try:
            text = get("kuery").render(tree, FIELDS, {"dialect": dialect})
        except UnsupportedError:
            continue
        said += 1
        assert parse("kuery", text, FIELDS, dialect).tree == transform(tree, canonical), text
    assert said > 1500
