"""All public Sigma rules, and all public Elastic rules as Sigma."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import converter
from converter.tree import Node
from tests.sigma.sigma_helpers import differing


def sigma_rules(shared: Path) -> Iterator[Path]:
    for path in sorted((shared / "corpora" / "sigma").rglob("*.yml")):
        if "regression_data" not in path.parts:
            yield path


def elastic_rules(shared: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((shared / "corpora" / "elastic").rglob("*.toml")):
        yield path.name, tomllib.loads(path.read_text(encoding="utf-8"))["rule"]


def test_every_public_rule_is_read_and_means_the_same_when_written_again(shared: Path) -> None:
    refused, misses, count = [], [], 0
    for path in sigma_rules(shared):
        text = path.read_text(encoding="utf-8")
        try:
            query = converter.parse("sigma", text)
        except converter.UnsupportedError as error:
            refused.append((path.name, str(error)))
            continue
        count += 1
        again = converter.parse("sigma", converter.render(query, "sigma"))
        if query.tree != again.tree and (event := differing(query.tree, again.tree, 12)) is not None:
            misses.append((path.name, event))
    assert misses == []
    assert count > 2_000
    assert Counter(message for _, message in refused) == Counter({"the placeholder `%known_cdcs%` has no value": 2})


def test_every_position_stands_in_the_text(shared: Path) -> None:
    for path in list(sigma_rules(shared))[::10]:
        text = path.read_text(encoding="utf-8")
        query = converter.parse("sigma", text)
        spans = [node.span for node in converter.tree.walk(query.tree) if node.span is not None]
        assert spans and all(0 <= span.start < span.end <= len(text) for span in spans), path.name


def test_every_elastic_event_rule_that_sigma_can_say_is_said(shared: Path) -> None:
    known = {entry["rule_id"]: entry["cls"] for entry in _expressibility(shared)}
    misses, count = [], 0
    for name, rule in elastic_rules(shared):
        if rule.get("language") != "eql":
            continue
        query = converter.parse("eql", rule["query"])
        if not isinstance(query.tree, Node):
            continue
        try:
            text = converter.render(query, "sigma")
        except converter.UnsupportedError as error:
            if known.get(rule["rule_id"]) == "EXACT":
                misses.append((name, str(error)))
            continue
        again = converter.parse("sigma", text)
        count += 1
        if (event := differing(query.tree, again.tree, 30)) is not None:
            misses.append((name, str(event)))
    assert misses == []
    assert count > 500


def _expressibility(shared: Path) -> list[dict[str, Any]]:
    found = json.loads((shared / "reference" / "elastic_expressibility.json").read_text(encoding="utf-8"))
    return list(found)


#: What pySigma's validators may say of a rule because its values demand it.
DEMANDED = {"EscapedWildcardIssue", "NumberAsStringIssue", "ControlCharacterIssue"}


def issues(texts: list[str]) -> list[tuple[str, str]]:
    from sigma.collection import SigmaCollection
    from sigma.plugins import InstalledSigmaPlugins
    from sigma.validation import SigmaValidator

    validators = InstalledSigmaPlugins.autodiscover().validators
    chosen = {cls for name, cls in validators.items() if name not in ("attacktag", "d3fendtag")}
    out = []
    for text in texts:
        rules = SigmaCollection.from_dicts([yaml.load(text, yaml.CSafeLoader)])
        for issue in SigmaValidator(chosen).validate_rules(iter(rules.rules)):
            if type(issue).__name__ not in DEMANDED:
                out.append((rules.rules[0].title, repr(issue)))
    return out


def test_pysigma_loads_and_passes_what_is_written(shared: Path) -> None:
    pytest.importorskip("sigma.validators.core")
    texts = []
    for name, rule in elastic_rules(shared):
        if rule.get("language") != "eql":
            continue
        query = converter.parse("eql", rule["query"])
        if isinstance(query.tree, Node):
            try:
                texts.append(converter.render(query, "sigma", metadata={"title": name.removesuffix(".toml")}))
            except converter.UnsupportedError:
                continue
    assert len(texts) > 500
    assert issues(texts) == []
