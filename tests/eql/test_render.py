"""Trees of other languages written as EQL: each text reads back as a tree with the same meaning, or is refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from converter import FieldTypeError, UnsupportedError, parse
from converter.fields import Fields
from converter.languages.eql import LANGUAGE
from converter.matching import EventValues, compile_node
from converter.tree import (
    ANY,
    ANY_FIELD,
    ONE,
    And,
    Arithmetic,
    Call,
    Category,
    Cidr,
    DateMath,
    Exists,
    Field,
    FieldValue,
    Glob,
    Length,
    Literal,
    Nested,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Script,
    Single,
    Term,
)  # fmt: skip

SCHEMA = Fields.of({
    "s": "keyword", "twin": "keyword", "twin.caseless": "keyword_lowercase", "n": "long", "d": "double", "b": "boolean",
    "ip": "ip", "when": "date", "t": "text", "a-b": "keyword", "list": "nested", "list.x": "keyword",
    "event.category": "keyword",
})  # fmt: skip
S, N, IP, WHEN = (SCHEMA.field(name) for name in ("s", "n", "ip", "when"))

TEXTS: list[tuple[Node, str]] = [
    (Glob(S, ("a",)), 'any where s == "a"'),
    (Glob(S, ("a*b",)), 'any where s == "a*b"'),
    (Glob(S, ("a",), "ascii"), 'any where s : "a"'),
    (Glob(S, ("a*b",), "ascii"), 'any where s in~ ("a*b")'),
    (Glob(S, ("a", ANY)), 'any where s like "a*"'),
    (Glob(S, ("a", ONE), "ascii"), 'any where s : "a?"'),
    (Glob(S, ("a*", ANY)), 'any where startsWith(s, "a*")'),
    (Glob(S, ("a*", ANY), "ascii"), 'any where startsWith~(s, "a*")'),
    (Glob(S, (ANY, "a*b", ANY)), 'any where s regex """.*a\\*b.*"""'),
    (Glob(S, (ANY, "a?.b"), "ascii"), 'any where s regex~ """.*a\\?\\.b"""'),
    (Glob(S, ()), 'any where s == ""'),
    (Glob(S, ("1",), "lower"), 'any where s == "1"'),
    (Glob(SCHEMA.field("twin"), ("ab", ANY), "lower"), 'any where twin.caseless like "ab*"'),
    (Glob(SCHEMA.field("a-b"), ('\\"\n\x01',)), 'any where `a-b` == "\\\\\\"\\n\\u{01}"'),
    (Glob(Field("s", optional=True), ("a",)), 'any where ?s == "a"'),
    (Not(Glob(S, ("a",))), 'any where s != "a"'),
    (Not(Glob(S, ("a",), "ascii")), 'any where not s : "a"'),
    (Not(Exists(S)), "any where s == null"),
    (Or((Glob(S, ("a",)), Glob(S, ("b*",)))), 'any where s in ("a", "b*")'),
    (Not(Or((Glob(S, ("a",)), Glob(S, ("b",))))), 'any where s not in ("a", "b")'),
    (Or((Glob(S, ("a",), "ascii"), Glob(S, ("b", ANY), "ascii"))), 'any where s : ("a", "b*")'),
    (Or((Glob(S, ("a",), "ascii"), Glob(S, ("b*",), "ascii"))), 'any where s in~ ("a", "b*")'),
    (Or((Glob(S, ("a",)), Glob(S, ("b", ANY)))), 'any where s like ("a", "b*")'),
    (
        Not(Or((Glob(S, ("a",)), Glob(S, ("b", ANY)), Glob(S, ("?",))))),
        'any where not (s like ("a", "b*") or s == "?")',
    ),
    (Or((Term(N, 1), Term(N, 2))), "any where n in (1, 2)"),
    (Not(Term(N, 1)), "any where n != 1"),
    (Term(SCHEMA.field("b"), False), "any where b == false"),
    (Term(IP, 1), 'any where ip == "::1"'),
    (Cidr(IP, "10.0.0.0/8"), 'any where cidrMatch(ip, "10.0.0.0/8")'),
    (Or((Term(IP, 1), Cidr(IP, "10.0.0.0/8"))), 'any where cidrMatch(ip, "::1", "10.0.0.0/8")'),
    (Term(WHEN, 1704164645678), 'any where when == "2024-01-02T03:04:05.678Z"'),
    (Range(WHEN, 1704153600000, 1704239999999), 'any where when == "2024-01-02"'),
    (Range(WHEN, low=DateMath("now-5m")), 'any where when >= "now-5m"'),
    (Range(N, low=5, low_open=True), "any where n > 5"),
    (Range(N, high=-5), "any where n <= -5"),
    (Range(S, low="a"), 'any where s >= "a"'),
    (Length(S, 1), "any where length(s) > 0"),
    (Length(S, 3, 3), "any where length(s) == 3"),
    (Length(S, 3, 5), "any where length(s) in (3, 4, 5)"),
    (Length(S, 3, 500), 'any where s regex ".{3,500}"'),
    (Length(S, None, 4), "any where length(s) <= 4"),
    (Regex(S, "a|b[cd]"), 'any where s regex "a|b[cd]"'),
    (Regex(S, "a|b[c-d]", fold="ascii"), 'any where s regex~ "a|b[c-d]"'),
    (Regex(S, "[a-c]", fold="lower"), 'any where s regex "[A-Ca-c]"'),
    (Or((Regex(S, "a|b"), Regex(S, "c|d"))), 'any where s regex ("a|b", "c|d")'),
    (Regex(S, "^a+$", flavour="pcre", search=True), 'any where s regex "a+"'),
    (And((Category("process"), Glob(S, ("a",)))), 'process where s == "a"'),
    (And((Category("my cat"), Glob(S, ("a",)))), '"my cat" where s == "a"'),
    (Category("process"), "process where true"),
    (Or((Category("process"), Glob(S, ("a",)))), 'any where event.category == "process" or s == "a"'),
    (Not(And((Glob(S, ("a",)), Term(N, 1)))), 'any where not (s == "a" and n == 1)'),
    (And((Or((Glob(S, ("a",)), Term(N, 1))), Term(N, 2))), 'any where (s == "a" or n == 1) and n == 2'),
    (Or((And((Glob(S, ("a",)), Term(N, 1))), Term(N, 2))), 'any where (s == "a" and n == 1) or n == 2'),
    (Glob(SCHEMA.field("gone"), ("a",)), "any where false"),
    (Not(Glob(SCHEMA.field("gone"), ("a",))), "any where true"),
]  # fmt: skip

EVENTS: list[dict[str, Any]] = [
    *({"s": s} for s in (
        None, "", "a", "A", "b", "ab", "a*b", "A*B", "a*", "A*C", "axb", "xa*by", "xA?.B", "a?.b", "?", "ac", "b*",
        "bd", "BC", "aa\n", "aaa", "1", "c", "abcd", ["a", "b*"], ["x", "bc"], "x" * 400, "abcde",
    )),
    *({"twin": value} for value in ("AB", "abc", "x", "aB\u212a")),
    *({"n": n, "s": s} for n, s in itertools.product((None, 1, 2, 5, 6, -5, -6, [0, 9]), (None, "a"))),
    *({"ip": ip} for ip in ("::1", "10.1.1.1", "11.0.0.0", ["::1", "12.0.0.0"])),
    *({"when": w} for w in ("2024-01-02T03:04:05.678Z", "2024-01-02", "2024-01-03", "2024-01-01T23:59:59.999Z")),
    {"when": "2999-01-01"},
    *({"event.category": c, "s": s} for c, s in itertools.product(("process", "my cat", "x"), (None, "a"))),
    {"b": True}, {"b": False}, {"a-b": '\\"\n\x01'}, {"gone": "a"},
]  # fmt: skip


@pytest.mark.parametrize(("tree", "text"), TEXTS)
def test_tree_is_written_and_read_back_with_the_same_meaning(tree: Node, text: str) -> None:
    assert LANGUAGE.render(tree, SCHEMA, {}) == text
    before, after = compile_node(tree), compile_node(parse("eql", text, SCHEMA).tree)
    for event in EVENTS:
        assert before(EventValues(event)) == after(EventValues(event)), event


REFUSED: list[tuple[Node, str]] = [
    (Glob(SCHEMA.field("t"), ("a",), "lower"), "an analysed text field"),
    (Phrase(SCHEMA.field("t"), ("a", "b")), "a search for words in `t`"),
    (Nested("list", Glob(SCHEMA.field("list.x"), ("a",))), "one object of `list`"),
    (Glob(SCHEMA.field("list.x"), ("a",)), "the nested object `list`"),
    (Single(S), "that `s` has one value"),
    (Glob(ANY_FIELD, ("a",)), "a search in all fields"),
    (Exists(Field("o", "object")), "a test of an object"),
    (Range(N, 1, 3), "one value of `n` lies between two ends"),
    (Range(WHEN, low=DateMath("now/d", True)), "rounds `now/d` the other way"),
    (Script(Arithmetic("==", FieldValue(S), FieldValue(S))), "compares with a constant only"),
    (Script(Call("startsWith", (FieldValue(S), FieldValue(S)), "ascii")), "with ASCII folding"),
    (Script(Call("startsWith", (FieldValue(S), Literal("a")), "lower")), "more than ASCII folding"),
    (Script(Call("md5", (FieldValue(S),))), "the function `md5`"),
    (Regex(S, r"(a)\1", flavour="pcre"), ""),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "reason"), REFUSED)
def test_what_eql_cannot_say_is_refused_with_the_reason(tree: Node, reason: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        LANGUAGE.render(And((Glob(S, ("a",)), Not(tree))), SCHEMA, {})
    assert reason in caught.value.diagnostics[0].message


def test_every_node_that_cannot_be_said_is_listed() -> None:
    tree = Or((Single(S), Glob(S, ("a",)), And((Single(N), Phrase(SCHEMA.field("t"), ("a",))))))
    with pytest.raises(UnsupportedError) as caught:
        LANGUAGE.render(tree, SCHEMA, {})
    assert len(caught.value.diagnostics) == 3


def test_two_ends_of_a_range_are_written_apart_where_the_user_declares_one_value() -> None:
    tree = Range(Field("n", "long", single=True), low=1, high=3)
    assert LANGUAGE.render(tree, SCHEMA, {}) == "any where n >= 1 and n <= 3"


def test_a_category_is_lifted_out_of_the_condition_on_demand() -> None:
    tree = And((Glob(SCHEMA.field("event.category"), ("process",)), Glob(S, ("a",))))
    assert LANGUAGE.render(tree, SCHEMA, {}) == 'any where event.category == "process" and s == "a"'
    assert LANGUAGE.render(tree, SCHEMA, {"lift_category": True}) == 'process where s == "a"'


def test_another_category_field_is_named_inside_a_condition() -> None:
    text = LANGUAGE.render(Not(Category("x")), SCHEMA, {"category_field": "kind"})
    assert text == 'any where kind != "x"'


def test_long_conditions_break_as_the_public_rules_do() -> None:
    values = ", ".join(f'"value-{i:02}.exe"' for i in range(12))
    text = f'process where host.id == "x" and name : ({values}) and not (path == "{"p" * 60}" or path2 == "{"q" * 40}")'
    assert LANGUAGE.render(parse("eql", text).tree, Fields.of(None), {}) == (
        'process where host.id == "x" and\n'
        "  name : (\n"
        '    "value-00.exe", "value-01.exe", "value-02.exe", "value-03.exe", "value-04.exe", "value-05.exe",\n'
        '    "value-06.exe", "value-07.exe", "value-08.exe", "value-09.exe", "value-10.exe", "value-11.exe"\n'
        "  ) and\n"
        "  not (\n"
        f'    path == "{"p" * 60}" or\n'
        f'    path2 == "{"q" * 40}"\n'
        "  )"
    )


STATEFUL = [
    'sequence by a, ?b with maxspan=90s\n  [process where c == "1"] by d with runs=3\n  ![file where true] by e\n'
    "  [any where true] by f\nuntil [network where false] by g",
    "sequence\n  [process where true]\n  [file where true]\n| head 5\n| tail 2",
    "sample by host.id\n  [process where true] by user.name\n  [file where true] by file.owner",
    "process where true\n| head 3",
]


@pytest.mark.parametrize("text", STATEFUL)
def test_stateful_queries_read_back_as_they_are_written(text: str) -> None:
    query = parse("eql", text)
    assert LANGUAGE.render(query.tree, query.fields, {}) == text
    assert parse("eql", text).tree == query.tree


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (Regex(Field("x"), "(Copy-Item|cpi) .{2,128} -Dest .{1,32}System32", "pcre", search=True), "too complex"),
        (Regex(Field("x"), "(" + "|".join(f"w{i}x+" for i in range(300)) + ")d", "pcre", search=True), "characters"),
        (Regex(Field("x", "keyword_lowercase"), "-D", "pcre", search=True), "with capitals on `x`"),
    ],
)
def test_a_regular_expression_that_an_index_refuses_or_changes_is_refused(node: Regex, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        LANGUAGE.render(node, Fields.of(None), {})


def test_a_query_with_too_much_work_in_it_is_an_error() -> None:
    with pytest.raises(FieldTypeError, match="too complex"):
        parse("eql", 'any where x regex "(Copy-Item|cpi) .{2,128} -Dest .{1,32}System32"')
