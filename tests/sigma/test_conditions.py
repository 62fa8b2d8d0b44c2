"""Conditions: precedence, `of`, names, and the place of what is wrong."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

import converter
from converter.languages.sigma.condition import selects
from tests.sigma.helpers import rule

NAMES = ("a", "b", "c", "d_1", "d_2", "_x")


def table(condition: str | list[str]) -> list[tuple[bool, ...]]:
    """The truths of a, b, c, d_1, d_2, _x for which the condition holds."""
    text = rule({**{name: {name: 1} for name in NAMES}, "condition": condition})
    query = converter.parse("sigma", text)
    out = []
    for truths in product((False, True), repeat=len(NAMES)):
        event = {name: int(truth) for name, truth in zip(NAMES, truths, strict=True)}
        if converter.matches(query, event):
            out.append(truths)
    return out


def expected(test: Any) -> list[tuple[bool, ...]]:
    return [truths for truths in product((False, True), repeat=len(NAMES)) if test(*truths)]


CONDITIONS: list[tuple[str | list[str], Any]] = [
    ("a or b and c", lambda a, b, c, d, e, x: a or (b and c)),
    ("not a and b", lambda a, b, c, d, e, x: not a and b),
    ("not (a and b)", lambda a, b, c, d, e, x: not (a and b)),
    ("not not a", lambda a, b, c, d, e, x: a),
    ("a and not b or c", lambda a, b, c, d, e, x: (a and not b) or c),
    ("(a or b) and (c or d_1)", lambda a, b, c, d, e, x: (a or b) and (c or d)),
    ("not 1 of d_*", lambda a, b, c, d, e, x: not (d or e)),
    ("a and not all of d*", lambda a, b, c, d, e, x: a and not (d and e)),
    ("1 of them", lambda a, b, c, d, e, x: a or b or c or d or e),
    ("all of them", lambda a, b, c, d, e, x: a and b and c and d and e),
    ("any of d_*", lambda a, b, c, d, e, x: d or e),
    ("2 of them", lambda a, b, c, d, e, x: a + b + c + d + e >= 2),
    ("1 of *_1", lambda a, b, c, d, e, x: d),
    ("1 of _*", lambda a, b, c, d, e, x: x),
    ("all of a", lambda a, b, c, d, e, x: a),
    ("a and _x", lambda a, b, c, d, e, x: a and x),
    ("  a\n  or b ", lambda a, b, c, d, e, x: a or b),
    (["a and b", "c"], lambda a, b, c, d, e, x: (a and b) or c),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "test"), CONDITIONS, ids=[str(c[0]) for c in CONDITIONS])
def test_a_condition_holds_as_its_words_say(condition: Any, test: Any) -> None:
    assert table(condition) == expected(test)


@pytest.mark.parametrize(("condition", "test"), CONDITIONS, ids=[str(c[0]) for c in CONDITIONS])
def test_a_condition_survives_rendering(condition: Any, test: Any) -> None:
    text = rule({**{name: {name: 1} for name in NAMES}, "condition": condition})
    query = converter.parse("sigma", text)
    again = converter.parse("sigma", converter.render(query, "sigma"))
    assert converter.compare(query, again).relation == "equivalent"


def test_names_that_begin_like_operators_are_names() -> None:
    text = rule({"notepad": {"a": 1}, "order": {"b": 1}, "condition": "notepad or order"})
    assert converter.matches(converter.parse("sigma", text), {"a": 1})


@pytest.mark.parametrize(
    ("pattern", "name", "hit"),
    [("sel*", "selection", True), ("*el*", "selection", True), ("sel.*", "selx", False), ("them", "_x", False),
     ("*", "_x", False), ("_f*", "_f1", True), ("a*c", "abd", False)],
)  # fmt: skip
def test_patterns_of_names(pattern: str, name: str, hit: bool) -> None:
    assert selects(pattern, name) is hit


BROKEN = [
    ("a and", "ends too early", ""),
    ("a b", "expected `and` or `or`, found `b`", "b"),
    ("a AND b", "expected `and` or `or`, found `AND`", "AND"),
    ("(a or b", r"expected `\)`", ""),
    ("a )", "found `\\)`", ")"),
    ("a and nope", "no selection `nope`", "nope"),
    ("1 of nope*", "no selection is named like `nope", "1 of nope*"),
    ("all of", "expected `them` or a pattern", ""),
    ("d_*", "stands without `of`", "d_*"),
    ("not", "ends too early", ""),
    ("9 of them", "more selections than there are", "9 of them"),
    ("0 of them", "no meaning", "0 of them"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "message", "marked"), BROKEN, ids=[c[0] for c in BROKEN])
def test_a_broken_condition_is_an_error_with_its_place(condition: str, message: str, marked: str) -> None:
    text = rule({**{name: {name: 1} for name in NAMES}, "condition": condition})
    with pytest.raises(converter.ParseError, match=message) as caught:
        converter.parse("sigma", text)
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.span is not None
    if marked:
        assert text[diagnostic.span.start : diagnostic.span.end] == marked


def test_an_aggregation_in_the_condition_is_refused_by_name() -> None:
    text = rule({"a": {"a": 1}, "condition": "a | count() by b > 5"})
    with pytest.raises(converter.UnsupportedError, match="aggregation in the condition"):
        converter.parse("sigma", text)


def test_several_conditions_and_idle_selections_are_noted() -> None:
    text = rule({"a": {"a": 1}, "b": {"b": 1}, "c": {"c": 1}, "condition": ["a", "b"]})
    codes = {note.code for note in converter.parse("sigma", text).notes}
    assert {"several-conditions", "unused-selection"} <= codes
