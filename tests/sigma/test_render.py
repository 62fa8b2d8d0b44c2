"""The written rule: style, exact YAML, names, what cannot be said, and random trees there and back."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import converter
from converter import compare
from converter.languages.sigma.literals import spell
from converter.languages.sigma.yaml_writer import document
from converter.tree import (
    ALWAYS,
    ANY,
    ANY_FIELD,
    NEVER,
    ONE,
    Category,
    Cidr,
    DateMath,
    Exists,
    Field,
    Glob,
    Length,
    Nested,
    Node,
    Not,
    Phrase,
    Range,
    Regex,
    Single,
    Term,
    conj,
    disj,
    glob,
    merge_tokens,
    negate,
)

EQL = r"""process where host.os.type == "windows" and event.type == "start" and
  process.name : ("cmd.exe", "powershell.exe") and process.command_line : ("*-enc*", "*-nop*") and
  not (process.parent.executable : "?:\\Windows\\System32\\svchost.exe" or user.id == "S-1-5-18") and
  not process.parent.name : ("a.exe", "b*.exe")"""

EXPECTED = r"""title: 'Case: a'
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
status: test
description: |
    First line

    Third line
references:
    - https://example.org/a?b#c
author: Me
date: 2024-01-02
tags:
    - attack.t1059.001
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        event.category|cased: 'process'
        host.os.type|cased: 'windows'
        event.type|cased: 'start'
        process.name:
            - 'cmd.exe'
            - 'powershell.exe'
        process.command_line|contains:
            - '-enc'
            - '-nop'
    filter_main_svchost:
        process.parent.executable: '?:\Windows\System32\svchost.exe'
    filter_main_user:
        user.id|cased: 'S-1-5-18'
    filter_main_parent:
        process.parent.name:
            - 'a.exe'
            - 'b*.exe'
    condition: selection and not 1 of filter_main_*
falsepositives:
    - Unknown
level: high
elastic:
    risk_score: 47
    'on': '1.0'
