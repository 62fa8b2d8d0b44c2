"""What a value means on a field of each type, in Kibana's reading, and where the request fails."""

from __future__ import annotations

from typing import Any

import pytest

from converter.api import matches
from converter.diagnostics import FieldTypeError, UnsupportedError
from converter.fields import Fields
from converter.languages import parse

MAPPING = {
    "properties": {
        "k": {"type": "keyword", "fields": {"lower": {"type": "keyword", "normalizer": "lower"}}},
        "w": {"type": "wildcard"},
        "cc": {"type": "constant_keyword"},
        "x": {"type": "text"},
        "n": {"type": "long"},
        "d": {"type": "double"},
        "b": {"type": "boolean"},
        "ip": {"type": "ip"},
        "t": {"type": "date"},
        "v": {"type": "version"},
        "g": {"type": "geo_point"},
        "fl": {"type": "flattened"},
        "p": {"properties": {"a": {"type": "keyword"}, "c": {"type": "long"}}},
        "u": {"type": "nested", "properties": {"name": {"type": "keyword"}, "arg": {"type": "keyword"}}},
        "hidden": {"type": "keyword", "index": False, "doc_values": False},
    },
    "settings": {"analysis": {"normalizer": {"lower": {"type": "custom", "filter": ["lowercase"]}}}},
}
FIELDS = Fields.of(MAPPING)


@pytest.mark.parametrize(
    ("query", "event", "expected"),
    [
        ("k:Cmd*", {"k": "cmd.exe"}, False),
        ("k.lower:CMD*", {"k": "Cmd.exe"}, True),
        ('k.lower:"CMD.EXE"', {"k": "Cmd.exe"}, True),
        ("k.lower >= B", {"k": "BAR"}, True),
        ("k:*a b*", {"k": "xa by"}, True),
        ("k:*a b*", {"k": "xa"}, False),
        ("k:*", {"k": ""}, True),
        ('k:""', {"k": ""}, True),
        ("k:443", {"k": 443}, True),
        ("k:true", {"k": "true"}, True),
        ("k > a", {"k": ["A", "b"]}, True),
        # a wildcard field is searched by a query_string: each word is a clause of an or
        ("w:*a b*", {"w": "xa"}, True),
        ("w:*a b*", {"w": "bx"}, True),
        ("w:*a q z b*", {"w": "q z"}, True),
        ("w:*a q z b*", {"w": "q"}, False),
        ('w:"a b"', {"w": "a b"}, True),
        ("cc:*zz", {"cc": "fizz"}, True),
        ("x:hello world", {"x": "big World"}, True),
        ('x:"hello world"', {"x": "Hello, world!"}, True),
        ('x:"hello world"', {"x": "world hello"}, False),
        ('x:"hello world"', {"x": ["hello", "world"]}, False),
        ("x:HEL*", {"x": "say hello"}, True),
        ("x:*lo wor*", {"x": "a word"}, True),
        ("x:!!!", {"x": "!!!"}, False),
        ("n:443", {"n": "443"}, True),
        ("n:443", {"n": 443.7}, True),
        ("n:443.0", {"n": 443}, True),
        ("n:443.7", {"n": 443.7}, False),
        ("n > 1.5", {"n": 2}, True),
        ("n >= 3 and n < 5", {"n": [1, 9]}, True),
        ("d:1.50", {"d": 1.5}, True),
        ("b:true", {"b": [False, True]}, True),
        ("b > false", {"b": True}, True),
        ("b >= false", {"b": False}, True),
        ("ip:10.0.0.0/8", {"ip": "10.9.9.9"}, True),
        ('ip:"::ffff:10.1.2.3"', {"ip": "10.1.2.3"}, True),
        ("ip > 10.0.0.1", {"ip": "10.0.0.1"}, False),
        ("t:2024-01-02", {"t": "2024-01-02T23:59:59.999Z"}, True),
        ("t:2024", {"t": "2024-01-02"}, False),
        ("t > 2024-01-02", {"t": "2024-01-02T12:00:00Z"}, False),
        ("t <= 2024-01-02", {"t": "2024-01-02T12:00:00Z"}, True),
        ('t >= "2024-01-02T12"', {"t": "2024-01-02T12:00:00Z"}, True),
        ("v:1.2.3", {"v": "1.2.3"}, True),
        ("v > 1.9", {"v": "1.10"}, True),
        ("fl.a:1", {"fl": {"a": 1}}, True),
        ("fl:1", {"fl": {"b": "1"}}, True),
        ("fl.a:x*", {"fl": {"a": "xy", "b": "zz"}}, True),
        ("fl.b:x*", {"fl": {"a": "xy", "b": "zz"}}, False),
        ("fl.b:*y", {"fl": {"a": "xy", "b": "zz"}}, True),
        ("fl.a:x*y", {"fl": {"a": "xy"}}, False),
        ("p:*", {"p": {"c": 1}}, True),
        ("p.*:*", {"p": {"c": 1}}, True),
        ("p.a*:x", {"p.a": "x"}, True),
        ("u:{ name:x and arg:1 }", {"u": [{"name": "x", "arg": "1"}]}, True),
        ("u:{ name:x and arg:1 }", {"u": [{"name": "x", "arg": "2"}, {"name": "y", "arg": "1"}]}, False),
        ("not u:{ name:x }", {"u": []}, True),
        ("u.n*:x", {"u": [{"name": "x"}]}, True),
        ("zz:a", {"zz": "a"}, False),
        ("not zz:a", {"zz": "a"}, True),
        ("zz:*", {"zz": "a"}, False),
        ("hello", {"x": "Hello there"}, True),
        ("hello", {"w": "Hello"}, False),
        ('"10.1.2.3"', {"ip": "10.1.2.3"}, True),
        ("5", {"n": 5}, True),
        ("cm*", {"k": "cmd"}, True),
        ("not hello", {"n": 5}, True),
        # each word is a clause for each field; one that a type cannot take spoils no other
        ("a?b* true", {"b": True}, True),
        ("zz *", {}, True),
        ("x:**", {"x": "!!!"}, False),
        ("x:*", {"x": "!!!"}, True),
        ("_id:doc", {"_id": "doc"}, True),
    ],
)
def test_a_value_by_its_fields_type(query: str, event: dict[str, Any], expected: bool) -> None:
    assert matches(parse("kuery", query, FIELDS), event) is expected


