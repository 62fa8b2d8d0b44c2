"""Globs that cover an expression, seen without a search: never wrong, and seen where a renderer needs it."""

from __future__ import annotations

import random
from itertools import product

import pytest

from converter.proof import cover
from converter.proof.cover import covered
from converter.tree.charset import ANY_CHAR, charset
from converter.tree.glob import ANY, ONE, glob
from converter.tree.regex import ANY_TEXT, Alt, Cat, Chars, Repeat, Rx, whole_value
from converter.tree.regex_automaton import Automaton

WORDS = ["".join(part) for size in range(7) for part in product("abc", repeat=size)]


def sets(pattern: str):
    steps, loops = [], set()
    for token in glob(pattern):
        if token is ANY:
            loops.add(len(steps))
        elif token is ONE:
            steps.append(ANY_CHAR)
        else:
            steps.extend(charset([(ord(char), ord(char))]) for char in token)
    return tuple(steps), frozenset(loops)


def seen(pattern: str, *globs: str, search: bool = True) -> set[str] | None:
    found = covered(whole_value(pattern, "pcre", "none", search), [sets(item) for item in globs])
    return None if found is None else {globs[i] for i in found}


@pytest.mark.parametrize(
    ("pattern", "globs"),
    [
        (r"net\s+user", ["*net*user*"]),
        (r"cmd.{0,5}(?:/c|/r).+clip(?:\.exe)?.{0,4}&&.+x", ["*cmd*/c*clip*&&*x*", "*cmd*/r*clip*&&*x*"]),
        (r"a(b|c)d", ["*abd*", "*acd*"]),
        (r"[0-9]|[1-9][0-9]", [f"*{digit}*" for digit in range(10)]),
        (r"a{3,}", ["*aaa*"]),
        (r"(ab)+c", ["*ab*c*"]),
        (r"^x[ab]?$", ["x", "xa", "xb"]),
    ],
)
def test_the_fixed_texts_of_an_expression_cover_it(pattern: str, globs: list[str]) -> None:
    assert seen(pattern, "*other*", *globs) == set(globs)


@pytest.mark.parametrize(
    ("pattern", "globs"),
    [
        (r"net\s+user", ["*net *user*"]),
        (r"a(b|c)d", ["*abd*"]),
        (r"a*b", ["*ab*"]),
        (r"(ab)*c", ["*ab*c*"]),
        (r"^x[abc]?$", ["x", "xa", "xb"]),
        (r"a|b", ["a*", "*b"]),
        (r"a.b", ["*a?b"]),
        (r"^a{2,5}$", ["aa*aa"]),
    ],
)
def test_what_does_not_cover_it_is_not_said_to(pattern: str, globs: list[str]) -> None:
    assert seen(pattern, *globs) is None


def random_rx(rng: random.Random, depth: int) -> Rx:
    kind = rng.choice(["chars", "chars", "cat", "alt", "repeat", "any"]) if depth else "chars"
    match kind:
        case "cat":
            return Cat(tuple(random_rx(rng, depth - 1) for _ in range(rng.randint(1, 3))))
        case "alt":
            return Alt(tuple(random_rx(rng, depth - 1) for _ in range(rng.randint(2, 3))))
        case "repeat":
            low = rng.randint(0, 2)
            return Repeat(random_rx(rng, depth - 1), low, rng.choice([None, low, low + 1, low + 3]) or None)
        case "any":
            return ANY_TEXT
    return Chars(charset([(ord(char), ord(char)) for char in sorted(rng.sample("abc", rng.randint(1, 2)))]))


@pytest.mark.parametrize("most", [512, 2])
def test_no_word_lies_outside_of_what_is_said_to_cover(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(cover, "MOST_WAYS", most)
    rng, said = random.Random(5), 0
    for _ in range(3000):
        rx = random_rx(rng, 3)
        globs = ["".join(rng.choice("aabbc**?") for _ in range(rng.randint(0, 4))) for _ in range(rng.randint(1, 4))]
        found = covered(rx, [sets(item) for item in globs])
        if found is None:
            continue
        said += 1
        own = Automaton(rx)
        takes = [Automaton(whole_value(as_regex(globs[i]), "lucene", "none")) for i in found]
        for word in WORDS:
            assert not own.matches(word) or any(item.matches(word) for item in takes), (rx, globs, word)
    assert said > 300


def as_regex(pattern: str) -> str:
    return pattern.replace("*", ".*").replace("?", ".") or "()"
