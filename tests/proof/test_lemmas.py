"""Implications that the prover is told beforehand, against its own search."""

from __future__ import annotations

from random import Random

from converter.proof.atoms import Pat
from converter.proof.lemmas import Lemmas
from converter.proof.words import Blocked, find, language_of
from converter.tree import ANY, ONE, Field, merge_tokens

FIELDS = [
    Field("x"),
    Field("x.caseless", "keyword_lowercase", "x"),
    Field("x.short", "keyword", "x", ignore_above=3),
    Field("x.null", "keyword", "x", null_value="ab"),
    Field("y"),
]


def patterns(count: int) -> list[Pat]:
    """Random patterns over few letters, so that many are the same but for their case."""
    rnd = Random(11)
    out: dict[Pat, None] = {}
    while len(out) < count:
        fold = rnd.choice(["none", "none", "ascii", "lower"])
        letters = rnd.choice(["ak", "aAkK", "kK\u212a", "éÉ", "iIİ"])
        tokens = merge_tokens(rnd.choice([ANY, ONE, *letters, *letters]) for _ in range(rnd.randint(1, 3)))
        if fold != "none":  # the circuit holds folded patterns in lower case
            tokens = tuple(t.lower() if isinstance(t, str) and t.isascii() else t for t in tokens)
        out[Pat(rnd.choice(FIELDS), tokens, fold)] = None  # type: ignore[arg-type]
    return list(out)


def test_every_implication_that_is_told_holds_by_the_search() -> None:
    found = patterns(400)
    lemmas, told = Lemmas(), []
    for variable, atom in enumerate(found):
        told += lemmas.add(variable, atom)
    assert len(told) > 150
    assert {found[a].fold for a, _ in told} == {"none", "ascii", "lower"}
    for a, b in told:
        assert found[a].field.path == found[b].field.path
        blocked = find([language_of(found[a])], [language_of(found[b])])
        assert isinstance(blocked, Blocked), (found[a], found[b])
        assert blocked.sure


def test_a_wider_fold_does_not_imply_a_narrower_one() -> None:
    plain, folded, lower = (Pat(Field("x"), ("a",), fold) for fold in ("none", "ascii", "lower"))
    lemmas = Lemmas()
    pairs = [pair for variable, atom in enumerate((plain, folded, lower)) for pair in lemmas.add(variable, atom)]
    assert sorted(pairs) == [(0, 1), (0, 2), (1, 2)]


def test_fields_that_drop_or_replace_values_are_left_to_the_search() -> None:
    lemmas = Lemmas()
    for variable, field in enumerate(FIELDS):
        assert not list(lemmas.add(variable, Pat(field, ("a",), "none"))) or field is FIELDS[1]
