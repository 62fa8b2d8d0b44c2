"""Schemas that a user gives: `{name: type}`, Elasticsearch mappings, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.diagnostics import ConverterError, UsageError
from converter.fields import Fields
from converter.matching import EventValues
from converter.tree import Field, glob


def mapped(properties: dict[str, Any], settings: dict[str, Any] | None = None) -> Fields:
    return Fields.of({"properties": properties, **({"settings": settings} if settings else {})})


def values(fields: Fields, name: str, event: dict[str, Any]) -> tuple[Any, ...]:
    return EventValues(event).values(fields.field(name))


def test_a_name_that_given_fields_lack_is_unmapped() -> None:
    fields = Fields.of({"a": "keyword"})
    assert fields.closed
    assert (fields.field("b").type, fields.field("b").known) == ("unmapped", False)
    assert fields.kind("b") == "unmapped"
    assert "b" not in fields
    assert list(fields) == [Field("a")]


def test_names_and_types_know_twins_and_nested_objects() -> None:
    fields = Fields.of(
        {
            "x": "keyword",
            "x.text": "text",
            "x.caseless": "keyword_lowercase",
            "o.text": "keyword",
            "m": "text",
            "m.keyword": "keyword",
            "u": "nested",
            "u.name": "keyword",
            "u.deep": "nested",
            "u.deep.k": "long",
        }
    )
    paths = {name: fields.field(name).path for name in ("x.text", "x.caseless", "o.text", "m.keyword")}
    assert paths == {"x.text": "x", "x.caseless": "x", "o.text": "o.text", "m.keyword": "m"}
    assert [fields.field(n).nested for n in ("u", "u.name", "u.deep", "u.deep.k", "x")] == [
        None,
        "u",
        "u",
        "u.deep",
        None,
    ]
    assert fields.lowercase_twin(fields.field("x")) == fields.field("x.caseless")
    assert [field.name for field in fields.leaves("u")] == ["u.name", "u.deep.k"]


def test_dotted_and_nested_names_are_one_field() -> None:
    fields = mapped({"p": {"properties": {"name": {"type": "keyword"}}}, "q.r": {"type": "long"}})
    assert [field.name for field in fields] == ["p.name", "q.r"]
    assert [fields.kind(name) for name in ("p", "q", "p.name", "p.other")] == ["object", "object", "leaf", "unmapped"]


def test_multi_fields_of_a_mapping_read_their_parent() -> None:
    fields = mapped({"x": {"type": "text", "fields": {"kw": {"type": "keyword", "ignore_above": 5}}}})
    assert (fields.field("x.kw").path, fields.field("x.kw").ignore_above) == ("x", 5)
    assert values(fields, "x.kw", {"x": ["ab", "too long"]}) == ("ab",)
    assert fields.siblings(fields.field("x")) == [fields.field("x.kw")]


@pytest.mark.parametrize(
    "settings",
    [
        {"analysis": {"normalizer": {"lc": {"type": "custom", "filter": ["lowercase"]}}}},
        {"index": {"analysis": {"normalizer": {"lc": {"type": "custom", "filter": "lowercase"}}}}},
        {"index.analysis.normalizer.lc.type": "custom", "index.analysis.normalizer.lc.filter": ["lowercase"]},
        {"analysis": {"normalizer": {"lc": {"filter": ["low"]}}, "filter": {"low": {"type": "lowercase"}}}},
    ],
)
def test_a_normalizer_that_lowers_makes_a_lower_case_keyword(settings: dict[str, Any]) -> None:
    fields = mapped({"k": {"type": "keyword", "normalizer": "lc"}}, settings)
    assert fields.field("k").type == "keyword_lowercase"
    assert values(fields, "k", {"k": "ÄB"}) == ("äb",)


def test_the_normalizer_that_every_index_has_needs_no_settings() -> None:
    assert mapped({"k": {"type": "keyword", "normalizer": "lowercase"}}).field("k").type == "keyword_lowercase"


def test_a_normalizer_that_does_something_else_is_refused() -> None:
    settings = {"analysis": {"normalizer": {"n": {"type": "custom", "filter": ["lowercase", "asciifolding"]}}}}
    with pytest.raises(ConverterError, match="normalizer `n` is not modelled or not defined"):
        mapped({"k": {"type": "keyword", "normalizer": "n"}}, settings)


def test_an_alias_is_its_target_under_another_name() -> None:
    fields = mapped(
        {
            "p": {"properties": {"name": {"type": "keyword", "fields": {"t": {"type": "text"}}}}},
            "al": {"type": "alias", "path": "p.name"},
            "alt": {"type": "alias", "path": "p.name.t"},
        }
    )
    assert (fields.kind("al"), fields.field("al").path) == ("alias", "p.name")
    assert (fields.field("alt").type, fields.field("alt").path) == ("text", "p.name")
    assert values(fields, "al", {"p.name": "x"}) == ("x",)


def test_keys_of_a_flattened_field_are_keywords_of_their_own() -> None:
    fields, event = mapped({"fl": {"type": "flattened"}}), {"fl": {"a": "1", "b": {"c": "x y"}, "n": 5, "t": True}}
    assert values(fields, "fl", event) == ("1", "x y", "5", "true")
    assert values(fields, "fl.b.c", event) == ("x y",)
    assert values(fields, "fl.b", event) == ()
    assert fields.field("fl.b.c").flattened == "fl"
    assert [field.name for field in fields.matching(glob("fl*"))] == ["fl"]


def test_a_null_takes_the_null_value() -> None:
    fields = mapped({"nv": {"type": "keyword", "null_value": "NULL"}})
    assert values(fields, "nv", {"nv": [None, "a"]}) == ("NULL", "a")
    assert values(fields, "nv", {}) == ()


def test_index_and_doc_values_off_leave_nothing_to_search() -> None:
    fields = mapped(
        {
            "off": {"type": "keyword", "index": False},
            "nodv": {"type": "keyword", "doc_values": False},
            "none": {"type": "keyword", "index": False, "doc_values": "false"},
            "text": {"type": "text", "index": False},
        }
    )
    assert [field.searchable for field in fields] == [True, True, False, False]


def test_an_object_that_is_not_enabled_has_no_fields() -> None:
    fields = mapped({"obj": {"type": "object", "enabled": False}})
    assert fields.kind("obj") == fields.kind("obj.a") == "unmapped"
    assert not fields.leaves("obj")
    assert not list(fields)


def test_copied_values_are_found_in_the_target_and_its_multi_fields() -> None:
    fields = mapped(
        {
            "ct": {"type": "keyword", "copy_to": ["all", "nowhere"]},
            "all": {"type": "keyword", "fields": {"t": {"type": "text"}}},
        }
    )
    assert values(fields, "all", {"ct": "a", "all": "b"}) == ("b", "a")
    assert values(fields, "all.t", {"ct": "a"}) == (("a",),)


def test_a_constant_keyword_has_its_value_in_every_event() -> None:
    fields = mapped({"c": {"type": "constant_keyword", "value": "v"}, "open": {"type": "constant_keyword"}})
    assert values(fields, "c", {}) == ("v",)
    assert values(fields, "open", {"open": "x"}) == ("x",)


def test_a_scaled_float_is_rounded_to_its_factor() -> None:
    fields = mapped({"s": {"type": "scaled_float", "scaling_factor": 100}})
    assert values(fields, "s", {"s": [1.2349, 1.236, "2"]}) == (1.23, 1.24, 2.0)


def test_a_date_format_is_read_by_the_field() -> None:
    fields = mapped({"s": {"type": "date", "format": "epoch_second"}})
    assert values(fields, "s", {"s": 1700000000}) == (1700000000000,)


def test_a_type_in_brackets_is_a_keyword() -> None:
    assert mapped({"e": {"type": "[runtime_random_keyword_type]"}}).field("e").type == "keyword"


def test_what_get_index_answers_is_taken_as_it_is() -> None:
    answer = {
        "my-index": {"aliases": {}, "mappings": {"properties": {"a": {"type": "long"}}}, "settings": {"index": {}}}
    }
    assert Fields.of(answer).field("a").type == "long"
    assert Fields.of({"mappings": {"dynamic": False}}).closed


def test_a_user_declares_what_a_schema_cannot_know() -> None:
    fields = Fields.of({"a": {"type": "keyword", "single": True, "present": True, "array": False}})
    assert (fields.field("a").single, fields.field("a").present, fields.field("a").array) == (True, True, False)


BAD: list[tuple[Any, str]] = [
    ({"a": "keywrod"}, "unknown type `keywrod`"),
    ({"a": 3}, "field `a` has no type but `3`"),
    ({"a": None}, "field `a` has no type but `None`"),
    ({3: "keyword"}, "field name `3` is no name"),
    ({"a..b": "keyword"}, "field name `a..b` is no name"),
    ({"properties": {"a": {}}}, "field `a` has no type"),
    ({"properties": {"a": {"type": ["keyword"]}}}, "unknown type"),
    ({"properties": {"a": {"type": "alias"}}}, "alias `a` names no `path`"),
    ({"properties": {"a": {"type": "alias", "path": "b"}}}, "alias `a` leads to `b`"),
    ({"properties": {"o": {"properties": {}}, "a": {"type": "alias", "path": "o"}}}, "alias `a` leads to `o`"),
    ({"properties": {"o": {"properties": 3}}}, "holds no names with types but `3`"),
    ({"properties": {"a": {"type": "keyword", "fields": {"b": 3}}}}, "multi-field `a.b` has no type"),
    ({"properties": {"a": {"type": "keyword", "fields": {"b": {"type": "nested"}}}}}, "cannot be of type `nested`"),
    ({"properties": {"a": {"type": "keyword", "fields": 3}}}, "`fields` of `a` holds no names"),
    ({"properties": {"a": {"type": "keyword", "index": "maybe"}}}, "`index` is true or false"),
    ({"properties": {"a": {"type": "keyword", "ignore_above": "x"}}}, "`ignore_above` is a number"),
    ({"properties": {"a": {"type": "scaled_float", "scaling_factor": 0}}}, "`scaling_factor` is a number above 0"),
    ({"properties": {"a": {"type": "keyword", "indexx": True}}}, "unknown parameter `indexx`"),
    ({"properties": {"a": {"type": "text", "analyzer": "whitespace"}}}, "analyzer `whitespace` is not modelled"),
    ({"properties": {"a": {"type": "long", "script": "emit(1)"}}}, "is not modelled"),
    ({"properties": {"a": {"type": "nested", "include_in_root": True}}}, "is not modelled"),
    ({"properties": {"a.b": {"type": "long"}, "a": {"properties": {"b": {"type": "ip"}}}}}, "mapped twice"),
    ({"properties": {}, "settings": 3}, "`settings` holds no names"),
    ({"properties": {}, "settings": {"analysis": {"analyzer": {"default": {"type": "simple"}}}}}, "`default`"),
    ({"properties": {}, "runtime": {"r": {"type": "long", "script": "emit(1)"}}}, "computed by a script"),
    ({"properties": {}, "runtime": {"r": 3}}, "field `r` has no type"),
]


@pytest.mark.parametrize(("spec", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_mapping_is_told_by_name(spec: Any, message: str) -> None:
    with pytest.raises(ConverterError) as caught:
        Fields.of(spec)
    assert message in str(caught.value)
    assert caught.value.diagnostics[0].code == "fields"


def test_all_problems_of_a_mapping_are_told_at_once() -> None:
    with pytest.raises(ConverterError) as caught:
        Fields.of({"a": "x", "b": "y", "c": "keyword"})
    assert len(caught.value.diagnostics) == 2


def test_fields_of_another_kind_are_refused() -> None:
    for spec in ("process.pid", ["a"], 3):
        with pytest.raises(UsageError):
            Fields.of(spec)  # type: ignore[arg-type]


def test_own_fields_come_from_a_file_and_may_stand_over_the_built_in_ones(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text("acme.score: double\nprocess.pid: keyword\nacme.who: {type: keyword, single: true}\n")
    own = Fields.load(path, extend=False)
    assert own.closed
    assert own.field("process.name").type == "unmapped"
    both = Fields.load(path)
    assert not both.closed
    types = [both.field(n).type for n in ("acme.score", "process.pid", "process.ppid", "process.name.caseless")]
    assert types == ["double", "keyword", "long", "keyword_lowercase"]
    assert both.kind("acme") == "object"
    assert both.lowercase_twin(both.field("process.name")) is not None
    assert len(list(both)) == len(list(Fields.of(None))) + 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yml", "a: [", "is no YAML"),
        ("a.json", "{", "is no JSON"),
        ("a.yml", "- a", "holds no names"),
        ("a.yml", "", "holds no names"),
        ("a.yml", "off: keyword", "field name `False` is no name"),
        ("a.yml", "a: 2024-09-09", "has no type"),
    ],
)
def test_a_damaged_file_of_fields_gives_an_error_that_names_it(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConverterError, match=message):
        Fields.load(tmp_path / name)


def test_a_missing_file_of_fields_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        Fields.load(tmp_path / "none.yml")


def test_every_mapping_of_the_recorded_probes_is_read(shared: Path) -> None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    count = 0
    for path in sorted((shared / "conformance/elasticsearch-probes").glob("*.yaml")):
        for entry in yaml.load(path.read_text("utf-8"), loader)["sets"].values():
            spec = {"properties": entry["mapping"], "settings": entry.get("settings", {})}
            fields = Fields.of(spec)
            count += len(list(fields))
    assert count > 100
