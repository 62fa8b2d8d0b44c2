"""What Elasticsearch refuses is refused here, with the place and what to do."""

from __future__ import annotations

import pytest

from converter import ConverterError, FieldTypeError, ParseError, UnsupportedError, parse

FIELDS = {
    "s": "keyword", "t": "text", "n": "long", "d": "double", "b": "boolean", "ip": "ip", "when": "date",
    "o": "object", "x.y": "keyword", "event.category": "keyword",
}  # fmt: skip

SYNTAX = [
    ("", "the query is empty"),
    ("process", "expected `where`"),
    ("process where", "expected a value or a field after `where`"),
    ("process where s :", "expected a value after `:`"),
    ("process where s == 'x'", "single quotes"),
    ('process where s = "x"', "found `=`"),
    ('process where s == ?"x"', "older EQL"),
    ('process where s == "a\\qb"', "no escape of EQL"),
    ('process where s == "C:\\Windows"', "`\\W` is no escape"),
    ('process where s == "abc', "does not end"),
    ('process where s == """abc', "does not end on its line"),
    ('process where s == "\\u{110000}"', "no character of Unicode"),
    ('process where s == "\\u{4}"', "two to eight"),
    ("process where s == `x", "a quoted name that does not end"),
    ('process where /* s == "x"', "a comment that does not end"),
    ('process where s in "a"', "a list in parentheses"),
    ('process where s in ("a",)', "expected a value or a field, found `)`"),
    ("process where s in ()", "expected a value or a field"),
    ('process where s in ("a"', "expected `,` or `)`"),
    ('process where s not like "a*"', "expected a comparison"),
    ('process where not s not like "a*"', "expected a comparison"),
    ('process where s like~ x.y', "expected a value after `like~`"),
    ('process where s == "a" == true', "cannot be chained"),
    ("process where n == 1 and", "expected a value or a field after `and`"),
    ("process where (n == 1", "expected `)`"),
    ("process where n == 1)", "expected `and`, `or` or the end of the condition"),
    ("process where n == 1 AND n == 2", "expected `and`, `or` or the end of the condition"),
    ("process where n ! 1", "`!` alone"),
    ("process where n == 1 && n == 2", "`&` is no operator"),
    ("process where in == 1", "expected a value or a field, found `in`"),
    ("process where x.in == 1", "expected a field, found `in`"),
    ("process where x.0 == 1", "found `.0`"),
    ("process where x[0] == 1", "cannot be taken by its number"),
    ("process where child of [process where true]", "`child of` is not supported"),
    ("process where foo(s) == 1", "unknown function `foo`"),
    ('process where startWith(s, "a")', "unknown function `startWith`"),
    ('process where length~(s) == 1', "no case-insensitive form"),
    ("process where length() == 1", "takes 1 argument, not 0"),
    ('process where startsWith(s, "a", "b")', "takes 2 arguments, not 3"),
    ('process where between(s, "a") == "b"', "takes 3 to 4 arguments, not 2"),
    ('process where cidrMatch(ip)', "takes 2 or more arguments"),
    ('process where cidrMatch(ip, "10.0.0.0/99")', "`10.0.0.0/99` is no network"),
    ('process where s regex "a("', "regular expression"),
    ('process where number("xyz") == 1', "no number"),
    ("process where s", "a condition is needed, not `s` of type keyword"),
    ("process where length(s)", "a condition is needed, not a number"),
    ('process where "a"', "a condition is needed, not a string"),
    ("process where s and true", "`and` needs a condition"),
    ("process where not n", "`not` needs a condition"),
    ("process where s == x.y", "compares a field or function with a constant only"),
    ("process where length(s) == length(x.y)", "compares a field or function with a constant only"),
    ("process where s in (x.y)", "holds constants only"),
    ("process where true | count", "the pipe `count` is not supported"),
    ("process where true | foo 3", "expected `head` or `tail`"),
    ("process where true | head", "`head` takes a whole number"),
    ("process where true | head -1", "`head` takes a whole number"),
    ("process where true | head s", "`head` takes a whole number"),
    ("join [process where true] [file where true]", "`join` is not supported"),
    ("sequence [process where true]", "a sequence needs two stages"),
    ("sequence process where true", "expected a stage in brackets"),
    ("sequence [process where true] [file where true", "expected `]`"),
    ("sequence by s [process where true] by n [file where true]", "different numbers of keys"),
    ("sequence by length(s) [process where true] [file where true]", "expected a field to join by"),
    ("sequence with maxspan=1 [process where true] [file where true]", "expected a unit of time"),
    ("sequence with maxspan=1.5h [process where true] [file where true]", "expected a time span"),
    ("sequence with maxspan=1w [process where true] [file where true]", "expected a unit of time"),
    ("sequence with maxspan=0s [process where true] [file where true]", "must be more than zero"),
    ("sequence with maxspan=1m by s [process where true] [file where true]", "expected a stage in brackets"),
    ("sequence [process where true] with runs=0", "expected a whole number from 1 to 100"),
    ("sequence [process where true] with runs=101", "expected a whole number from 1 to 100"),
    ("sequence [process where true] with times=2", "expected `runs`"),
    ("sequence [process where true] ![file where true]", "needs `with maxspan`"),
    ("sequence with maxspan=1m ![process where true] ![file where true]", "a stage that is not missing"),
    ("sequence [process where true] [file where true] until ![file where true]", "`until` takes a plain stage"),
    ("sequence [process where true] [process where true] fork", "expected the end of the query"),
    ("sample [process where true] [file where true]", "needs a join key"),
    ("sample by s [process where true]", "a sample needs two stages"),
    ("sample by s [process where true] ![file where true]", "takes plain stages"),
    ("sample by s [process where true] [file where true] | head 1", "a sample takes no pipes"),
    ("`process` where true", "expected an event category"),
    ("where where true", "expected an event category"),
]  # fmt: skip

