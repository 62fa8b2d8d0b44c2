"""Kibana's grammar: precedence, value lists, escapes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from converter.api import matches
from converter.diagnostics import ConverterError, FieldTypeError, ParseError
from converter.fields import Fields
from converter.languages import parse
from converter.tree import ALWAYS, ANY, NEVER, And, Exists, Glob, Node, Not, Or, conj, disj, literal

FIELDS = Fields.of({"a": "keyword", "b": "keyword", "c": "keyword", "n": "long", "x": "text"})


def tree(text: str) -> Node:
    found: Node = parse("kuery", text, FIELDS).tree
    return found


def is_(name: str, text: str) -> Glob:
    return Glob(FIELDS.field(name), literal(text))


A, B, C = is_("a", "1"), is_("b", "1"), is_("c", "1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:1 or b:1 and c:1", Or((A, And((B, C))))),
        ("a:1 and b:1 or c:1", Or((And((A, B)), C))),
        ("(a:1 or b:1) and c:1", And((Or((A, B)), C))),
        ("not a:1 or b:1", Or((Not(A), B))),
        ("not a:1 and b:1", And((Not(A), B))),
        ("not (a:1 or b:1)", Not(Or((A, B)))),
        ("a:1 AND b:1 Or c:1", Or((And((A, B)), C))),
        ("a:1\n and\tb:1\u00a0or c:1", Or((And((A, B)), C))),
        ("((a:1))", A),
        ("( a:1 )", A),
        ("a : 1", A),
        ('"a":"1"', A),
    ],
)
def test_not_binds_before_and_and_and_before_or(text: str, expected: Node) -> None:
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:(1 or 2)", disj([A, is_("a", "2")])),
        ("a:(1 and 2 or 3)", disj([conj([A, is_("a", "2")]), is_("a", "3")])),
        ("a:((1 or 2) and not 3)", conj([disj([A, is_("a", "2")]), Not(is_("a", "3"))])),
        ("a:(not (1 or 2))", Not(disj([A, is_("a", "2")]))),
        ("a:(* and not 1)", conj([Exists(FIELDS.field("a")), Not(A)])),
        ("a:(1 2)", is_("a", "1 2")),
        ("a:( 1 )", A),
    ],
)
def test_a_value_list_distributes_its_field(text: str, expected: Node) -> None:
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a:two words", "two words"),
        ("a:two   words ", "two   words"),
        ("a:line\nbreak", "line\nbreak"),
        (r"a:C\:\\Windows\\x.exe", r"C:\Windows\x.exe"),
        (r"a:\(\)\:\<\>\"\*\{\}\\", '():<>"*{}\\'),
        (r"a:x\ty\rz\nw", "x\ty\rz\nw"),
        (r"a:\u0041\u00e9", "Aé"),
        (r"a:\ud83d\ude00", "😀"),
        (r"a:x \and y \or z", "x and y or z"),
        (r"a:\not", "ot"),
        ("a:what?", "what?"),
        ("a:1 and", "1 and"),
        ('a:"two  words "', "two  words "),
        ('a:"a*b"', "a*b"),
        (r'a:"\\ \" \d \t"', '\\ " \\d \t'),
        (r'a:"C:\Windows"', r"C:\Windows"),
        ('a:""', ""),
        ('a:"not a and b"', "not a and b"),
    ],
)
def test_values_keep_their_blanks_and_lose_their_escapes(text: str, value: str) -> None:
    assert tree(text) == is_("a", value)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a:x*", ("x", ANY)),
        ("a:*x y*", (ANY, "x y", ANY)),
        ("a:* x*", (ANY, " x", ANY)),
        (r"a:*\**", (ANY, "*", ANY)),
        ("a:x?*", ("x?", ANY)),
        (r"a:C\:\\*\\x.exe", ("C:\\", ANY, "\\x.exe")),
        ("a:a**b", ("a", ANY, "b")),
    ],
)
def test_only_an_unescaped_star_is_wild(text: str, tokens: tuple[Any, ...]) -> None:
    assert tree(text) == Glob(FIELDS.field("a"), tokens)


@pytest.mark.parametrize("text", ["", "  \n", "*", "*:*"])
def test_an_empty_query_and_a_star_are_true_everywhere(text: str) -> None:
    assert tree(text) == ALWAYS
    assert tree("not *:*") == NEVER


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("not not a:1", 4),
        ("a:cannot be", 5),
        ("a:1 and b:(", 11),
        ("a:(1", 4),
        ("a:1)", 3),
        ("a:()", 3),
        ('a:"open', 2),
        (r'a:"C:\"', 2),
        ("(a:1)or b:1", 5),
        ("not(a:1)", 3),
        (r"a:C:\x", 3),
        (r"a:x\d", 3),
        ("a:b:c", 3),
        ("a:{b:1", 2),
        ("n >", 3),
    ],
)
def test_what_is_no_kql_is_refused_at_its_place(text: str, at: int) -> None:
    with pytest.raises((ParseError, FieldTypeError)) as error:
        tree(text)
    span = error.value.diagnostics[0].span
    assert span is not None
    assert (span.start if isinstance(error.value, ParseError) else at) == at


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(ConverterError, match="nested too deeply"):
        tree("a:" + "(" * 3000 + "1" + ")" * 3000)


def test_null_is_an_error_with_the_way_out() -> None:
    with pytest.raises(FieldTypeError) as error:
        tree("a:null")
    assert "not a: *" in str(error.value.diagnostics[0].help)
    assert tree('a:"null"') == is_("a", "null")
    assert tree("a > null") == Exists(FIELDS.field("a"))


def test_spans_cover_the_clause() -> None:
    text = "a:1 and not b:(2 or 3)"
    found = tree(text)
    assert isinstance(found, And)
    assert found.items[0].span is not None and text[found.items[0].span.start : found.items[0].span.end] == "a:1"
    assert found.items[1].span is not None and text[found.items[1].span.start :] == "not b:(2 or 3)"[: len(text)]


def test_a_missing_field_meets_a_negation() -> None:
    query = parse("kuery", "not a:1", FIELDS)
    assert matches(query, {}) and matches(query, {"a": None}) and matches(query, {"a": "2"})
    assert not matches(query, {"a": ["2", "1"]})