@pytest.mark.parametrize(
    "query",
    [
        "n:abc",
        "not n:abc",
        "n:1*",
        "n > x",
        "d:abc",
        "b:TRUE",
        "b:t*",
        "ip:10.*",
        "ip:10.01.2.3",
        "ip:10.0.0.0/33",
        "ip > 10.0.0.0/8",
        "t:foo",
        "t:2024*",
        "t:2024-1-2",
        'n:"abc" or k:x',
        "p.*:x",
        "fl.a > 1",
        "hidden:x",
        "u.name:x",
        "u:{ k:x }".replace("k", "name") + " and p:{ a:x }",
        "k:{ a:x }",
    ],
)
def test_a_value_that_the_type_cannot_take_fails_the_request(query: str) -> None:
    with pytest.raises(FieldTypeError) as error:
        parse("kuery", query, FIELDS)
    assert all(item.span is not None for item in error.value.diagnostics)


def test_a_word_that_turns_into_an_operator_is_refused() -> None:
    # Kibana's query_string would read AND as an operator, and `>5` as a range
    for query in (r"w:*a \AND b*", r"w:*a \>5 b*"):
        with pytest.raises(UnsupportedError):
            parse("kuery", query, FIELDS)


def test_a_type_whose_values_are_not_modelled_still_has_exists() -> None:
    assert matches(parse("kuery", "g:*", FIELDS), {"g": "1,2"})
    with pytest.raises((UnsupportedError, FieldTypeError)):
        parse("kuery", "g:x", FIELDS)


def test_unknown_fields_and_unscoped_text_are_noted_over_an_open_schema() -> None:
    query = parse("kuery", "no.such.field:x and no.such.field:y")
    assert [note.code for note in query.notes] == ["unknown-field"]
    query = parse("kuery", "mimikatz")
    assert [note.code for note in query.notes] == ["unscoped"]
    assert matches(query, {"any": {"thing": "mimikatz"}})


def test_a_pattern_of_names_without_a_known_field_is_noted_and_finds_nothing() -> None:
    query = parse("kuery", "no.such.*.name:x")
    assert [note.code for note in query.notes] == ["no-field"]
    assert not matches(query, {"no.such.0.name": "x"})


@pytest.mark.parametrize("text", ['"k*": *', '"k*": a*', '"k*": *b'])
def test_a_pattern_in_a_quoted_name_with_a_star_is_refused(text: str) -> None:
    """Kibana takes the name as it stands, but Elasticsearch's exists and query_string look in every field that fits."""
    with pytest.raises(UnsupportedError):
        parse("kuery", text, {"k": "keyword", "k2": "keyword"})
