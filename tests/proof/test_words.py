"""The search of words: an expression against the list of its texts."""

from __future__ import annotations

from itertools import product

import pytest

from converter.proof import words
from converter.proof.atoms import Pat, Rex
from converter.proof.words import Blocked, Found, Language, find, language_of
from converter.tree import ANY, Field, Regex
from converter.tree.regex import parse_regex

FIELD = Field("command", "keyword")
TEXTS = ["".join(part) for part in product("abcdef", "-+", ["run", "stop", "kill", "list", "load"])]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many patterns each search had to avoid."""
    seen: list[int] = []
    search = words._search

    def counted(wanted, avoided, *rest):
        seen.append(len(avoided))
        return search(wanted, avoided, *rest)

    monkeypatch.setattr(words, "_search", counted)
    return seen


def wanted() -> list[Language]:
    node = Regex(FIELD, "[a-f][-+](?:run|stop|kill|list|load)", "pcre", search=True)
    return [language_of(Rex(FIELD, parse_regex(node))), contains("other")]


def contains(text: str) -> Language:
    return language_of(Pat(FIELD, (ANY, text, ANY), "none"))


def test_the_texts_of_an_expression_are_not_asked_for_one_after_another(searches):
    found = find(wanted(), [contains(text) for text in TEXTS])
    assert found == Blocked(frozenset(range(len(TEXTS))))
    assert len(searches) < len(TEXTS) / 2


def test_the_one_text_that_is_missing_is_found(searches):
    texts = [text for text in TEXTS if text != "d+kill"]
    found = find(wanted(), [contains(text) for text in texts])
    assert isinstance(found, Found) and "d+kill" in found.word and "other" in found.word
    assert len(searches) < len(TEXTS) / 2


def test_the_reason_holds_only_what_is_needed():
    avoided = [contains("unlike"), contains("-"), contains("a-run"), contains("+")]
    assert find(wanted(), avoided) == Blocked(frozenset({1, 3}))


def test_a_value_that_is_to_hold_many_things_is_put_together_without_a_search(searches):
    parts = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
    found = find([wanted()[0], *map(contains, parts)], [contains("lambda"), contains("a-run")])
    assert isinstance(found, Found) and all(part in found.word for part in parts)
    assert searches == [0]  # for the shortest word of the expression
