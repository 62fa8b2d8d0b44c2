"""Every modifier and kind of value, asked on events."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

import converter
from converter.languages.sigma.placeholders import placeholder_values
from converter.tree import ANY, NEVER, Cidr, Exists, Field, Glob, Not, Range, Regex, Term, negate
from tests.sigma.helpers import holds, rule, tree

#: Selection, value of the field `f` (`...`: no such field), whether it matches.
CASES: list[tuple[str, Any, Any, bool]] = [
    ("equal folds ASCII", {"f": "Cmd.EXE"}, "cmd.exe", True),
    ("equal takes the whole value", {"f": "cmd"}, "cmd.exe", False),
    ("folding is ASCII's only", {"f": "key"}, "\u212aey", False),
    ("no folding of umlauts", {"f": "É"}, "é", False),
    ("any value of an array", {"f": "a"}, ["x", "A"], True),
    ("contains", {"f|contains": "b c"}, "aB Cd", True),
    ("contains of nothing is presence", {"f|contains": ""}, "", True),
    ("contains of nothing needs a value", {"f|contains": ""}, ..., False),
    ("startswith", {"f|startswith": "ab"}, "ABC", True),
    ("startswith is anchored", {"f|startswith": "b"}, "abc", False),
    ("endswith", {"f|endswith": "\\cmd.exe"}, "C:\\CMD.EXE", True),
    ("endswith is anchored", {"f|endswith": "cmd"}, "cmd.exe", False),
    ("star crosses line breaks", {"f": "a*b"}, "a\nb", True),
    ("question mark is one code point", {"f": "a?b"}, "a\U0001f600b", True),
    ("question mark is not nothing", {"f": "a?b"}, "ab", False),
    ("escaped star", {"f": "a\\*b"}, "a*b", True),
    ("escaped star is no wildcard", {"f": "a\\*b"}, "axb", False),
    ("escaped backslash, wild star", {"f": "a\\\\*b"}, "a\\xxb", True),
    ("three backslashes: backslash and star", {"f": "a\\\\\\*b"}, "a\\*b", True),
    ("three backslashes: nothing is wild", {"f": "a\\\\\\*b"}, "a\\xb", False),
    ("single backslash stands for itself", {"f": "C:\\Windows\\a"}, "c:\\windows\\a", True),
    ("double backslash is one", {"f": "a\\\\b"}, "a\\b", True),
    ("four backslashes are two", {"f": "\\\\\\\\srv"}, "\\\\srv", True),
    ("three backslashes before a letter are two", {"f": "\\\\\\srv"}, "\\\\srv", True),
    ("trailing backslash with contains", {"f|contains": "Temp\\"}, "c:\\temp\\x", True),
    ("cased", {"f|cased": "Foo"}, "foo", False),
    ("cased hit", {"f|cased": "Foo"}, "Foo", True),
    ("cased behind contains", {"f|contains|cased": "Foo"}, "a foo", False),
    ("cased before contains", {"f|cased|contains": "Foo"}, "a Foo", True),
    ("cased windash keeps case", {"f|cased|windash": "-Foo"}, "/foo", False),
    ("cased windash", {"f|cased|windash": "-Foo"}, "/Foo", True),
    ("list is or", {"f": ["a", "b"]}, "B", True),
    ("contains all", {"f|contains|all": ["a", "b"]}, "xbxa", True),
    ("contains all misses one", {"f|contains|all": ["a", "b"]}, "xbx", False),
    ("all over an array: each for itself", {"f|contains|all": ["a", "b"]}, ["a", "b"], True),
    ("exists", {"f|exists": True}, "", True),
    ("exists: null is absent", {"f|exists": True}, None, False),
    ("exists false", {"f|exists": False}, ..., True),
    ("null: missing", {"f": None}, ..., True),
    ("null: null", {"f": None}, None, True),
    ("null: empty text is a value", {"f": None}, "", False),
    ("null in a list", {"f": [None, "-"]}, ..., True),
    ("no values at all is null", {"f": []}, ..., True),
    ("empty text", {"f": ""}, "", True),
    ("empty text is not missing", {"f": ""}, ..., False),
    ("star is presence", {"f": "*"}, "", True),
    ("number on text", {"f": 4624}, "4624", True),
    ("number on a number of the event", {"f": 4624}, 4624, True),
    ("number as text of the rule", {"f": "4624"}, 4624, True),
    ("number does not begin a number", {"f": 462}, 4624, False),
    ("fraction", {"f": 1.5}, "1.5", True),
    ("boolean", {"f": True}, True, True),
    ("boolean as text", {"f": True}, "True", True),
    ("re searches", {"f|re": "fo+"}, "xfoox", True),
    ("re is case-sensitive", {"f|re": "foo"}, "FOO", False),
    ("re i", {"f|re|i": "foo"}, "FOO", True),
    ("re keeps its backslashes", {"f|re": "a\\\\b\\.c"}, "a\\b.c", True),
    ("re anchors are honoured", {"f|re": "^b"}, "ab", False),
    ("re m", {"f|re|m": "^b"}, "a\nb", True),
    ("re without s", {"f|re": "a.b"}, "a\nb", False),
    ("re s", {"f|re|s": "a.b"}, "a\nb", True),
    ("re long flag names", {"f|re|ignorecase|dotall": "A.B"}, "a\nb", True),
    ("re contains", {"f|re|contains": "b|c"}, "abd", True),
    ("re startswith", {"f|re|startswith": "b|c"}, "abd", False),
    ("re startswith hit", {"f|re|startswith": "b|c"}, "cd", True),
    ("re endswith", {"f|re|endswith": "b|c"}, "abd", False),
    ("re of a number", {"f|re": 12}, "x123", True),
    ("empty re", {"f|re": ""}, "", True),
    ("cidr", {"f|cidr": "10.0.0.0/8"}, "10.1.2.3", True),
    ("cidr outside", {"f|cidr": "10.0.0.0/8"}, "11.1.2.3", False),
    ("cidr of text that is no address", {"f|cidr": "10.0.0.0/8"}, "10.x", False),
    ("cidr 6", {"f|cidr": "fe80::/10"}, "FE80::1", True),
    ("base64", {"f|base64": "foo"}, "Zm9v", True),
    ("base64 folds case like all texts", {"f|base64": "foo"}, "zM9V", True),
    ("base64 of a star", {"f|base64": "\\*"}, "Kg==", True),
    ("base64offset", {"f|base64offset|contains": "foobar"}, b64encode(b"xyfoobarz").decode(), True),
    ("base64offset of umlauts", {"f|base64offset|contains": "naïve"}, b64encode("x naïve y".encode()).decode(), True),
    ("wide base64", {"f|wide|base64": "é"}, b64encode("é".encode("utf-16-le")).decode(), True),
    ("utf16le base64", {"f|utf16le|base64": "ab"}, b64encode("ab".encode("utf-16-le")).decode(), True),
    ("utf16be base64", {"f|utf16be|base64": "ab"}, b64encode("ab".encode("utf-16-be")).decode(), True),
    ("utf16 has a mark", {"f|utf16|base64": "a"}, b64encode(b"\xff\xfea\x00").decode(), True),
    ("wide base64offset", {"f|wide|base64offset|contains": "run"},
     b64encode(b"x" + "a run b".encode("utf-16-le")).decode(), True),
    ("wide text", {"f|wide": "ab"}, "a\0b\0", True),
    ("windash", {"f|contains|windash": " -x "}, "a /x b", True),
    ("windash en dash", {"f|contains|windash": " -x "}, "a \u2013x b", True),
    ("windash horizontal bar", {"f|windash|contains": " /x "}, "a \u2015x b", True),
    ("windash of a dash that is long in the rule", {"f|windash|contains": " \u2013x "}, "a /x b", True),
    ("windash inside a word", {"f|windash": "-a-b"}, "/a/b", False),
    ("windash keeps inner dash", {"f|windash": "-a-b"}, "/a-b", True),
    ("windash of four dashes", {"f|windash": "-a -b -c -d"}, "/a -b /c \u2014d", True),
    ("gt", {"f|gt": 5}, 6, True),
    ("gt as number, not text", {"f|gt": 10}, 9, False),
    ("gt: number as text of the event", {"f|gt": 5}, "50", True),
    ("gte", {"f|gte": 5}, 5, True),
    ("lt", {"f|lt": 5}, 5, False),
    ("lte fraction", {"f|lte": 5.5}, 5.5, True),
    ("neq", {"f|neq": "a"}, "A", False),
    ("neq of a missing field", {"f|neq": "a"}, ..., True),
    ("neq of a list is none of them", {"f|neq": ["a", "b"]}, "b", False),
    ("neq with contains", {"f|contains|neq": "a"}, "xbx", True),
]  # fmt: skip


@pytest.mark.parametrize(("selection", "value", "hit"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_value_matches(selection: Any, value: Any, hit: bool) -> None:
    event = {} if value is ... else {"f": value}
    assert holds(selection, event) is hit


@pytest.mark.parametrize(("selection", "value", "hit"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_value_means_the_same_after_rendering(selection: Any, value: Any, hit: bool) -> None:
    query = converter.parse("sigma", rule({"sel": selection, "condition": "sel"}))
    again = converter.parse("sigma", converter.render(query, "sigma"))
    event = {} if value is ... else {"f": value}
    assert converter.matches(again, event) is hit


REFERENCES = [
    ("fieldref", {"f|fieldref": "g"}, {"f": "A", "g": "a"}, True),
    ("fieldref needs both", {"f|fieldref": "g"}, {"f": "a"}, False),
    ("fieldref cased", {"f|cased|fieldref": "g"}, {"f": "A", "g": "a"}, False),
    ("fieldref startswith", {"f|fieldref|startswith": "g"}, {"f": "abc", "g": "AB"}, True),
    ("fieldref endswith", {"f|fieldref|endswith": "g"}, {"f": "abc", "g": "bc"}, True),
    ("fieldref contains", {"f|fieldref|contains": "g"}, {"f": "abcd", "g": "bc"}, True),
    ("fieldref neq", {"f|fieldref|neq": "g"}, {"f": "a", "g": "b"}, True),
    ("fieldref arrays", {"f|fieldref": "g"}, {"f": ["x", "y"], "g": ["y", "z"]}, True),
]


@pytest.mark.parametrize(("selection", "event", "hit"), [c[1:] for c in REFERENCES], ids=[c[0] for c in REFERENCES])
def test_a_field_is_compared_with_another(selection: Any, event: Any, hit: bool) -> None:
    pytest.importorskip("converter.matching.scripts")
    assert holds(selection, event) is hit
    query = converter.parse("sigma", rule({"sel": selection, "condition": "sel"}))
    again = converter.parse("sigma", converter.render(query, "sigma"))
    assert again.tree == query.tree


KEYWORDS = [
    ("any value contains it", ["foo"], {"a": {"b": "xFOOx"}}, True),
    ("a list is or", ["nope", "foo"], {"a": "foo"}, True),
    ("a single text", "foo", {"a": "foo"}, True),
    ("all", {"|all": ["foo", "bar"]}, {"a": "foo", "b": "bar"}, True),
    ("all misses one", {"|all": ["foo", "bar"]}, {"a": "foo"}, False),
    ("numbers are texts", [200], {"m": "GET 200 OK"}, True),
    ("numbers of the event", [20], {"m": 1200}, True),
    ("wildcards stay wild", ["b*r"], {"m": "xbeerx"}, True),
    ("regular expression", {"|re": "fo+$"}, {"m": "a foo"}, True),
    ("cased", {"|cased": ["Foo"]}, {"m": "foo"}, False),
    ("names of fields do not count", ["foo"], {"foo": "x"}, False),
    ("arrays", ["foo"], {"a": ["x", "a foo"]}, True),
    ("startswith is of a value", {"|startswith": "foo"}, {"a": "xfoo", "b": "foox"}, True),
]


@pytest.mark.parametrize(("selection", "event", "hit"), [c[1:] for c in KEYWORDS], ids=[c[0] for c in KEYWORDS])
def test_a_keyword_is_looked_for_in_every_value(selection: Any, event: Any, hit: bool) -> None:
    assert holds(selection, event) is hit
    query = converter.parse("sigma", rule({"sel": selection, "condition": "sel"}))
    assert converter.matches(converter.parse("sigma", converter.render(query, "sigma")), event) is hit


TYPES = {
    "n": "long", "ip": "ip", "b": "boolean", "t": "text", "c": "keyword_lowercase", "d": "double", "at": "date",
}  # fmt: skip
SCHEMA = converter.Fields.of(TYPES)
LONG, IP, BOOL, TEXT, LOWER = (SCHEMA.field(name) for name in ("n", "ip", "b", "t", "c"))
V4 = 0xFFFF << 32

TYPED: list[tuple[str, Any, Any]] = [
    ("long: number", {"n": 4}, Term(LONG, 4)),
    ("long: numeric text", {"n": "4"}, Term(LONG, 4)),
    ("long: list", {"n": [4]}, Term(LONG, 4)),
    ("long: other text never", {"n": "four"}, NEVER),
    ("long: a fraction never", {"n": 4.5}, NEVER),
    ("long: star is presence", {"n": "*"}, Exists(LONG)),
    ("long: a wildcard reads the text", {"n|startswith": "4"}, Glob(Field("n", "keyword"), ("4", ANY))),
    ("long: comparison", {"n|gte": 4}, Range(LONG, low=4)),
    ("double", {"d|lt": 1.5}, Range(Field("d", "double"), high=1.5, high_open=True)),
    ("ip: address", {"ip": "10.0.0.1"}, Term(IP, V4 + 0x0A000001)),
    ("ip: no address", {"ip": "-"}, NEVER),
    ("ip: octets", {"ip|startswith": "10."}, Cidr(IP, "10.0.0.0/8")),
    ("ip: three octets", {"ip": "192.168.1.*"}, Cidr(IP, "192.168.1.0/24")),
    ("ip: group", {"ip|startswith": "fe80:"}, Cidr(IP, "fe80::/16")),
    ("ip: no network", {"ip|startswith": "10.1"}, Glob(Field("ip", "keyword"), ("10.1", ANY))),
    ("ip: no octet", {"ip|startswith": "999."}, Glob(Field("ip", "keyword"), ("999.", ANY))),
    ("ip: cidr", {"ip|cidr": "10.0.0.0/8"}, Cidr(IP, "10.0.0.0/8")),
    ("boolean", {"b": True}, Term(BOOL, True)),
    ("boolean: text", {"b": "TRUE"}, Term(BOOL, True)),
    ("boolean: pattern", {"b": "t*"}, Term(BOOL, True)),
    ("boolean: cased", {"b|cased": "True"}, NEVER),
    ("text: the whole value, not its words", {"t": "a b"}, Glob(replace(TEXT, type="keyword"), ("a b",), "ascii")),
    ("text: presence", {"t|exists": True}, Exists(TEXT)),
    ("lowercase field: the pattern is lowered", {"c": "ÉA"}, Glob(LOWER, ("éa",))),
    ("lowercase field: cased stays", {"c|cased": "A"}, Glob(LOWER, ("A",))),
    ("no letters, no folding", {"x": "4-5"}, Glob(SCHEMA.field("x"), ("4-5",))),
    ("impossible values leave a list", {"ip": ["10.0.0.1", "-"]}, Term(IP, V4 + 0x0A000001)),
    ("neq of an impossible value", {"n|neq": "x"}, negate(NEVER)),
    ("null on a number", {"n": None}, Not(Exists(LONG))),
]


@pytest.mark.parametrize(("selection", "expected"), [c[1:] for c in TYPED], ids=[c[0] for c in TYPED])
def test_a_test_takes_the_type_of_its_field(selection: Any, expected: Any) -> None:
    assert tree(selection, fields=TYPES) == expected


@pytest.mark.parametrize("selection", [{"b|gt": 1}, {"ip|lt": 1}, {"at|gte": 5}, {"n|hour": 3}])
def test_a_comparison_that_a_type_cannot_take_is_refused(selection: Any) -> None:
    with pytest.raises(converter.FieldTypeError) as caught:
        tree(selection, fields=TYPES)
    assert caught.value.diagnostics[0].span is not None


def test_a_regular_expression_keeps_its_pattern_and_flags() -> None:
    assert tree({"f|re|i|s": "a?.*"}) == Regex(
        Field("f", known=False), "a?.*", "pcre", "ascii", search=True, dotall=True
    )


def test_a_field_that_a_closed_schema_lacks_is_never_found() -> None:
    for selection in ({"x": "a"}, {"x|re": "a"}, {"x|contains": ""}, {"x|gt": 0}, {"x|cidr": "10.0.0.0/8"}):
        assert not holds(selection, {"x": "a"}, fields=TYPES)
    assert holds({"x": None}, {"x": "a"}, fields=TYPES)


EXPANDED = [
    ({"f|expand": "%who%"}, "root", True),
    ({"f|expand": "%who%"}, "Admin7", True),
    ({"f|contains|expand": "a%who%b"}, "xarootbx", True),
    ({"f|expand": "\\%plain%who%"}, "%plainroot", True),
    ({"f|expand": "%who%-%who%"}, "root-admin", True),
    ({"f": "%who%"}, "root", False),
    ({"f|re|expand": "^%who%$"}, "root", True),
]


@pytest.mark.parametrize(("selection", "value", "hit"), EXPANDED)
def test_placeholders_take_their_values(selection: Any, value: str, hit: bool) -> None:
    with placeholder_values({"who": ["root", "admin*"]}):
        assert holds(selection, {"f": value}) is hit


def test_a_placeholder_without_a_value_is_refused_by_name() -> None:
    with pytest.raises(converter.UnsupportedError, match="`%who%` has no value"):
        tree({"f|expand": "%who%"})


BROKEN = [
    ({"f|nope": "a"}, "no modifier `nope`"),
    ({"f|re": "a("}, "never closed"),
    ({"f|cidr": "10.0.0.1/8"}, "host bits"),
    ({"f|gt": "a"}, "the modifier `gt` does not take `a`"),
    ({"f|contains": 12}, "the modifier `contains` does not take `12`"),
    ({"f|contains": None}, "does not take `null`"),
    ({"f|base64": "a*"}, "wildcards"),
    ({"f": {"a": "b"}}, "a text, a number"),
    ({"|exists": True}, "field"),
    ([None], "null"),
    ({}, "empty"),
    ([], "empty"),
    ({"f|windash": " ".join("-a" * 1 for _ in range(9))}, "too many"),
]


@pytest.mark.parametrize(("selection", "message"), BROKEN)
def test_what_has_no_meaning_is_an_error_with_its_place(selection: Any, message: str) -> None:
    with pytest.raises(converter.ParseError, match=message) as caught:
        tree(selection)
    assert caught.value.diagnostics[0].position is not None


@pytest.mark.parametrize(
    ("selection", "help_"),
    [
        ({"f|contains": 12}, "put the number in quotes"),
        ({"f|lt": "5"}, "take the quotes off the number"),
        ({"f|hour": "8"}, "take the quotes off the number"),
        ({"f|lt|hour": 8}, "it comes first, as in `hour|lt`"),
        ({"f|gt": "a"}, None),
    ],
)
def test_a_value_of_the_wrong_kind_is_helped(selection: Any, help_: str | None) -> None:
    with pytest.raises(converter.ParseError) as caught:
        tree(selection)
    assert caught.value.diagnostics[0].help == help_


def test_a_dash_outside_ascii_has_no_case_to_speak_of() -> None:
    notes = converter.parse("sigma", rule({"sel": {"f|windash": "-a"}, "condition": "sel"})).notes
    assert "non-ascii-fold" not in {note.code for note in notes}


@pytest.mark.parametrize(
    ("key", "pattern", "noted"),
    [
        ("f|re", "a$", True),
        ("f|re", "(a$|b)c", True),
        ("f|re|m", "a$", False),
        ("f|re", "(?m)a$", False),
        ("f|re", "a\\$", False),
        ("f|re", "a\\\\$", True),
        ("f|re", "[$]a", False),
        ("f|re", "a", False),
        ("f|re|endswith", "a", False),
    ],
)
def test_a_note_says_where_an_expression_ends(key: str, pattern: str, noted: bool) -> None:
    query = converter.parse("sigma", rule({"sel": {key: pattern}, "condition": "sel"}))
    said = [note.code for note in query.notes if "very end of the value" in note.message]
    assert said == (["takes"] if noted else [])