"""

METADATA = {
    "elastic": {"risk_score": 47, "on": "1.0"},
    "level": "high",
    "logsource": {"category": "process_creation", "product": "windows"},
    "title": "Case: a",
    "description": "First line\n\nThird line\n",
    "date": "2024-01-02",
    "id": "6f3e2987-db24-4c78-a860-b4f4095a7095",
    "status": "test",
    "tags": ["attack.t1059.001"],
    "references": ["https://example.org/a?b#c"],
    "author": "Me",
    "falsepositives": ["Unknown"],
    "modified": None,
}


def test_a_rule_is_written_in_the_order_and_style_of_sigmahq() -> None:
    assert converter.render(converter.parse("eql", EQL), "sigma", metadata=METADATA) == EXPECTED


def said(node: Node, fields: Any = None, **options: Any) -> str:
    query = converter.parse("sigma", "detection: {s: {f: 1}, condition: s}", fields)
    return converter.languages.get("sigma").render(node, query.fields, options)


def detection(node: Node, fields: Any = None) -> dict[str, Any]:
    found = yaml.safe_load(said(node, fields))["detection"]
    assert isinstance(found, dict)
    return found


F, G, N, IP = Field("f"), Field("g"), Field("n", "long"), Field("ip", "ip")

SAID: list[tuple[Node, dict[str, Any]]] = [
    (Glob(F, ("a",)), {"f|cased": "a"}),
    (Glob(F, ("a",), "ascii"), {"f": "a"}),
    (Glob(F, ("4-5",)), {"f": "4-5"}),
    (Glob(F, ("443",)), {"f": 443}),
    (Glob(F, ("0443",)), {"f": "0443"}),
    (Glob(F, ("true",), "ascii"), {"f": "true"}),
    (Glob(F, ()), {"f": ""}),
    (Glob(F, ("a*",), "ascii"), {"f": "a\\*"}),
    (Glob(F, ("C:\\x\\", ANY), "ascii"), {"f|startswith": "C:\\x\\"}),
    (Glob(F, ("a\\", ANY, "b"), "ascii"), {"f": "a\\\\*b"}),
    (Glob(F, ("dc",), "lower"), {"f": "dc"}),
    (Glob(F, ("cmd", ANY), "lower"), {"f|startswith": "cmd"}),
    (Exists(F), {"f|exists": True}),
    (Not(Exists(F)), {"f": None}),
    (Term(N, 4), {"n": 4}),
    (Term(Field("b", "boolean"), True), {"b": True}),
    (Term(IP, (0xFFFF << 32) + 1), {"ip": "0.0.0.1"}),
    (Range(N, low=4), {"n|gte": 4}),
    (Range(Field("d", "double"), high=1.5, high_open=True), {"d|lt": 1.5}),
    (Range(N, 4, 6, low_open=True), {"n": [5, 6]}),
    (Range(Field("n", "long", single=True), 4, 600), {"n|gte": 4, "n|lte": 600}),
    (Range(IP, (0xFFFF << 32) + (10 << 24), (0xFFFF << 32) + (11 << 24) - 1), {"ip|cidr": "10.0.0.0/8"}),
    (Cidr(F, "10.0.0.1/8"), {"f|cidr": "10.0.0.0/8"}),
    (Category("process"), {"event.category|cased": "process"}),
    (Length(F, 3, None), {"f|re|s": "^.{3}"}),
    (Length(F, None, 0), {"f": ""}),
    (Regex(F, "a|b.*"), {"f|cased": ["a", "b*"]}),
    (Regex(F, ".*[0-9]{3,}.*"), {"f|re": "\\d{3,}"}),
    (Regex(F, ".*b[0-9]+.*", fold="ascii"), {"f|re|i": "b\\d+"}),
    (Regex(F, "x?y", "pcre", search=True, multiline=True), {"f|re|m": "x?y"}),
    (disj([Glob(F, ("a",), "ascii"), Glob(F, (ANY, "b"), "ascii")]), {"f": ["a", "*b"]}),
    (disj([Glob(F, ("a",)), Glob(F, ("1",))]), {"f|cased": ["a", "1"]}),
    (conj([Glob(F, (ANY, "a", ANY), "ascii"), Glob(F, (ANY, "b", ANY), "ascii")]), {"f|contains|all": ["a", "b"]}),
]  # fmt: skip


@pytest.mark.parametrize(("node", "selection"), SAID)
def test_an_atom_is_said(node: Node, selection: dict[str, Any]) -> None:
    assert detection(node) == {"selection": selection, "condition": "selection"}


def test_one_field_twice_makes_two_selections() -> None:
    found = detection(conj([Glob(F, ("a",), "ascii"), Glob(F, ("b",), "ascii")]))
    assert sorted(found) == ["condition", "selection_f", "selection_f_2"]
    assert found["condition"] == "all of selection_*"


def test_nested_alternatives_get_groups_of_their_own() -> None:
    a, b, c, d = (Glob(Field(name), (name,), "ascii") for name in "abcd")
    found = detection(conj([a, disj([conj([b, Not(c)]), d])]))
    assert found["condition"] == "selection and (selection_d or (selection_b and not filter_c))"
    assert found["selection_b"] == {"b": "b"} and found["filter_c"] == {"c": "c"}


def test_no_pattern_takes_in_a_selection_of_another_group() -> None:
    def test(field: str, value: str) -> Node:
        return Glob(Field(field), (value,), "ascii")

    def group(*values: str) -> Node:
        return conj([disj([test("f", value), Not(test("g", value))]) for value in values])

    node = conj([
        test("a", "img"), test("b", "main"), Not(test("c", "img_path")), Not(group("main", "img", "optional")),
        disj([group("img", "img_path", "img_path_x", "curl"), group("img", "curl"), Not(group("curl", "curl_a", "x"))]),
    ])  # fmt: skip
    assert converter.compare(node, converter.parse("sigma", said(node))).relation == "equivalent"


def test_exclusions_of_one_field_are_one_list() -> None:
    a, b, c = Glob(F, ("a",), "ascii"), Glob(F, ("b",), "ascii"), Glob(F, (ANY, "c"), "ascii")
    found = detection(conj([Exists(G), Not(a), Not(b), Not(c)]))
    assert found == {
        "selection": {"g|exists": True}, "filter_main_f": {"f": ["a", "b", "*c"]},
        "condition": "selection and not 1 of filter_main_*",
    }  # fmt: skip


def test_keywords_are_a_list() -> None:
    assert detection(Glob(ANY_FIELD, (ANY, "a b", ANY), "ascii"))["selection"] == ["a b"]


@pytest.mark.parametrize("constant", [ALWAYS, NEVER])
def test_constants_are_said(constant: Node) -> None:
    for event in ({}, {"event.category": "process"}):
        assert converter.matches(converter.parse("sigma", said(constant)), event) is (constant is ALWAYS)


def test_placeholders_stand_for_missing_metadata() -> None:
    found = yaml.safe_load(said(Exists(F)))
    assert found["title"] and found["logsource"] and len(found["id"]) == 36
    assert said(Exists(F)) == said(Exists(F))


def test_every_node_that_sigma_cannot_say_is_named() -> None:
    text, at = Field("t", "text"), Field("at", "date")
    node = conj([
        Phrase(text, ("a", "b")), Single(F), Nested("p", Exists(Field("p.a", nested="p"))),
        Range(at, low=DateMath("now-1d")), Range(N, 0, 10_000), Exists(F), Glob(ANY_FIELD, ("a",)),
        Glob(Field("p.a", nested="p"), ("a",)), Regex(F, "~a"),
    ])  # fmt: skip
    with pytest.raises(converter.UnsupportedError) as caught:
        said(node)
    messages = " | ".join(d.message for d in caught.value.diagnostics)
    assert len(caught.value.diagnostics) == 8
    for part in ("analysed text of `t`", "exactly one value", "nested field `p`", "dates of `at`", "two ends",
                 "any field", "outside its nested", "complement"):  # fmt: skip
        assert part in messages


DATES = {"at": "date"}


@pytest.mark.parametrize(
    ("modifiers", "value", "stamp", "hit"),
    [("minute", 59, "2024-01-02T03:59:01Z", True), ("hour", 3, "2024-01-02T03:59:01Z", True),
     ("hour", 3, "2024-01-02T03:59:01+02:00", False), ("day", 2, "2024-01-02", True),
     ("week", 1, "2024-12-31T00:00:00Z", True), ("month", 12, "2024-12-31", True), ("year", 2024, 1704153600000, True),
     ("hour|gte", 20, "2024-01-02T19:59:59Z", False), ("hour|gte", 20, "2024-01-02T20:00:00Z", True)],
)  # fmt: skip
def test_parts_of_a_date_are_compared_in_utc(modifiers: str, value: int, stamp: Any, hit: bool) -> None:
    text = f"detection: {{s: {{'at|{modifiers}': {value}}}, condition: s}}"
    query = converter.parse("sigma", text, DATES)
    assert converter.matches(query, {"at": stamp}) is hit
    assert converter.parse("sigma", converter.render(query, "sigma"), DATES).tree == query.tree


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(TEXTS.filter(lambda key: len(key) < 100), VALUES, min_size=1, max_size=4))
@example({"a": "x\n", "b": "x\n\ny", "c": " x", "d": "x\n ", "e": "\n", "f": "\t\n", "g": "\ufeff\u2028\x85"})
@example(
    {"a": "- b", "c": "yes", "d": "1e3", "e": "0x1", "f": "12:30", "g": "~", "h": "2024-01-02", "i": "=", "<<": "x"}
)
def test_yaml_comes_back_letter_by_letter(content: dict[str, Any]) -> None:
    assert yaml.load(document(content), yaml.CSafeLoader) == content
    assert yaml.load(document({"detection": content}), yaml.CSafeLoader) == {"detection": content}


def test_dates_are_written_as_they_are() -> None:
    assert document({"date": datetime.date(2024, 1, 2)}) == "date: 2024-01-02\n"


TOKENS = st.lists(st.sampled_from(["a", "B", "k", "\\", "*", "?", "'", "é", "4", " ", ANY, ONE]), max_size=5)
FIELDS = {"f": "keyword", "g": "wildcard", "n": "long", "ip": "ip", "b": "boolean", "c": "keyword_lowercase"}
SCHEMA = converter.Fields.of(FIELDS)


@settings(max_examples=500, deadline=None)
@given(TOKENS.map(merge_tokens))
def test_a_pattern_is_spelled_so_that_pysigma_reads_it_back(tokens: Any) -> None:
    from sigma.types import SigmaString, SpecialChars

    wild = {SpecialChars.WILDCARD_MULTI: ANY, SpecialChars.WILDCARD_SINGLE: ONE}
    assert tuple(p if isinstance(p, str) else wild[p] for p in SigmaString(spell(tokens)).s) == tokens


def atoms_of(name: str) -> st.SearchStrategy[Node]:
    field = SCHEMA.field(name)
    match field.type:
        case "long":
            number = st.integers(-2, 9)
            return number.map(lambda n: Term(field, n)) | number.map(lambda n: Range(field, low=n))
        case "ip":
            return st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "::/1"]).map(lambda n: Cidr(field, n))
        case "boolean":
            return st.booleans().map(lambda truth: Term(field, truth))
        case "keyword_lowercase":
            return TOKENS.map(lambda t: Glob(field, glob("".join(x for x in t if isinstance(x, str)).lower())))
    folds = st.sampled_from(["none", "ascii", "lower"])
    return st.builds(
        lambda t, fold: Glob(field, merge_tokens(x.lower() if isinstance(x, str) and fold == "lower" else x for x in t),
                             fold), TOKENS, folds,
    )  # fmt: skip


NAMES = st.sampled_from(list(FIELDS))
TREES = st.recursive(
    NAMES.flatmap(atoms_of) | NAMES.map(lambda name: Exists(SCHEMA.field(name))),
    lambda inner: st.lists(inner, min_size=2, max_size=4).map(conj)
    | st.lists(inner, min_size=2, max_size=4).map(disj)
    | inner.map(negate),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_a_random_tree_means_the_same_when_it_comes_back(node: Node) -> None:
    text = said(node, FIELDS)
    again = converter.parse("sigma", text, FIELDS)
    verdict = compare(node, again.tree)
    assert verdict.relation == "equivalent", f"{verdict}\n{text}"
