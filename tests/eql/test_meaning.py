"""What EQL's constructs mean on an event: one line a fact."""

from __future__ import annotations

from typing import Any

import pytest

from converter import match, matches, parse, render

FIELDS = {
    "s": "keyword", "k": "keyword", "n": "long", "d": "double", "b": "boolean", "ip": "ip", "when": "date",
    "low": "keyword_lowercase", "v": "version", "event.category": "keyword", "a-b": "keyword", "in": "keyword",
}  # fmt: skip

FACTS: list[tuple[str, dict[str, Any], bool]] = [
    # categories
    ("process where true", {"event.category": "process"}, True),
    ("process where true", {"event.category": "Process"}, False),
    ("process where true", {"event.category": ["file", "process"]}, True),
    ("process where true", {}, False),
    ('"process" where true', {"event.category": "process"}, True),
    ("any where true", {}, True),
    ("any where false", {}, False),
    # equality and case
    ('any where s == "a"', {"s": "a"}, True),
    ('any where s == "a"', {"s": "A"}, False),
    ('any where s == "a*"', {"s": "ab"}, False),
    ('any where s : "A"', {"s": "a"}, True),
    ('any where s : "k"', {"s": "\u212a"}, False),
    ('any where s : "é"', {"s": "É"}, False),
    ('any where s : ("x*", "?b")', {"s": "AB"}, True),
    ('any where s : "?b"', {"s": "AAB"}, False),
    ('any where s : "a*"', {"s": "a\nb"}, True),
    ('any where s : "a\\\\*"', {"s": "a\\b"}, True),
    ('any where s like "a*"', {"s": "Ab"}, False),
    ('any where s like~ "a*"', {"s": "Ab"}, True),
    ('any where s in~ ("a*")', {"s": "ab"}, False),
    ('any where s in~ ("a*")', {"s": "A*"}, True),
    ('any where s in ("a", "b")', {"s": ["c", "b"]}, True),
    ('any where s : "*"', {"s": ""}, True),
    ('any where s : "*"', {"s": None}, False),
    ('any where s like "*"', {"s": ""}, True),
    ('any where s : "?*"', {"s": ""}, False),
    ('any where s == ""', {"s": ""}, True),
    ('any where s == ""', {}, False),
    ('any where s > "b"', {"s": "c"}, True),
    ('any where s > "b"', {"s": "B"}, False),
    # missing and arrays
    ('any where s != "a"', {}, True),
    ('any where s != "a"', {"s": ["a", "b"]}, False),
    ('any where not s : "a"', {"s": []}, True),
    ('any where s not in ("a")', {"s": None}, True),
    ("any where s == null", {"s": [None]}, True),
    ("any where s != null", {"s": ["", None]}, True),
    ("any where null == s", {}, True),
    ('any where s == "a" and s == "b"', {"s": ["a", "b"]}, True),
    ("any where n > 2 and n < 3", {"n": [1, 4]}, True),
    # numbers, addresses, booleans, dates, versions
    ("any where n == 443", {"n": 443.7}, True),
    ("any where n == 443.7", {"n": 443.7}, False),
    ("any where n != 443.7", {"n": 443}, True),
    ('any where n == "443"', {"n": "443"}, True),
    ("any where n > 2.5", {"n": 3}, True),
    ("any where n > 2.5", {"n": 2.9}, False),
    ("any where n >= -1", {"n": -1}, True),
    ("any where -1 < n", {"n": 0}, True),
    ("any where s == 443", {"s": "443"}, True),
    ("any where s == 443.0", {"s": "443.0"}, True),
    ("any where s == 443.0", {"s": "443"}, False),
    ("any where d == 1", {"d": 1.0}, True),
    ("any where b", {"b": True}, True),
    ("any where not b", {}, True),
    ("any where b == false", {"b": ""}, True),
    ("any where b != true", {}, True),
    ('any where ip == "10.0.0.0/8"', {"ip": "10.1.2.3"}, True),
    ('any where ip == "10.1.2.3"', {"ip": "::ffff:10.1.2.3"}, True),
    ('any where ip in ("::1", "10.0.0.0/8")', {"ip": "0:0:0:0:0:0:0:1"}, True),
    ('any where cidrMatch(ip, "10.0.0.0/8", "fe80::/10")', {"ip": "fe80::5"}, True),
    ('any where not cidrmatch(ip, "10.0.0.0/8")', {}, True),
    ('any where ip > "10.0.0.1"', {"ip": "10.0.0.2"}, True),
    ('any where when == "2024-01-02"', {"when": "2024-01-02T23:59:59.999Z"}, True),
    ('any where when == "2024-01-02"', {"when": "2024-01-03"}, False),
    ('any where when > "2024-01-02"', {"when": "2024-01-02T12:00:00Z"}, False),
    ('any where v > "1.9.0"', {"v": "1.10.0"}, True),
    ('any where v < "1.0.0"', {"v": "1.0.0-beta"}, True),
    ('any where low : "ABC"', {"low": "aBc"}, True),
    ('any where low == "ABC"', {"low": "abc"}, True),
    # regular expressions
    ('any where s regex "a.*"', {"s": "ab"}, True),
    ('any where s regex "a.*"', {"s": "xab"}, False),
    ('any where s regex ("x", "[ab]c")', {"s": "bc"}, True),
    ('any where s regex~ "[abc]x"', {"s": "BX"}, True),
    ('any where s regex~ "[a-c]x"', {"s": "BX"}, False),
    ('any where s regex "^a"', {"s": "a"}, False),
    ('any where s regex "^a"', {"s": "^a"}, True),
    ('any where s regex """\\d+\\.exe"""', {"s": "12.exe"}, True),
    # functions that are queries
    ('any where startsWith(s, "a*")', {"s": "a*b"}, True),
    ('any where startsWith(s, "a*")', {"s": "ab"}, False),
    ('any where startswith~(s, "A")', {"s": "ab"}, True),
    ('any where endsWith(s, "a=*")', {"s": "xa=1"}, True),
    ('any where stringContains(s, "a=\\\\*")', {"s": "xa=*y"}, True),
    ('any where stringContains(s, "a=\\\\*")', {"s": "xa=1y"}, False),
    ('any where stringContains(s, "a\\\\b")', {"s": "ab"}, True),
    ('any where stringContains(s, "a\\\\b")', {"s": "a\\b"}, False),
    ('any where endsWith(s, "b\\\\")', {"s": "b\\"}, True),
    ('any where startsWith(s, "") ', {"s": ""}, True),
    ('any where startsWith(s, "a") == false', {}, True),
    ('any where startsWith(s, "a") != true', {"s": "b"}, True),
    ("any where length(s) > 2", {"s": ["a", "abc"]}, True),
    ("any where length(s) != 1", {"s": ["a", "abc"]}, True),
    ("any where length(s) != 1", {}, False),
    ("any where not length(s) == 1", {}, True),
    ("any where length(s) in (1, 3)", {"s": "abc"}, True),
    ("any where length(s) >= 0", {"s": ""}, True),
    ("any where length(s) < 0", {"s": ""}, False),
    # scripts
    ("any where startsWith(s, k)", {"s": "abc", "k": ["x", "ab"]}, True),
    ("any where startsWith(s, k)", {"s": "abc"}, False),
    ("any where not startsWith(s, k)", {"s": "abc"}, True),
    ('any where substring(s, 1, -1) : "b*"', {"s": "aBcd"}, True),
    ('any where substring(s, 0, 3) like "a?c"', {"s": "a\ncd"}, False),
    ("any where null == (n > -1)", {}, True),
    ("any where null == (n > -1)", {"n": 0}, False),
    ("any where n / 2 == 3", {"n": 7}, True),
    ("any where -7 / 2 == n", {"n": -3}, True),
    ("any where n % 4 == -3", {"n": -7}, True),
    ("any where -n + 1 == 0", {"n": 1}, True),
    ("any where (n + 1) * 2 == 6", {"n": 2}, True),
    ("any where n + 1 * 2 == 4", {"n": 2}, True),
    ("any where n - 1 != 3", {}, False),
    ('any where string(ip) == "10.0.0.1"', {"ip": "::ffff:10.0.0.1"}, True),
    ('any where concat(s, ":", n) == "a:1"', {"s": "a", "n": 1}, True),
    ('any where concat(s, ":", n) == null', {"s": "a"}, True),
    ('any where indexOf(s, "b") == null', {"s": "a"}, True),
    ('any where between(s, "(", ")", true) == "a)b"', {"s": "(a)b)"}, True),
    # precedence
    ("any where false and false or true", {}, True),
    ("any where true or true and false", {}, True),
    ("any where not false and false", {}, False),
    ("any where not (false and false)", {}, True),
    # names and comments
    ('any where `a-b` == "x"', {"a-b": "x"}, True),
    ('any where `in` == "x" // and false', {"in": "x"}, True),
    ('any where /* s == "y" and */ s == "x"', {"s": "x"}, True),
    ('any where s == "\\u{212a}\\t\\""', {"s": '\u212a\t"'}, True),
    ('any where s == """C:\\x"y"""', {"s": 'C:\\x"y'}, True),
    # optional fields that no index has
    ("any where ?gone == null", {"gone": "a"}, True),
    ('any where ?gone : "x"', {"gone": "x"}, False),
    ('any where not ?gone : "x"', {}, False),
    ('any where not (?gone : "x" and s : "y")', {"s": "z"}, False),
    ('any where ?gone : "x" or s : "y"', {"s": "Y"}, True),
    ('any where not (?gone : "x" or s : "y")', {"s": "z"}, True),
    ("any where ?gone", {}, False),
    ("any where not ?gone", {}, False),
    ('any where not ?s : "x"', {}, True),
    ("any where ?gone == ?other", {}, True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "event", "expected"), FACTS)
