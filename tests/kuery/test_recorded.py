"""What a real Elasticsearch 8.19 answered: every visible case of KQL, both dialects. A miss is reported by name."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.api import match
from converter.diagnostics import ConverterError
from converter.languages import names, parse

# Value lists, an error in 8.19, have the meaning of later releases: the only probes that may differ.
VALUE_LIST_ERRORS = ("missing ')' at 'or'", "missing ')' at 'and'", "missing ')' at 'OR'")


def _answer(text: str, fields: Any, docs: list[Any], dialect: str | None, now: str | None = None) -> list[int] | None:
    """Positions of the hits; None where the query is refused."""
    try:
        return [hit[0] for hit in match(parse("kuery", text, fields, dialect), docs, now=now) if hit[0] is not None]
    except ConverterError:
        return None


def _probes(folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for path in sorted(folder.glob("*.yaml")):
        topic = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in topic["groups"]:
            for probe in group["probes"]:
                if probe["language"] == "kql":
                    yield topic["sets"][group["set"]], probe


def test_every_probe_of_the_kql_query_is_answered_alike(shared: Path) -> None:
    misses: list[str] = []
    explained: list[str] = []
    count = 0
    for held, probe in _probes(shared / "conformance" / "elasticsearch-probes"):
        count += 1
        fields = {"properties": held["mapping"], **({"settings": held["settings"]} if "settings" in held else {})}
        ids = list(held["docs"])
        found = _answer(probe["query"], fields, list(held["docs"].values()), "elasticsearch")
        hits = None if found is None else {ids[i] for i in found}
        if "error" in probe:
            expected: set[str] | None = None
        else:
            expected = set(probe["hits"]) if "hits" in probe else set(ids) - set(probe["misses"])
        if hits == expected:
            continue
        newer = "error" in probe and probe["error"].endswith(VALUE_LIST_ERRORS)
        (explained if newer else misses).append(f"{probe['name']}: {probe['query']}")
    assert count > 400
    assert not misses, "\n".join(misses)
    assert len(explained) < 30


def test_every_case_of_elasticsearchs_own_suite_is_answered_alike(shared: Path) -> None:
    suite = json.loads((shared / "conformance" / "elasticsearch-kql" / "kql_rest_tests.json").read_text("utf-8"))
    misses = []
    for case in suite["tests"]:
        docs = suite["docs"][case["docs"]]
        found = _answer(case["query"], suite["mapping"], docs, "elasticsearch")
        hits = None if found is None else [docs[i]["_id"] for i in found]
        if hits != case.get("hits"):
            misses.append(f"{case['source']}: {case['query']}: {hits}")
    assert not misses, "\n".join(misses)


def _rules(shared: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(shared / "conformance" / "elasticsearch-rules" / "kuery.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _filtered(rule: dict[str, Any], hits: list[int]) -> list[int] | None:
    """The hits that pass the rule's DSL filters; None where no language reads them yet."""
    if not rule.get("filters"):
        return hits
    if "dsl" not in names():
        return None
    for held in rule["filters"]:
        query = parse("dsl", json.dumps(held["query"]), rule["mapping"])
        passed = {hit[0] for hit in match(query, rule["events"], now=rule.get("now"))}
        hits = [i for i in hits if (i in passed) != held["negate"]]
    return hits


@pytest.mark.parametrize("dialect", ["kibana", "elasticsearch"])
def test_every_real_rule_picks_the_events_that_the_node_picked(shared: Path, dialect: str) -> None:
    misses, count = [], 0
    for rule in _rules(shared):
        kibana = dialect == "kibana"
        expected = rule.get("matched_kibana", rule["matched"]) if kibana else rule["matched"]
        found = _answer(
            rule["query"] if kibana else rule["explicit"], rule["mapping"], rule["events"], dialect, rule.get("now")
        )
        hits = None if found is None else _filtered(rule, found)
        if hits is None and found is not None:
            hits = expected if set(found) >= set(expected) else found
        count += 1
        if hits != expected:
            misses.append(f"{rule['rule_id']}: {sorted(set(hits or []) ^ set(expected))}")
    assert count > 500
    assert not misses, "\n".join(misses)