TYPES = [
    ('process where n == "abc"', "`n` of type long cannot take the value `\"abc\"`"),
    ("process where n == true", "`n` of type long cannot take the value `true`"),
    ('process where n : "1"', "`:` needs a string, not `n` of type long"),
    ('process where ip : "10.*"', "`:` needs a string, not `ip` of type ip"),
    ('process where ip like "10.*"', "`like` needs a string"),
    ('process where ip == "10.*"', "`ip` of type ip cannot take the value"),
    ("process where ip == 5", "`ip` of type ip cannot take the value"),
    ('process where b == "yes"', "`b` of type boolean cannot take the value"),
    ("process where b > true", "`b` is boolean"),
    ('process where when == "yesterday"', "`when` of type date cannot take"),
    ('process where n regex "a.*"', "`regex` needs a string"),
    ("process where s : 5", "`:` needs a string, not a number"),
    ('process where s in ("a", 1)', "values of one type only"),
    ('process where t == "a"', "of type text: EQL needs a keyword"),
    ('process where o == "a"', "of type object, which EQL cannot query"),
    ("process where o == null", "of type object, which EQL cannot query"),
    ('process where nosuch == "a"', "unknown column `nosuch`"),
    ('process where length(n) == 1', "argument 1 of `length` must be a string, not `n` of type long"),
    ('process where startsWith(s, 1)', "argument 2 of `startsWith` must be a string, not a number"),
    ('process where add(s, 1) == 1', "argument 1 of `add` must be a number"),
    ('process where s + 1 == 2', "`+` needs numbers, not `s` of type keyword"),
    ('process where length(s) == "a"', "cannot compare a number with a string"),
    ('process where cidrMatch(n, "10.0.0.0/8")', "argument 1 of `cidrMatch` must be an ip address"),
    ("sequence [process where true] by s [file where true] by n", "cannot be joined with"),
    ("sequence by nosuch [process where true] [file where true]", "unknown column `nosuch`"),
    ("sequence by o [process where true] [file where true]", "cannot be joined by it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), SYNTAX)
def test_what_is_no_eql_is_a_parse_error_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse("eql", text, FIELDS)
    (diagnostic,) = caught.value.diagnostics
    assert message in diagnostic.message
    assert diagnostic.span is not None and diagnostic.source is not None
    assert 0 <= diagnostic.span.start <= max(len(text), 1) and diagnostic.span.start < diagnostic.span.end
    assert not diagnostic.message.endswith(".") and not diagnostic.message[0].isupper()


@pytest.mark.parametrize(("text", "message"), TYPES)
def test_what_a_type_cannot_take_is_a_type_error(text: str, message: str) -> None:
    with pytest.raises(FieldTypeError) as caught:
        parse("eql", text, FIELDS)
    assert message in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].span is not None


def test_an_unknown_column_names_a_near_one() -> None:
    with pytest.raises(FieldTypeError) as caught:
        parse("eql", "any where process.nam == null", {"process.name": "keyword"})
    assert caught.value.diagnostics[0].help == "did you mean `process.name`?"


def test_the_error_shows_its_place_in_the_text() -> None:
    with pytest.raises(ParseError) as caught:
        parse("eql", "process where\n  process.name :")
    shown = caught.value.render()
    assert "expected a value after `:`" in shown
    assert "--> <query>:2:17" in shown
    assert "help: quote the value" in shown


def test_a_broken_pattern_on_a_computed_value_is_refused() -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse("eql", 'process where substring(s, 1) regex "a("', FIELDS)
    assert "cannot be read" in caught.value.diagnostics[0].message


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    with pytest.raises(ConverterError):
        parse("eql", "any where " + "(" * 20_000 + "true" + ")" * 20_000)


@pytest.mark.parametrize("cut", range(0, 114, 3))
def test_a_cut_query_is_an_error_or_a_query(cut: int) -> None:
    text = (
        'sequence by s with maxspan=5m [process where s : ("a*", "b") and not n in (1)] [file where length(s) > 3 or b]'
    )
    try:
        parse("eql", text[:cut], FIELDS)
    except (ParseError, FieldTypeError) as error:
        assert error.render()
