"""What the renderer writes, and what it refuses."""

from __future__ import annotations

import pytest

from converter.diagnostics import UnsupportedError, UsageError
from converter.fields import Fields
from converter.languages import get, parse
from converter.matching import matches
from converter.tree import (
    ANY,
    ANY_FIELD,
    NEVER,
    ONE,
    Category,
    Cidr,
    Exists,
    Glob,
    Length,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Regex,
    Single,
    Term,
    conj,
    disj,
    literal,
)

MAPPING = {
    "properties": {
        "k": {"type": "keyword"},
        "name": {"type": "keyword", "fields": {"caseless": {"type": "keyword", "normalizer": "lower"}}},
        "w": {"type": "wildcard"},
        "x": {"type": "text"},
        "n": {"type": "long"},
        "ip": {"type": "ip"},
        "t": {"type": "date"},
        "one": {"type": "long", "single": True},
        "event.category": {"type": "keyword"},
        "odd name": {"type": "keyword"},
    },
    "settings": {"analysis": {"normalizer": {"lower": {"type": "custom", "filter": ["lowercase"]}}}},
}
FIELDS = Fields.of(MAPPING)
F = FIELDS.field


def text(tree: Node, **options: object) -> str:
    return get("kuery").render(tree, FIELDS, options)


def k(value: str) -> Glob:
    return Glob(F("k"), literal(value))


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (k("cmd.exe"), "k:cmd.exe"),
        (k("two words"), 'k:"two words"'),
        (k("a*b"), 'k:"a*b"'),
        (k('say "x"\n'), r'k:"say \"x\"\n"'),
        (k(""), 'k:""'),
        (k("not"), 'k:"not"'),
        (k("cannot"), 'k:"cannot"'),
        (k("null"), 'k:"null"'),
        (k("C:\\"), r"k:C\:\\"),
        (Glob(F("k"), ("C:\\", ANY, "x y")), r"k:C\:\\*x y"),
        (Glob(F("k"), (ANY, "a and b", ANY)), r"k:*a\u0020and\u0020b*"),
        (Glob(F("k"), (ANY, "not")), r"k:*\u006eot"),
        (Exists(F("k")), "k:*"),
        (Not(Exists(F("k"))), "not k:*"),
        (NEVER, "not *:*"),
        (Term(F("n"), -5), "n:-5"),
        (Range(F("n"), low=5), "n >= 5"),
        (Range(F("k"), high="b c", high_open=True), 'k < "b c"'),
        (Range(F("n"), low=2, high=4), "n:(2 or 3 or 4)"),
        (Range(F("one"), low=2, high=400), "one >= 2 and one <= 400"),
        (Cidr(F("ip"), "10.0.0.0/8"), "ip:10.0.0.0/8"),
        (Cidr(F("ip"), "fe80::/10"), 'ip:"fe80::/10"'),
        (Range(F("t"), low=1704153600000, high=1704239999999), "t:2024-01-02"),
        (Range(F("t"), low=1704239999999, low_open=True), "t > 2024-01-02"),
        (Phrase(F("x"), ("hello", "world")), 'x:"hello world"'),
        (Phrase(F("x"), ("hel",), prefix=True), "x:hel*"),
        (Glob(F("odd name"), literal("v")), '"odd name":v'),
        (Category("process"), "event.category:process"),
        (Single(F("one")), "one:*"),
        (Not(Not(k("a"))), "k:a"),
        (Not(NEVER), "*:*"),
        (disj([k("a"), k("b"), Not(k("c"))]), "k:(a or b or not c)"),
        (conj([Exists(F("k")), Not(disj([k("a"), k("b")]))]), "k:(* and not (a or b))"),
        (conj([Not(k("a")), Not(k("b"))]), "not k:a and not k:b"),
        (conj([Term(F("n"), 1), disj([k("a"), Term(F("n"), 2)])]), "n:1 and (k:a or n:2)"),
        (Not(conj([k("a"), Term(F("n"), 1)])), "not (k:a and n:1)"),
    ],
)
def test_the_form_of_a_tree(tree: Node, expected: str) -> None:
    assert text(tree) == expected


