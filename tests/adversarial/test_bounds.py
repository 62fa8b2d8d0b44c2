"""Hostile patterns and texts: the work of each answer is bounded. Without the bounds none of these ends."""

from __future__ import annotations

import random
import re

import pytest

from converter import UnsupportedError, compare, match, parse, table
from converter.matching.globs import glob_test
from converter.tree import ANY, ONE, Token, glob


def _expected(tokens: tuple[Token, ...], value: str) -> bool:
    source = "".join(re.escape(t) if isinstance(t, str) else ".*" if t is ANY else "." for t in tokens)
    return re.fullmatch(source, value, re.DOTALL) is not None


def test_a_glob_is_what_the_same_expression_is() -> None:
    draw = random.Random(7)
    for _ in range(20_000):
        tokens = tuple(draw.choice([ANY, ONE, "a", "b", "ab"]) for _ in range(draw.randrange(6)))
        value = "".join(draw.choice("ab\n") for _ in range(draw.randrange(7)))
        assert glob_test(tokens)(value) == _expected(tokens, value), (tokens, value)


def test_many_stars_do_not_run_away() -> None:
    pattern = "*a?" * 30 + "*b"
    assert not glob_test(glob(pattern))("a" * 20_000)
    query = parse("eql", f'any where process.name like "{"*a" * 30}*b"')
    assert match(query, [{"process": {"name": "a" * 20_000}}]) == []


def test_an_expression_of_nested_repeats_does_not_run_away() -> None:
    value = "a" * 5000
    row = {"process": {"name": value}}
    assert match(parse("eql", 'any where concat(process.name, "") regex "(a+)+b"'), [row]) == []
    replaced = table(parse("esql", 'FROM x | EVAL y = REPLACE(process.name, "(a+)+b", "c") | KEEP y'), [row])
    assert replaced == [{"y": value}]


def test_names_that_double_one_another_are_refused() -> None:
    lines = ["FROM x", "| EVAL a0 = CONCAT(process.name, process.name)"]
    lines += [f"| EVAL a{i + 1} = CONCAT(a{i}, a{i})" for i in range(60)]
    one, other = (parse("esql", "\n".join([*lines, f'| WHERE a60 == "{text}"'])) for text in "xy")
    assert compare(one, other).relation == "unknown"


def test_a_long_fuzzy_word_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="fuzzy word of 5000 characters"):
        parse("lucene", f"process.name:{'a' * 5000}~1")


def test_a_query_of_many_steps_is_answered() -> None:
    steps = " ".join(f'[any where process.name == "{i}"]' for i in range(200))
    query = parse("eql", f"sequence by host.id with maxspan=1m {steps}")
    assert compare(query, query).relation == "equivalent"
