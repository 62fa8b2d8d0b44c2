"""Query strings that a real Elasticsearch 8.19 node answered: odd fuzziness, white space, escapes."""

from __future__ import annotations

from typing import Any

import pytest

from converter import match, parse
from converter.diagnostics import ConverterError

FIELDS = {"k": "keyword", "x": "text", "n": "long"}
EVENTS: list[dict[str, Any]] = [
    {"k": "a"}, {"k": ""}, {"k": "ab"}, {"k": "\xa0"}, {"k": "\u2028"}, {"k": "abc"}, {"k": "a~b"}, {"x": "a b"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("k:a~1", [0, 1, 2, 3, 4]),  # one letter less is the empty text
        ("k:abd~auto", [2, 5]),
        ("k:abd~1.0", [2, 5]),
        ("k:abd~1f", [2, 5]),
        ("k:a\\~b", [6]),
        ('x:"a b"~nd', [7]),  # what is no number is ignored behind a phrase
        ("\xa0", [3]),
        ("\u2028", [4]),
        (" \t\x01\x1f", []),
    ],
)
def test_the_answer_of_the_node(text: str, hits: list[int]) -> None:
    assert [hit[0] for hit in match(parse("lucene", text, FIELDS), EVENTS)] == hits


@pytest.mark.parametrize(
    "text", ["k:a~b", "k:abd~.5", "k:abd~3", "k:a~\\1", "k:?Tr\\ue", "k:a\\u00*", "k:/a\\u/", "_exists_:\\*"]
)
def test_the_node_fails(text: str) -> None:
    with pytest.raises(ConverterError):
        parse("lucene", text, FIELDS)
