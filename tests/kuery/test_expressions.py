"""Regular expressions in KQL: a short list of texts and wildcards is written as one, all else refused."""

from __future__ import annotations

import pytest

from converter import compare
from converter.diagnostics import UnsupportedError
from converter.fields import Fields
from converter.fields.kinds import of_kind
from converter.languages import get, parse
from converter.tree import ANY, ANY_FIELD, NEVER, ONE, Field, Glob, Node, Not, Regex, Token

FIELDS = Fields.of(
    {
        "properties": {"k": {"type": "keyword"}, "low": {"type": "keyword", "normalizer": "lower"}},
        "settings": {"analysis": {"normalizer": {"lower": {"type": "custom", "filter": ["lowercase"]}}}},
    }
)


def regex(pattern: str, field: str = "k", fold: str = "none") -> Regex:
    return Regex(FIELDS.field(field), pattern, "pcre", fold, search=True)  # type: ignore[arg-type]


def said(tree: Node, **options: object) -> tuple[str, str]:
    """The text, and what it is to the tree."""
    text = get("kuery").render(tree, FIELDS, options)
    return text, compare(tree, parse("kuery", text, FIELDS)).relation


@pytest.mark.parametrize(
    "pattern",
    [
        r"^a(b|c)$",
        r"net user",
        r"\s-c\s",
        r"[a-z]:\\",
        r"\n\n\n",
        r"^(?s:.*)x$",
        r"a[0-9]b",
        r"\d",
        r"^$",
        r"colou?r",
        r"a{2,}",
        r"x(a|ab+)",
        r"^(?s:.*)[0-9]+b(c|cd{1,2})$",
        r"^a{2,}",
        r"[0-9]|[1-9][0-9]|[1-4][0-9]{2}",
        r"/python3\.([5-9]|[0-9]{2})/",
        r"(\s*a?b)+c*",
        r"\s+-n\s+",
    ],
)
def test_a_short_list_of_texts_is_written_as_one(pattern: str) -> None:
    assert said(regex(pattern))[1] == "equivalent"
    assert said(Not(regex(pattern)))[1] == "equivalent"


def test_what_any_text_beside_it_makes_idle_is_not_written() -> None:
    assert said(regex(r"a{2,}b*"))[0] == "k:*aa*"
    assert said(regex(r"(?:x|y)+\.?"))[0] == "k:(*x* or *y*)"
    assert said(regex(r"[ab]|[1-9]b|7c"))[0] == "k:(*a* or *b* or *7c*)"


@pytest.mark.parametrize(
    "pattern", [r"net\s+user", r"[0-9a-f]{8}", r"a.b", r"[^a]", r".{200,}", r"ab{2,}c", r"[0-9]b+$", r"^b+c"]
)
def test_what_is_more_than_a_list_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedError, match="regular expressions"):
        said(regex(pattern))


def test_on_lower_case_values_only_what_is_lower_case_counts() -> None:
    text, relation = said(regex(r"x[A-Z]y|x[aB]z", "low"))
    assert (text, relation) == ("low:*xaz*", "equivalent")
    text, relation = said(regex(r"-D", "low"))
    assert relation == "equivalent"
    assert compare(NEVER, parse("kuery", text, FIELDS)).relation == "equivalent"


def test_on_lower_case_values_a_folded_expression_is_exact() -> None:
    assert said(regex(r"^C:\\(Temp|TMP)\\", "low", "ascii"))[1] == "equivalent"


def test_where_case_has_no_form_the_list_is_narrower() -> None:
    with pytest.raises(UnsupportedError):
        said(regex("a(b|c)", fold="ascii"))
    assert said(regex("a(b|c)", fold="ascii"), inexact="narrower")[1] == "narrower"
    with pytest.raises(UnsupportedError):
        said(Not(regex("a(b|c)", fold="ascii")), inexact="narrower")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"net\s+user", "k:*net*user*"),
        (r"https?://\d{1,3}\.\d{1,3}\.x", r"k:(*http\://*.*.x* or *https\://*.*.x*)"),
        (r"a.b", "k:*a*b*"),
        (r"^ x+ $", "k:*x*"),
        (r"ab[0-9a-f]{3}", "k:*ab*"),
    ],
)
def test_a_broader_form_keeps_the_fixed_texts_of_an_expression(pattern: str, text: str) -> None:
    assert said(regex(pattern), inexact="broader") == (text, "broader")
    with pytest.raises(UnsupportedError):
        said(Not(regex(pattern)), inexact="broader")


@pytest.mark.parametrize("pattern", [r"[0-9a-f]{8}", r".{200,}", r"a|.{200,}"])
def test_an_expression_without_fixed_texts_has_no_broader_form(pattern: str) -> None:
    with pytest.raises(UnsupportedError):
        said(regex(pattern), inexact="broader")


def test_what_is_excluded_is_never_more_to_get_a_narrower_form() -> None:
    for node in (regex(r"net\s+user"), Glob(FIELDS.field("k"), (ANY, "1", ONE, "2"))):
        with pytest.raises(UnsupportedError):
            said(Not(node), inexact="narrower")
        assert said(Not(Not(node)), inexact="broader")[1] == "broader"


@pytest.mark.parametrize(
    ("tokens", "field", "text"),
    [
        ((ANY, "1", ONE, "2"), FIELDS.field("k"), "k:*1*2"),
        ((" 1", ANY), FIELDS.field("k"), "k:*1*"),
        ((ANY, "1 2\t", ANY, "3 "), FIELDS.field("k"), "k:*1 2\\u0009*3*"),
    ],
)
def test_a_broader_form_keeps_the_sayable_parts_of_a_pattern(
    tokens: tuple[Token, ...], field: Field, text: str
) -> None:
    with pytest.raises(UnsupportedError):
        said(Glob(field, tokens))
    assert said(Glob(field, tokens), inexact="broader") == (text, "broader")


def test_a_search_without_a_field_for_words_is_broader_with_anything_between_them() -> None:
    fields = of_kind("lowercase")
    node = Glob(ANY_FIELD, (ANY, "new  user ", ANY), "lower")
    text = get("kuery").render(node, fields, {"inexact": "broader"})
    assert text == "*new*user*"
    assert compare(node, parse("kuery", text, fields)).relation == "broader"
    for options in ({}, {"inexact": "narrower"}):
        with pytest.raises(UnsupportedError, match="each word"):
            get("kuery").render(Not(node), fields, options)


def test_what_no_value_meets_is_negated_once() -> None:
    for tree in (regex(r"a\Ab"), regex("[A-Z]", "low")):
        assert said(tree) == ("not *:*", "equivalent")
        assert said(Not(tree)) == ("*:*", "equivalent")
