"""All public EQL rules: they parse with the built-in fields, and what is written of them reads back the same."""

from __future__ import annotations

import tomllib
from pathlib import Path

from converter import ConverterError, parse, render


def rules(shared: Path) -> list[tuple[str, str]]:
    found = []
    for path in sorted((shared / "corpora/elastic").rglob("*.toml")):
        rule = tomllib.loads(path.read_text("utf-8")).get("rule", {})
        if rule.get("language") == "eql":
            found.append((path.name, rule["query"]))
    return found


def test_every_rule_parses_and_its_rendering_reads_back_as_the_same_tree(shared: Path) -> None:
    wrong, kinds = [], {"event": 0, "sequence": 0, "sample": 0}
    for name, text in rules(shared):
        try:
            query = parse("eql", text)
            again = render(query, "eql")
            same = parse("eql", again).tree == query.tree
        except ConverterError as error:
            wrong.append((name, error.render()))
            continue
        kinds[query.kind] += 1
        if not same:
            wrong.append((name, again))
    assert not wrong
    assert kinds["event"] > 600 and kinds["sequence"] > 150
