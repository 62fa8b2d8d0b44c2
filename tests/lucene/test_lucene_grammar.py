"""Lucene's query syntax: tokens, the model of required and prohibited clauses, what a type cannot take, errors."""

from __future__ import annotations

import pytest

import converter
from converter import languages
from converter.diagnostics import ParseError, Source, UnsupportedError
from converter.fields import Fields
from converter.matching import EventValues, compile_node

FIELDS = {
    "k": "keyword", "lc": "keyword_lowercase", "x": "text", "n": "long", "t": "date", "ip": "ip", "b": "boolean",
    "fl": "flattened",
}  # fmt: skip


def holds(text: str, **event: object) -> bool:
    return converter.matches(converter.parse("lucene", text, FIELDS), event)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a OR b AND c", "bc abc"),
        ("a AND b OR c", "ab abc"),
        ("a OR b OR c", "a b c ab ac bc abc"),
        ("NOT a OR b", "b bc"),
        ("a OR NOT b", "a ac"),
        ("a OR (NOT b)", "- a c ab ac abc"),
        ("NOT a NOT b", "- c"),
        ("+a b", "a ab ac abc"),
        ("a b -c", "a b ab"),
        ("a && b || c", "ab abc"),
        ("!a", "- b c bc"),
        ("NOT (NOT a)", "a ab ac abc"),
        ("(a b) +c", "c ac bc abc"),
    ],
)
def test_operators_make_clauses_required_optional_or_prohibited(text: str, wanted: str) -> None:
    query = converter.parse("lucene", "".join(f"k:{c}" if c in "abc" else c for c in text), {"k": "keyword"})
    events = ["-", "a", "b", "c", "ab", "ac", "bc", "abc"]
    found = [name for name in events if converter.matches(query, {"k": [*name]})]
    assert " ".join(found) == wanted


def test_operators_in_small_letters_are_words() -> None:
    assert holds("k:a not k:b", k="not") and holds("k:a and k:b", k="and") and holds("k:a or k:b", k="b")


def test_words_behind_a_field_are_one_term_of_a_keyword_and_several_of_a_text() -> None:
    assert holds("k:(a b)", k="a b") and not holds("k:(a b)", k="a")
    assert holds("x:(a b)", x="b c")
    assert holds("k:(a b OR c)", k="a") and holds("k:(a b OR c)", k="c") and not holds("k:(a b OR c)", k="a b")


def test_a_value_that_a_type_cannot_take_is_false_and_its_negation_true() -> None:
    for text in ("n:abc", "ip:10.*", "b:TRUE", "k:/(a/", "t:foo", "n:[a TO b]"):
        assert not holds(text, n=1, ip="10.0.0.1", b=True, k="a", t="2024-01-01")
        assert holds(f"NOT {text}", n=1, ip="10.0.0.1", b=True, k="a", t="2024-01-01")


def test_a_clause_without_words_drops_out() -> None:
    assert holds('k:a AND x:"!!!"', k="a")
    assert holds('k:a AND NOT x:"!!!"', k="a")
    assert not holds('NOT x:"!!!"', k="a")


def test_an_angle_bracket_before_a_value_makes_a_range_that_no_escape_hides() -> None:
    assert holds(r"k:\>a", k="b") and not holds(r"k:\>a", k=">a")
    assert holds('k:">a"', k=">a")
    assert holds("n:(>1 AND <=3)", n=3)


def test_a_backslash_before_the_last_slash_takes_the_slash_in() -> None:
    with pytest.raises(ParseError):
        converter.parse("lucene", r"k:/a\\/ OR k:/b/", FIELDS)
    assert holds(r"k:/a[\\]/ OR k:/b/", k="b")


def test_fuzziness_of_one_letter_is_written_out_and_of_two_refused() -> None:
    for near in ("helo", "hello", "hallo", "hlelo", "helloo", "ello"):
        assert holds("k:hello~1", k=near), near
    assert not holds("k:hello~1", k="hall")
    assert holds("k:ab~", k="ab") and not holds("k:ab~", k="abc")
    with pytest.raises(UnsupportedError):
        converter.parse("lucene", "k:hello~2", FIELDS)
    with pytest.raises(UnsupportedError):
        converter.parse("lucene", 'x:"a b"~2', FIELDS)


def test_without_a_field_every_field_is_searched_and_of_an_open_schema_any_value() -> None:
    assert holds("5", n=5) and holds("5", k="5") and holds("10.0.0.1", ip="10.0.0.1")
    query = converter.parse("lucene", "cmd*")
    assert converter.matches(query, {"anything": {"at": "cmd.exe"}})
    assert [note.code for note in query.notes] == ["unscoped"]


def test_options_of_query_string_are_read_where_it_is_embedded() -> None:
    lucene = languages.get("lucene")
    assert lucene.embed is not None

    def matches(text: str, event: dict[str, object], **options: object) -> bool:
        assert lucene.embed is not None
        return compile_node(lucene.embed(Source(text), Fields.of(FIELDS), options).tree)(EventValues(event))

    assert not matches("k:a x:b", {"k": "a"}, default_operator="AND")
    assert matches("k:a x:b n:1", {"k": "a", "n": 1}, minimum_should_match=2)
    assert matches("t:2024-01-01", {"t": "2023-12-31T20:00:00Z"}, time_zone="+05:00")
    assert matches("a", {"lc": "A"}, fields=["lc"]) and not matches("a", {"k": "a"}, fields=["lc"])
    with pytest.raises(converter.FieldTypeError):
        matches("abc", {}, default_field="n")
    with pytest.raises(ParseError):
        matches("a", {}, colour="red")


@pytest.mark.parametrize(
    ("text", "part", "column"),
    [
        ("k:", "expected a value", 3),
        ("k:a AND", "expected a value", 8),
        ("AND k:a", "expected a value", 1),
        ("k:a OR OR k:b", "expected a value", 8),
        ("NOT NOT k:a", "expected a value", 5),
        ("(k:a", "never closed", 1),
        ("k:a)", "expected an operator", 4),
        ("k:a:b", "expected", 4),
        ('k:"a', "never closed", 3),
        ("k:/a", "never closed", 3),
        ("k:a\\", "nothing stands behind", 4),
        ("k:[a b]", "expected `TO`", 6),
        ("k:[a TO ]", "expected an end", 9),
        ("k:a^", "expected a number", 5),
        ("k:\\u00zz", "no character", 3),
        ("()", "expected a value", 2),
    ],
)
def test_bad_syntax_is_told_with_its_place(text: str, part: str, column: int) -> None:
    with pytest.raises(ParseError) as caught:
        converter.parse("lucene", text, FIELDS)
    place = caught.value.diagnostics[0].position
    assert part in str(caught.value)
    assert place is not None and place.column == column


def test_a_long_query_is_broken_into_lines_and_read_again() -> None:
    names = ", ".join(f'"name{i}.exe"' for i in range(40))
    query = converter.parse("eql", f'process where process.name in ({names}) and not user.id : "S-1-5-18"')
    text = converter.render(query, "lucene")
    assert max(map(len, text.splitlines())) <= 110
    again = converter.parse("lucene", text)
    assert converter.render(again, "lucene") == text
    assert converter.matches(again, {"event.category": "process", "process.name": "name7.exe"})
    assert not converter.matches(
        again, {"event.category": "process", "process.name": "name7.exe", "user.id": "s-1-5-18"}
    )
