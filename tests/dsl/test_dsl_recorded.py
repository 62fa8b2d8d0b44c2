"""Query DSL against what a real Elasticsearch answered: probes, the translations of EQL rules, filters of rules."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest
import yaml

import converter
from converter.diagnostics import ConverterError, UnsupportedError
from converter.fields import Fields
from converter.matching import EventValues, compile_node

#: Queries whose answer does not follow from one event alone: refused by name.
REFUSED = {"match_phrase_prefix", "simple_query_string", "script", "fuzzy", "_ignored"}


def probes(shared: Path, language: str) -> list[tuple[dict[str, Any], dict[str, Any], Fields]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    out = []
    for path in sorted((shared / "conformance" / "elasticsearch-probes").glob("*.yaml")):
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        fields = {
            name: Fields.of({"properties": spec["mapping"], "settings": spec.get("settings", {})})
            for name, spec in data["sets"].items()
        }
        for group in data["groups"]:
            docs = data["sets"][group["set"]]["docs"]
            out += [(p, docs, fields[group["set"]]) for p in group["probes"] if p["language"] == language]
    return out


def answer(language: str, text: str, docs: dict[str, Any], fields: Fields) -> list[str] | str:
    try:
        test = compile_node(converter.parse(language, text, fields).tree)
    except UnsupportedError:
        return "refused"
    except ConverterError:
        return "error"
    return sorted(id_ for id_, doc in docs.items() if test(EventValues({**doc, "_id": id_})))


def expected(probe: dict[str, Any], docs: dict[str, Any]) -> list[str] | str:
    if "error" in probe:
        return "error"
    return sorted(probe["hits"]) if "hits" in probe else sorted(docs.keys() - set(probe["misses"]))


def test_every_probe_has_the_answer_of_the_node_or_is_refused_by_name(shared: Path) -> None:
    wrong, seen = [], 0
    for probe, docs, fields in probes(shared, "dsl"):
        seen += 1
        text = json.dumps(probe["query"])
        got = answer("dsl", text, docs, fields)
        known = got == "refused" and any(name in text for name in REFUSED)
        if got != expected(probe, docs) and not known:
            wrong.append((probe["name"], text, got))
    assert not wrong, wrong[:10]
    assert seen > 500


def records(shared: Path, name: str) -> list[dict[str, Any]]:
    with lzma.open(shared / "conformance" / "elasticsearch-rules" / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_the_queries_of_eql_rules_find_the_events_that_the_node_found(shared: Path) -> None:
    wrong, events = [], 0
    for record in records(shared, "eql.jsonl.xz"):
        test = compile_node(converter.parse("dsl", json.dumps(record["dsl"]), record["mapping"]).tree)
        found = [i for i, event in enumerate(record["events"]) if test(EventValues(event))]
        events += len(record["events"])
        if found != record["matched"]:
            wrong.append((record["rule_id"], sorted(set(found) ^ set(record["matched"]))[:5]))
    assert not wrong, wrong
    assert events > 40_000


def test_every_filter_of_a_rule_is_read(shared: Path) -> None:
    filters = [(f["query"], r["mapping"]) for r in records(shared, "kuery.jsonl.xz") for f in r.get("filters") or ()]
    for query, mapping in filters:
        converter.parse("dsl", json.dumps(query), mapping)
    assert filters


@pytest.mark.parametrize("language", ["dsl", "lucene"])
def test_what_eql_rules_become_is_written_so_that_it_finds_the_same_events(shared: Path, language: str) -> None:
    wrong, refused, written = [], 0, 0
    for record in records(shared, "eql.jsonl.xz")[::4]:
        query = converter.parse("dsl", json.dumps(record["dsl"]), record["mapping"])
        try:
            text = converter.render(query, language)
        except UnsupportedError:
            refused += 1
            continue
        test = compile_node(converter.parse(language, text, record["mapping"]).tree)
        found = [i for i, event in enumerate(record["events"]) if test(EventValues(event))]
        written += 1
        if found != record["matched"]:
            wrong.append((record["rule_id"], text[:200]))
    assert not wrong, wrong
    assert refused <= written // 20