def test_a_folded_atom_goes_to_the_field_that_is_lowered() -> None:
    assert text(Glob(F("name"), ("CMD.", ANY), "ascii")) == "name.caseless:cmd.*"
    assert text(Glob(F("name"), literal("É"), "lower")) == 'name.caseless:"é"'
    assert text(Glob(F("k"), literal("127.0.0.1"), "ascii")) == "k:127.0.0.1"
    assert text(Glob(F("name.caseless"), literal("WMIC"), "ascii")) == "name.caseless:wmic"


@pytest.mark.parametrize("value", ["wmic.exe", "ski", "é"])
def test_letters_that_unicode_folds_otherwise_are_not_said_through_it(value: str) -> None:
    atom = Glob(F("name"), literal(value), "ascii")
    with pytest.raises(UnsupportedError, match="also takes letters beyond ASCII"):
        text(atom)
    assert text(atom, inexact="broader").startswith("name.caseless:")
    strange = {"name": value.upper().replace("K", "\u212a").replace("I", "\u0130")}
    wider = parse("kuery", text(atom, inexact="broader"), FIELDS).tree
    assert matches(wider, strange) and not matches(atom, strange)


def test_narrower_takes_the_case_as_it_stands_but_never_under_a_negation() -> None:
    atom = Glob(F("k"), ("Cmd", ANY), "ascii")
    with pytest.raises(UnsupportedError, match="letter by letter"):
        text(atom)
    assert text(atom, inexact="narrower") == "k:Cmd*"
    with pytest.raises(UnsupportedError):
        text(Not(atom), inexact="narrower")
    assert text(Not(atom), inexact="broader") == "not k:Cmd*"


def test_broader_drops_what_only_narrows() -> None:
    assert text(Glob(F("k"), ("a", ONE, "b")), inexact="broader") == "k:a*b"
    assert text(Range(F("n"), low=1, high=99), inexact="broader") == "n >= 1 and n <= 99"


@pytest.mark.parametrize(
    ("atom", "reason"),
    [
        (Glob(F("k"), ("a", ONE)), "only wildcard"),
        (Glob(F("k"), (ANY, "x ")), "white space"),
        (Glob(F("w"), (ANY, "x y", ANY)), "each word"),
        (Regex(F("k"), "a+"), "regular expressions"),
        (Length(F("k"), 1, 2), "length"),
        (Single(F("k")), "number of values"),
        (Range(F("n"), low=1, high=99), "one value"),
        (Cidr(F("k"), "10.0.0.0/8"), "string"),
        (Phrase(F("x"), ("a", "b"), prefix=True), "cut short"),
        (Glob(ANY_FIELD, literal("x")), "each field of the schema"),
    ],
)
def test_what_kql_cannot_say_is_refused_with_the_reason(atom: Node, reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        text(atom)


def test_all_reasons_are_given_at_once() -> None:
    with pytest.raises(UnsupportedError) as error:
        text(Or((Regex(F("k"), "a+"), k("fine"), Length(F("k"), 1))))
    assert len(error.value.diagnostics) == 2


def test_stateful_queries_and_wrong_options_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="sequences"):
        get("kuery").render(object(), FIELDS, {})
    with pytest.raises(UsageError):
        text(k("a"), inexact="about")
    with pytest.raises(UsageError):
        text(k("a"), dialect="kusto")


def test_the_dialect_of_elasticsearch_has_no_lists_and_escapes_twice() -> None:
    assert text(disj([k("a"), k("b")]), dialect="elasticsearch") == "k:a or k:b"
    assert text(Glob(F("k"), (ANY, "\\x.exe")), dialect="elasticsearch") == r"k:*\\\\x.exe"
    assert text(Glob(F("k"), (ONE, ANY, "a b")), dialect="elasticsearch") == r"k:?*a\u0020b"
    with pytest.raises(UnsupportedError, match="behind a backslash"):
        text(Glob(F("k"), ("C:\\", ANY)), dialect="elasticsearch")


def test_long_texts_are_broken_as_the_public_rules_break_them() -> None:
    tree = conj(
        [Term(F("n"), 1), disj([k(f"value number {i}") for i in range(8)]), Not(disj([k("a"), Term(F("n"), 2)]))]
    )
    assert text(tree, width=60) == (
        "n:1 and\n"
        "k:(\n"
        '  "value number 0" or "value number 1" or\n'
        '  "value number 2" or "value number 3" or\n'
        '  "value number 4" or "value number 5" or\n'
        '  "value number 6" or "value number 7"\n'
        ") and\n"
        "not (k:a or n:2)"
    )
