"""TOML, NDJSON and JSON hold the same document; nothing is lost on any way round."""

# ruff: noqa: E501 - a table is read more easily with one case a line

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.diagnostics import DocumentError, UsageError
from converter.documents import Document, dump, load, loads, validate
from tests.documents.samples import API, TOML, api

WAYS = list(itertools.permutations(["toml", "ndjson", "json"], 2))


@pytest.mark.parametrize("kind", API)
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_every_type_survives_every_way(kind: str, way: tuple[str, str]) -> None:
    [first] = loads(api(kind), "json")
    document = first
    for format in (*way, "json"):
        [document] = loads(dump(document, format), format)
        assert document.data == first.data
        assert not validate(document)


def test_toml_is_laid_out_as_in_elastics_repository() -> None:
    [document] = loads(TOML, "toml")
    text = TOML.replace("# reviewed by hand\n", "").replace("  # the only one that has sequences", "")
    assert [line for line in dump(document, "toml").splitlines() if line] == [
        line for line in text.splitlines() if line
    ]


def test_new_terms_stand_in_a_table_of_their_own_in_toml() -> None:
    [document] = loads(api("new_terms"), "json")
    text = dump(document, "toml")
    assert '[rule.new_terms]\nfield = "new_terms_fields"\nvalue = ["host.id", "user.id"]' in text
    assert '[[rule.new_terms.history_window_start]]\nfield = "history_window_start"\nvalue = "now-14d"' in text
    assert "new_terms_fields =" not in text


def test_new_terms_of_another_shape_are_left_alone_and_found_invalid() -> None:
    text = dump(loads(api("new_terms"), "json")[0], "toml").replace("value = [", "values = [")
    [document] = loads(text, "toml")
    assert "new_terms" in document.data
    assert {f.message.split(":")[0] for f in validate(document) if f.severity == "error"} == {
        "`new_terms_fields` is missing", "`history_window_start` is missing",
    }  # fmt: skip


def test_the_rest_of_a_toml_file_travels_in_kibanas_meta() -> None:
    [document] = loads(TOML, "toml")
    sent = json.loads(dump(document, "json"))
    assert sent["meta"]["ruleproof"]["tables"]["metadata"]["creation_date"] == "2024/05/31"
    [again] = loads(dump(document, "json"), "json")
    assert "meta" not in again.data and again.metadata == document.metadata


@pytest.mark.parametrize("meta", [{}, {"a": {"b": 1}}])
def test_a_meta_of_the_rules_own_stays_as_it_was(meta: dict[str, Any]) -> None:
    [document] = loads(TOML, "toml")
    document.data["meta"] = meta
    [again] = loads(dump(document, "ndjson"), "ndjson")
    assert again.data["meta"] == meta


TRANSFORM = """
[[transform.osquery]]
label = "Services"
query = "SELECT * FROM services WHERE name = 'x'"

[[transform.investigate]]
label = "Same host"
providers = [[{ excluded = false, field = "host.id", queryType = "phrase", value = "{{host.id}}", valueType = "string" }]]
"""


def test_plugins_of_a_guide_are_written_out_for_kibana_and_named_again() -> None:
    [document] = loads(TOML.replace("Look at", "$osquery_0 $investigate_0 $osquery_7 Look at") + TRANSFORM, "toml")
    sent = json.loads(dump(document, "ndjson").splitlines()[0])
    assert '!{osquery{"label":"Services","query":"SELECT * FROM services WHERE name = \'x\'"}}' in sent["note"]
    assert '!{investigate{"label":"Same host","providers":[[{"excluded":false,"field":"host.id"' in sent["note"]
    assert "$osquery_7" in sent["note"]
    [again] = loads(dump(document, "ndjson"), "ndjson")
    assert (again.data, again.metadata) == (document.data, document.metadata)


def test_a_guide_with_the_same_plugin_twice_comes_back_as_written() -> None:
    twice = TRANSFORM + TRANSFORM.split("\n\n")[0]
    [document] = loads(TOML.replace("Look at", "$osquery_0 and $osquery_1") + twice, "toml")
    [again] = loads(dump(document, "json"), "json")
    assert again.data["note"] == document.data["note"]


def test_an_export_carries_only_what_its_rules_use() -> None:
    lists = [{"list_id": "a", "name": "A"}, {"list_id": "a", "item_id": "1"}, {"list_id": "b", "name": "B"}]
    connector = {"id": "c", "type": "action", "attributes": {"actionTypeId": ".email"}}
    reference = {"id": "x", "list_id": "a", "type": "detection", "namespace_type": "single"}
    rule = json.loads(api("eql", exceptions_list=[reference]))
    text = "\n".join(map(json.dumps, [rule, json.loads(api("esql")), *lists, connector]))
    first, second = loads(text, "ndjson")
    lines = [json.loads(line) for line in dump(first, "ndjson").splitlines()]
    assert lines[1:3] == lists[:2]
    assert lines[3]["exported_count"] == 3 and lines[3]["exported_exception_list_item_count"] == 1
    assert len(dump(second, "ndjson").splitlines()) == 2
    assert len(dump([first, second], "ndjson").splitlines()) == 5


def test_what_a_format_cannot_hold_is_refused_by_name() -> None:
    documents = loads(api("eql") + "\n" + api("esql"), "ndjson")
    with pytest.raises(DocumentError, match="a toml file holds one rule, not 2"):
        dump(documents, "toml")
    with pytest.raises(UsageError, match="there is no format `xml`"):
        dump(documents[0], "xml")


def test_the_forms_that_kibana_and_its_packages_give_are_all_read() -> None:
    rule = json.loads(api("eql"))
    for text in (
        json.dumps([rule]),
        json.dumps({"page": 1, "total": 1, "data": [rule]}),
        json.dumps({"id": "x_1", "type": "security-rule", "attributes": rule}),
    ):
        [document] = loads(text, "json")
        assert document.data == rule
        span = document.locate("query")
        assert span is not None and document.source.text[span.start : span.end] == '"any where true"'


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["'''", '"""', "a'", 'b"', 'x""""y', "\\", "\n", "\n\n", "\r\n", "\t", "a\nb", "\x00", "\x7f", "#", "$osquery_0"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["query", "note", "description", "tags", "threat", "meta", "x.y"]) | texts, values)
)
def test_any_data_at_all_survives_toml_and_json(data: dict[str, Any]) -> None:
    document = Document("elastic", "json", {**data, "rule_id": "r"}, None, loads(TOML, "toml")[0].source)
    [by_toml] = loads(dump(document, "toml"), "toml")
    [by_json] = loads(dump(document, "json"), "json")
    if "new_terms" not in data:
        assert by_toml.data == document.data
    assert by_json.data == document.data


def test_dump_and_load_agree_through_a_file(tmp_path: Any) -> None:
    [document] = loads(TOML, "toml")
    for format in ("toml", "ndjson", "json"):
        path = tmp_path / f"rule.{format}"
        path.write_text(dump(document, format), encoding="utf-8")
        assert load(path)[0].data == document.data
