"""Words of analysed text in Sigma: a wider test of the whole value, proven to miss nothing, and refused under `not`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import converter
from converter.languages.sigma.words import widened
from converter.matching import EventValues, compile_node
from converter.matching.text import analyse
from converter.porting import port
from converter.proof import compare, implies
from converter.tree import ANY, ONE, Exists, Field, Glob, Node, Phrase, conj, merge_tokens
from tests.porting.test_port import elastic

TEXT = Field("t", "text")
FIELDS = converter.Fields.of({"t": "text", "k": "keyword"})
CHARACTERS = st.sampled_from("aAkK\u212aiI\u0130\u0131éÉsSſßẞΣσς9_.-' \n(日")
VALUES = st.text(CHARACTERS, max_size=12)
TOKENS = st.lists(
    st.one_of(st.text(CHARACTERS, min_size=1, max_size=3), st.just(ANY), st.just(ONE)), min_size=1, max_size=4
)


def holds(node: Node, value: str) -> bool:
    return compile_node(node)(EventValues({"t": value}))


@settings(max_examples=1500, deadline=None)
@given(VALUES, st.data())
def test_a_value_that_holds_the_words_passes_the_wider_test(value: str, data: st.DataObject) -> None:
    words = analyse(value)
    if not words:
        return
    start = data.draw(st.integers(0, len(words) - 1))
    stop = data.draw(st.integers(start + 1, len(words)))
    cut = data.draw(st.booleans())
    tokens = (*words[start : stop - 1], words[stop - 1][:1] if cut else words[stop - 1])
    node = Phrase(TEXT, tokens, cut)
    assert holds(node, value)
    wider = widened(node)
    assert wider is not None and holds(wider, value)


@settings(max_examples=1500, deadline=None)
@given(VALUES, TOKENS)
def test_a_value_with_a_word_of_the_pattern_passes_the_wider_test(value: str, tokens: list[object]) -> None:
    node = Glob(TEXT, merge_tokens(tokens), "lower")  # type: ignore[arg-type]
    wider = widened(node)
    assert wider is not None
    if holds(node, value):
        assert holds(wider, value)
        assert implies(node, wider) is not False


@pytest.mark.parametrize(
    "node", [Phrase(TEXT, ("invoke", "mimikatz")), Phrase(TEXT, ("a", "ki"), True), Glob(TEXT, ("k",), "lower"),
             Glob(TEXT, ("é", ANY, "x"), "lower")],
)  # fmt: skip
def test_the_prover_knows_that_it_is_wider(node: Node) -> None:
    wider = widened(node)
    assert wider is not None and compare(node, wider).relation == "broader"
    both = conj([node, Exists(Field("k"))])
    assert compare(both, conj([wider, Exists(Field("k"))])).relation == "broader"


@pytest.mark.parametrize(
    "narrow",
    [
        Glob(Field("t"), (ANY, "kill", ANY), "ascii"),
        Glob(Field("t"), ("mi", ANY), "ascii"),
        Glob(Field("t"), (ANY, "Mi", ANY)),
    ],
)
def test_what_a_value_with_the_word_may_lack_is_not_implied(narrow: Node) -> None:
    assert implies(Phrase(TEXT, ("kill", "mi")), narrow) is not True


KQL = 't : ("Invoke-Mimikatz" or "MiniDump") and k : x'


def test_a_rule_over_words_is_broader_in_sigma_and_says_so() -> None:
    found = port(elastic(KQL, "kuery"), "sigma", fields=FIELDS)
    assert found.relation == "broader" and found.counterexample is not None
    assert [loss.message for loss in found.losses] == ["words of the analysed text of `t`: a wider test stands for it"]
    assert "# words: invoke, mimikatz" in (found.text or "") and "- 'm?n?dump'" not in (found.text or "")
    for value in ("INVO\u212aE: M\u0130m\u0130\u212aatz", "invoke mimikatz", "a minidump"):
        assert found.target is not None and converter.matches(found.target, {"t": value, "k": "x"})


def test_words_under_a_not_are_given_up_by_name_and_never_narrowed() -> None:
    found = port(elastic('k : x and not t : "safe"', "kuery"), "sigma", fields=FIELDS)
    assert (found.relation, [loss.message for loss in found.losses]) == (
        "broader", ["words of the analysed text of `t`"]
    )  # fmt: skip
    assert "safe" not in (found.text or "").split("elastic:")[0]


def test_a_thing_given_up_in_many_places_is_said_once() -> None:
    found = port(elastic('FROM x | WHERE (k == "a" OR k == "b") AND NOT k == "c"', "esql"), "sigma", fields=FIELDS)
    assert [loss.message for loss in found.losses] == ["that `k` has exactly one value"]
