"""Every public rule loads, validates, keeps its place in the file, and comes back from every format as it was."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.diagnostics import Diagnostic
from converter.documents import Document, dump, load, loads, validate


@pytest.fixture(scope="module")
def rules(shared: Path) -> list[Document]:
    return load(shared / "corpora" / "elastic")


def leaves(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*at, index))
    else:
        yield at, value


def test_all_toml_rules_load_and_validate_without_a_finding(rules: list[Document]) -> None:
    assert len(rules) == 1549
    assert [(d.path, f.message) for d in rules for f in validate(d)] == []
    assert {d.type for d in rules} == {
        "query", "eql", "esql", "threshold", "new_terms", "threat_match", "machine_learning",
    }  # fmt: skip


def test_every_query_has_its_exact_place_in_the_file(rules: list[Document]) -> None:
    for document in rules:
        source = document.query_source()
        if document.type == "machine_learning":
            assert source is None
            continue
        assert source is not None and source.outer is not None, document.path
        assert source.outer[source.offset :].startswith(document.data["query"]), document.path


def test_the_place_of_every_value_holds_that_value(rules: list[Document]) -> None:
    for document in rules[::3]:
        for pointer, value in leaves(document.data):
            found = document.spot(pointer)
            assert found is not None and found[0], (document.path, pointer)
            text = document.source.text[found[1].value.start : found[1].value.end]
            assert tomllib.loads(f"x = {text}")["x"] == value, (document.path, pointer)


def test_toml_is_written_as_it_was_read(rules: list[Document]) -> None:
    for document in rules:
        assert tomllib.loads(dump(document, "toml")) == tomllib.loads(document.source.text), document.path


@pytest.mark.parametrize("format", ["ndjson", "json"])
def test_toml_comes_back_whole_from_kibanas_formats(rules: list[Document], format: str) -> None:
    for document in rules:
        [again] = loads(dump(document, format), format)
        assert again.data == document.data, document.path
        assert again.metadata == document.metadata, document.path
        assert not [f for f in validate(again) if f.severity == "error"], document.path
        if hash(document.id) % 5 == 0:
            assert tomllib.loads(dump(again, "toml")) == tomllib.loads(document.source.text), document.path


def test_a_page_keeps_what_its_layout_has_a_place_for(rules: list[Document]) -> None:
    kept = (
        "name", "type", "index", "severity", "risk_score", "references", "tags", "author", "license",
        "from", "interval", "max_signals", "threat",
    )  # fmt: skip
    taken = {"from": "now-6m", "interval": "5m", "max_signals": 100}  # by Kibana, where the rule says nothing
    for document in rules:
        [page] = loads(dump(document, "docs"), "docs", language=document.language)
        for key in kept:
            assert page.data.get(key) == document.data.get(key, taken.get(key)), (document.path, key)
        for key in ("query", "description", "setup"):
            assert page.data.get(key, "").strip() == document.data.get(key, "").strip(), (document.path, key)


def test_the_export_example_loads_unchanged_and_is_written_unchanged(shared: Path) -> None:
    path = shared / "reference" / "kibana_export_example.ndjson"
    documents = load(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [d.data for d in documents] == lines[:9]
    assert documents[0].attachments == lines[9:]
    assert [f for d in documents for f in validate(d)] == []
    assert [json.loads(line) for line in dump(documents, "ndjson").splitlines()] == lines


def test_one_rule_of_an_export_goes_through_toml_with_what_it_uses(shared: Path) -> None:
    for document in load(shared / "reference" / "kibana_export_example.ndjson"):
        [again] = loads(dump(document, "toml"), "toml")
        assert again.data == document.data
        first, second = (
            [line for line in map(json.loads, dump(d, "ndjson").splitlines()) if "exported_count" not in line]
            for d in (document, again)
        )
        assert first == second


def test_the_documentation_pages_load(shared: Path) -> None:
    pages = {d.name: d for d in load(shared / "reference" / "docs_pages")}
    assert len(pages) == 3
    seed = pages["Unusual Child Process from a System Virtual Process"]
    assert (seed.type, seed.language, seed.data["risk_score"], seed.missing) == ("eql", "eql", 73, ())
    assert seed.data["threat"][0]["technique"][0]["id"] == "T1055"
    assert "references" not in seed.data
    others = [d for d in pages.values() if d is not seed]
    assert [[m.code for m in d.missing] for d in others] == [["missing-threshold"]] * 2


def test_all_sigma_rules_load_and_keep_their_places(shared: Path) -> None:
    problems: list[Diagnostic] = []
    documents = load(shared / "corpora" / "sigma", problems=problems)
    assert (len(documents), [p.render() for p in problems]) == (2810, [])
    for document in documents[::40]:
        assert isinstance(document.data.get("date", ""), str)
        for pointer, value in leaves(document.data):
            found = document.spot(pointer)
            assert found is not None and found[0], (document.path, pointer)
            text = document.source.text[found[1].value.start : found[1].value.end].rstrip()
            if "\n" not in text and pointer[-1] not in ("date", "modified"):
                assert yaml.safe_load(text) == value, (document.path, pointer)


def test_the_specifications_own_examples_are_valid(shared: Path) -> None:
    folder = shared / "conformance" / "sigma-specification" / "tests" / "schema"
    documents = load(folder)
    assert {d.type for d in documents} == {"rule", "correlation", "filter"}


def test_our_schemas_know_every_field_of_the_public_ones(shared: Path) -> None:
    from converter.documents.schema import known_fields

    for path in sorted((shared / "reference" / "kibana_rule_schemas").glob("*.json")):
        kind = path.name.split(".")[-2]
        public = json.loads(path.read_text())["properties"].keys() - {"new_terms"}
        if kind != "base":
            assert public - known_fields(f"elastic/{kind}.json").keys() == set(), path.name
