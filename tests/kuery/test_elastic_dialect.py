"""Elasticsearch's own KQL: equal precedence, keywords inside values, the wildcard defect, newer value lists."""

from __future__ import annotations

import pytest

from converter.diagnostics import FieldTypeError, ParseError, UsageError
from converter.fields import Fields
from converter.languages import parse
from converter.tree import ALWAYS, ANY, ONE, And, Exists, Glob, Node, Not, Or, literal

FIELDS = Fields.of({"a": "keyword", "b": "keyword", "c": "keyword", "x": "text", "n": "long"})


def tree(text: str) -> Node:
    found: Node = parse("kuery", text, FIELDS, dialect="elasticsearch").tree
    return found


def is_(name: str, text: str) -> Glob:
    return Glob(FIELDS.field(name), literal(text))


A, B, C = is_("a", "1"), is_("b", "1"), is_("c", "1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:1 and b:1 or c:1", And((A, Or((B, C))))),
        ("a:1 or b:1 and c:1", Or((A, And((B, C))))),
        ("not a:1 or b:1", Or((Not(A), B))),
        ("not not a:1", A),
        ("not not not a:1", Not(A)),
        ("(a:1)or b:1", Or((A, B))),
        ("not(a:1)", Not(A)),
        ("a:1 and and b:1", And((is_("a", "1 and"), B))),
        ("a:1 and", is_("a", "1 and")),
        ("a:not 1", is_("a", "not 1")),
        ("a:(not 1)", is_("a", "not 1")),
        ("a:or", is_("a", "or")),
        ("a:1   2", is_("a", "1 2")),
        ("a:x\ny", is_("a", "x y")),
        (r"a:x\ y", is_("a", r"x\ y")),
        (r"a:\not", is_("a", "not")),
        (r"a:\north", is_("a", "\north")),
        (r'a:"x\"', is_("a", "x\\")),
        ("*", ALWAYS),
        ("*:*", ALWAYS),
        ("", ALWAYS),
        ("a:*", Exists(FIELDS.field("a"))),
        # not in 8.19: the meaning of later releases, grouped to the left
        ("a:(1 or 2 and 3)", And((Or((A, is_("a", "2"))), is_("a", "3")))),
        ("a:(1 and not 2)", And((A, Not(is_("a", "2"))))),
        ('a:("1" or (2 and 3))', Or((A, And((is_("a", "2"), is_("a", "3")))))),
    ],
)
def test_the_grammar_of_the_kql_query(text: str, expected: Node) -> None:
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a:*\\x.exe", Glob(FIELDS.field("a"), (ANY, "x.exe"))),
        (r"a:*\\\\x.exe", Glob(FIELDS.field("a"), (ANY, "\\x.exe"))),
        (r"a:C\:\\W*", is_("a", r"C:\W*")),
        ("a:*?b", Glob(FIELDS.field("a"), (ONE, ANY, "b"))),
        ("a:?", is_("a", "?")),
        (r"a:* \*", Glob(FIELDS.field("a"), (ANY, " ", ANY))),
        (r"x:*\\cmd*", Glob(FIELDS.field("x"), (ANY, "\\cmd", ANY), "lower")),
    ],
)
def test_a_pattern_is_unescaped_twice_and_only_if_its_star_comes_first(text: str, expected: Node) -> None:
    assert tree(text) == expected


@pytest.mark.parametrize(
    "text", ["a:1 not b:1", "and a:1", "()", "(a:1", r"a:\?", "a:{b}", 'a:"x" "y"', r'a:"\u00"', "a:<5"]
)
def test_what_the_node_refuses_is_refused(text: str) -> None:
    with pytest.raises((ParseError, FieldTypeError)):
        tree(text)


def test_an_unknown_dialect_is_told_by_name() -> None:
    with pytest.raises(UsageError, match="no dialect `kusto`"):
        parse("kuery", "a:1", FIELDS, dialect="kusto")
