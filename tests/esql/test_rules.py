"""Every public ES|QL rule: read, written, read again."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from converter import parse, render
from converter.languages.esql import parse_pipeline, pipeline_text


def queries(shared: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((shared / "corpora/elastic").rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        if 'language = "esql"' in text:
            rule = tomllib.loads(text)["rule"]
            if rule.get("language") == "esql":
                yield path.stem, rule["query"]


def test_text_to_tree_to_text_is_the_identity(shared: Path) -> None:
    count = 0
    for name, text in queries(shared):
        count += 1
        tree = parse_pipeline(text)
        written = pipeline_text(tree)
        assert parse_pipeline(written) == tree, name
        assert pipeline_text(parse_pipeline(written)) == written, name
    assert count > 150


def test_every_rule_is_read_over_the_built_in_schemas(shared: Path) -> None:
    filters = 0
    for name, text in queries(shared):
        query = parse("esql", text)
        assert query.kind == "pipeline", name
        assert ("predicate" in query.extra) != ("why_not" in query.extra), name
        filters += "predicate" in query.extra
        assert render(query, "esql"), name
    assert filters > 10
