"""What we say a form matches, against what a real node finds: our own cases, random trees, real rules."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.diagnostics import ConverterError
from converter.documents import load
from converter.engines.elasticsearch import Cluster
from converter.fields import Fields
from converter.languages import parse, render
from converter.porting import rule_query
from converter.query import Query
from converter.replay.near import near
from converter.replay.on_engine import replay_on
from converter.tree import (
    ANY,
    ONE,
    And,
    Cidr,
    Exists,
    Glob,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Term,
    merge_tokens,
)

CONFORMANCE = Path(__file__).parents[1] / "conformance"
TARGETS: dict[str, tuple[str, dict[str, Any]]] = {
    "kuery": ("kuery", {}),
    "kql": ("kuery", {"dialect": "elasticsearch"}),
    "lucene": ("lucene", {}),
    "esql": ("esql", {}),
    "dsl": ("dsl", {}),
    "eql": ("eql", {}),
}


def renderings(name: str, query: Query) -> dict[str, Query]:
    """Each rendering that the query has, read again."""
    out = {}
    for target, (language, options) in TARGETS.items():
        if query.category_field:
            options = {**options, "category_field": query.category_field}
        try:
            text = render(query, language, **options)
        except ConverterError:
            continue
        out[f"{name} as {target}"] = parse(language, text, query.fields, options.get("dialect"), query.category_field)
    return out


def check(cluster: Cluster, forms: Mapping[str, Query], events: Sequence[Mapping[str, Any]]) -> int:
    """Every form runs and finds what the evaluator says; how many ran."""
    out = replay_on(cluster, forms, events, kql=False)
    wrong = [item for item in out.comparisons if item.outcome in ("different", "rejected")]
    shown = [
        f"{item.form} via {item.via}: {item.error or ''} {[events[at] for at in item.differing[:2]]}\n{item.text}"
        for item in wrong[:5]
    ]
    assert not wrong, f"{len(wrong)} of {len(out.comparisons)} differ:\n" + "\n".join(shown)
    return sum(item.outcome == "same" for item in out.comparisons)


@pytest.mark.parametrize("path", sorted(CONFORMANCE.glob("*.yaml")), ids=lambda path: path.stem)
def test_our_conformance_cases_hold_on_a_real_node(cluster: Cluster, path: Path) -> None:
    topic = yaml.safe_load(path.read_text("utf-8"))
    fields = Fields.of(topic["fields"])
    forms: dict[str, Query] = {}
    for case in topic["cases"]:
        for language in ("eql", "kuery", "lucene", "esql", "dsl"):
            if language in case:
                text = (
                    f"FROM events METADATA _id | WHERE {case[language]}" if language == "esql" else str(case[language])
                )
                forms[f"{case['name']} in {language}"] = parse(language, text, fields)
    assert check(cluster, forms, list(topic["events"].values())) >= len(topic["cases"])


FIELDS = Fields.of(
    {
        "k": "keyword",
        "k.caseless": "keyword_lowercase",
        "k.text": "text",
        "o.p": "keyword",
        "n": "long",
        "d": "double",
        "b": "boolean",
        "ip": "ip",
        "t": "date",
    }
)
PARTS = ("a", "B", "cmd", ".exe", "\\", "*", "?", '"', " ", "/", "(x)", "é", "K", "<", "-", ":", "\n", "#", "or", "AND")


def random_tree(rng: random.Random, depth: int) -> Node:
    if depth and rng.random() < 0.75:
        items = tuple(random_tree(rng, depth - 1) for _ in range(rng.choice((1, 2, 2, 3))))
        return rng.choice((And, Or))(items) if len(items) > 1 else Not(items[0])
    return random_atom(rng)


def random_atom(rng: random.Random) -> Node:
    number = rng.choice((-1, 0, 1, 7, 1000))
    match rng.choice(
        ("glob", "glob", "glob", "caseless", "regex", "long", "double", "bool", "ip", "date", "exists", "text")
    ):
        case "glob":
            return Glob(FIELDS.field(rng.choice(("k", "o.p"))), tokens(rng), rng.choice(("none", "ascii")))
        case "caseless":
            literal = rng.choice(("cmd", "a.exe", "é"))
            return Glob(
                FIELDS.field("k.caseless"), merge_tokens([rng.choice((ANY, "")), literal, rng.choice((ANY, ""))])
            )
        case "regex":
            return Regex(FIELDS.field("k"), rng.choice(("[a-c]md.*", "a|b+", "x{2,3}", "\\\\?.*")))
        case "long":
            low, high = sorted((number, rng.choice((0, 5, 9))))
            field = FIELDS.field("n")
            return rng.choice((Term(field, number), Range(field, low, high), Range(field, low=low, low_open=True)))
        case "double":
            return rng.choice((Term(FIELDS.field("d"), 1.5), Range(FIELDS.field("d"), high=float(number))))
        case "bool":
            return Term(FIELDS.field("b"), rng.random() < 0.5)
        case "ip":
            return Cidr(FIELDS.field("ip"), rng.choice(("10.0.0.0/8", "192.168.1.0/24", "2001:db8::/32")))
        case "date":
            return Range(FIELDS.field("t"), low=1_700_000_000_000 + number, high_open=True, high=1_700_000_100_000)
        case "text":
            return Phrase(FIELDS.field("k.text"), rng.choice((("cmd",), ("a", "b"))))
    return Exists(FIELDS.field(rng.choice(("k", "o.p", "n", "ip"))))


def tokens(rng: random.Random) -> tuple[Any, ...]:
    return merge_tokens(rng.choice((*PARTS, *PARTS, ANY, ANY, ANY, ANY, ONE)) for _ in range(rng.randint(0, 4)))


@pytest.mark.parametrize("seed", range(6))
def test_random_trees_find_the_same_on_a_real_node_in_every_language(cluster: Cluster, seed: int) -> None:
    rng = random.Random(seed)
    source = parse("lucene", "k:a", FIELDS)
    forms: dict[str, Query] = {}
    events: list[dict[str, Any]] = [{}]
    for number in range(25):
        tree = random_tree(rng, rng.choice((0, 1, 2)))
        query = Query("lucene", "", tree, FIELDS, source.source)
        forms |= renderings(f"tree {number}", query)
        events += near(tree, 8, seed=seed * 1000 + number)
    assert check(cluster, forms, events) > 60


@pytest.mark.parametrize("language", ["eql", "kuery", "esql"])
def test_a_sample_of_real_rules_finds_the_same_on_a_real_node(cluster: Cluster, shared: Path, language: str) -> None:
    paths = sorted((shared / "corpora/elastic").rglob("*.toml"))[:: 20 if language != "esql" else 1]
    forms: dict[str, Query] = {}
    events: list[dict[str, Any]] = []
    for path in paths:
        if f'language = "{language}"' not in path.read_text("utf-8"):
            continue
        try:
            query = rule_query(load(path)[0])
        except ConverterError:
            continue
        tree = query.tree if query.is_event else query.extra.get("predicate")
        if tree is None or query.extra.get("filters"):
            continue
        forms[path.stem] = query
        forms |= renderings(path.stem, query)
        events += near(tree, 12, category=FIELDS.field(query.category_field or "event.category"))
    assert check(cluster, forms, events) >= 20
