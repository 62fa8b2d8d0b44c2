"""All public Sigma rules, and all public Elastic rules as Sigma: proven, loaded, and asked on recorded events."""

from __future__ import annotations

import json
import lzma
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import converter
from converter.matching import Context, EventValues, compile_node
from converter.tree import Node, walk

#: What pySigma's validators may say of a rule because its values demand it.
DEMANDED = {"EscapedWildcardIssue", "NumberAsStringIssue", "ControlCharacterIssue"}


def sigma_rules(shared: Path) -> Iterator[Path]:
    for path in sorted((shared / "corpora" / "sigma").rglob("*.yml")):
        if "regression_data" not in path.parts:
            yield path


def elastic_queries(shared: Path, language: str) -> Iterator[tuple[str, str, converter.Query]]:
    """Name, rule id and query of each rule on single events."""
    for path in sorted((shared / "corpora" / "elastic").rglob("*.toml")):
        rule = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
        if rule.get("language") == language:
            query = converter.parse(language, rule["query"])
            if isinstance(query.tree, Node):
                yield path.stem, rule["rule_id"], query


def test_every_public_rule_is_read_and_means_the_same_when_written_again(shared: Path) -> None:
    refused, misses, count = [], [], 0
    for path in sigma_rules(shared):
        text = path.read_text(encoding="utf-8")
        try:
            query = converter.parse("sigma", text)
        except converter.UnsupportedError as error:
            refused.append(str(error))
            continue
        count += 1
        again = converter.parse("sigma", converter.render(query, "sigma"))
        if query.tree != again.tree and converter.compare(query, again).relation != "equivalent":
            misses.append(path.name)
    assert misses == []
    assert count > 2_000
    assert Counter(refused) == Counter({"the placeholder `%known_cdcs%` has no value": 2})


def test_every_position_stands_in_the_text(shared: Path) -> None:
    for path in list(sigma_rules(shared))[::10]:
        text = path.read_text(encoding="utf-8")
        query = converter.parse("sigma", text)
        spans = [node.span for node in walk(query.tree) if node.span is not None]
        assert spans and all(0 <= span.start < span.end <= len(text) for span in spans), path.name


@pytest.mark.parametrize("language", ["eql", "kuery"])
def test_every_elastic_event_rule_that_sigma_can_say_is_said_and_proven(shared: Path, language: str) -> None:
    reference = json.loads((shared / "reference" / "elastic_expressibility.json").read_text(encoding="utf-8"))
    known = {entry["rule_id"]: entry["cls"] for entry in reference}
    misses, count = [], 0
    for name, rule_id, query in elastic_queries(shared, language):
        try:
            text = converter.render(query, "sigma")
        except converter.UnsupportedError as error:
            if known.get(rule_id) == "EXACT":
                misses.append((name, str(error)))
            continue
        count += 1
        verdict = converter.compare(query, converter.parse("sigma", text))
        if verdict.relation != "equivalent":
            misses.append((name, verdict.relation))
    assert misses == []
    assert count > 400


def test_the_sigma_form_finds_the_events_that_elasticsearch_found(shared: Path) -> None:
    path = shared / "conformance" / "elasticsearch-rules" / "eql.jsonl.xz"
    misses, asked = [], 0
    for line in lzma.decompress(path.read_bytes()).decode().splitlines():
        record = json.loads(line)
        category = record.get("event_category_field") or "event.category"
        query = converter.parse("eql", record["query"], record["mapping"], category_field=category)
        text = converter.render(query, "sigma", category_field=category)
        form = converter.parse("sigma", text, record["mapping"])
        test = compile_node(form.tree, Context(None, form.fields.field(category)))
        found = [i for i, event in enumerate(record["events"]) if test(EventValues(event))]
        asked += len(record["events"])
        if found != record["matched"]:
            misses.append((record["rule_id"], sorted(set(found) ^ set(record["matched"]))))
    assert misses == []
    assert asked > 20_000


def test_pysigma_loads_what_is_written_and_finds_no_fault(shared: Path) -> None:
    pytest.importorskip("sigma.validators.core")
    from sigma.collection import SigmaCollection
    from sigma.plugins import InstalledSigmaPlugins
    from sigma.validation import SigmaValidator

    texts = []
    for language in ("eql", "kuery"):
        for name, _, query in elastic_queries(shared, language):
            try:
                texts.append(converter.render(query, "sigma", metadata={"title": f"{name} {language}"}))
            except converter.UnsupportedError:
                continue
    documents: list[Any] = [yaml.load(text, yaml.CSafeLoader) for text in texts]
    rules = SigmaCollection.from_dicts(documents)
    known = InstalledSigmaPlugins.autodiscover().validators
    core = {name: cls for name, cls in known.items() if cls.__module__.startswith("sigma.validators.core")}
    chosen = {cls for name, cls in core.items() if name not in ("attacktag", "d3_fendtag")}
    assert len(rules.rules) > 900 and len(chosen) > 20
    found = SigmaValidator(chosen).validate_rules(iter(rules.rules))
    assert [
        (issue.rules[0].title, type(issue).__name__) for issue in found if type(issue).__name__ not in DEMANDED
    ] == []