def test_fact(text: str, event: dict[str, Any], expected: bool) -> None:
    query = parse("eql", text, FIELDS)
    assert matches(query, event) is expected
    assert matches(parse("eql", render(query, "eql"), FIELDS), event) is expected


@pytest.mark.parametrize("text", [text for text, _, _ in FACTS])
def test_rendering_reads_back_as_the_same_tree(text: str) -> None:
    query = parse("eql", text, FIELDS)
    assert parse("eql", render(query, "eql"), FIELDS).tree == query.tree


def test_two_mentions_of_a_field_take_their_values_apart() -> None:
    query = parse("eql", "any where startsWith(substring(s, 1), substring(s, 0, 1))", FIELDS)
    assert not matches(query, {"s": "ab"})
    assert matches(query, {"s": ["ab", "ba"]})


def test_text_is_read_through_its_keyword_field() -> None:
    fields = {"m": "text", "m.keyword": "keyword"}
    query = parse("eql", 'any where m : "a b"', fields)
    assert match(query, [{"m": "A B"}, {"m": "a b c"}]) == [(0,)]
    assert render(query, "eql") == 'any where m.keyword : "a b"'


def test_a_name_that_no_schema_knows_is_noted_once() -> None:
    query = parse("eql", 'any where nosuch.name == "a" or nosuch.name == "b" or process.name == "c"')
    assert [note.code for note in query.notes] == ["unknown-field"]
    assert "`nosuch.name`" in query.notes[0].message


def test_every_node_knows_its_place() -> None:
    from converter.tree import walk

    text = 'process where s : ("a*", "b") and not (n in (1, 2) or length(s) > 3) and startsWith(s, k)'
    query = parse("eql", text, FIELDS)
    for node in walk(query.tree):
        assert node.span is not None
        assert 0 <= node.span.start < node.span.end <= len(text)
    assert [text[n.span.start : n.span.end] for n in walk(query.tree) if n.span][3:5] == ['"a*"', '"b"']
