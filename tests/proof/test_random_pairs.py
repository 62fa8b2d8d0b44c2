"""Random trees: no event ever contradicts a verdict, and another solver finds words where the prover does."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.matching import EventValues
from converter.proof import compare
from converter.proof.atoms import Pat, Rex, atom_of, raw_rx
from converter.proof.compare import predicate
from converter.proof.words import Found, find, language_of
from converter.tree import Field, Glob, Node, Regex
from converter.tree.regex import Alt, Both, Cat, Chars, Compl, Repeat, Rx

sys.path.insert(0, str(Path(__file__).parent))

from tests.proof import random_trees


def contradiction(seed: int, wide: bool, events: int) -> str | None:
    """What speaks against the verdict on the pair of this seed; None: nothing."""
    rnd = Random(seed)
    a = random_trees.tree(rnd, rnd.randint(0, 2), wide)
    b = random_trees.near(rnd, a, wide) if rnd.random() < 0.75 else random_trees.tree(rnd, rnd.randint(0, 2), wide)
    verdict = compare(a, b)
    first, second = predicate(a), predicate(b)
    for name, outcome in (("a_not_b", (True, False)), ("b_not_a", (False, True))):
        event = verdict.counterexamples[name]
        if event is not None and (first(EventValues(event)), second(EventValues(event))) != outcome:
            return f"{name}: {event}"
    for _ in range(events):
        event = random_trees.event(rnd, wide)
        values = EventValues(event)
        one, other = first(values), second(values)
        denied = ("equivalent", "broader") if one and not other else ("equivalent", "narrower")
        if one != other and verdict.relation in denied:
            return f"{verdict.relation}: {event}"
    return None


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_no_event_contradicts_a_verdict(seed: int, wide: bool) -> None:
    assert contradiction(seed, wide, 40) is None


def test_few_verdicts_stay_open() -> None:
    pairs = 300
    open_ones = 0
    for seed in range(pairs):
        rnd = Random(seed)
        a = random_trees.tree(rnd, rnd.randint(0, 2), True)
        b = random_trees.near(rnd, a, True)
        open_ones += compare(a, b).relation == "unknown"
    assert open_ones < pairs * 0.05


def _z3(rx: Rx, z3: object) -> object:
    """The expression as z3 writes it."""
    match rx:
        case Chars(chars=chars):
            ranges = [z3.Range(z3.StringVal(chr(lo)), z3.StringVal(chr(min(hi, 0x2FFFF)))) for lo, hi in chars]  # type: ignore[attr-defined]
            empty = z3.Empty(z3.ReSort(z3.StringSort()))  # type: ignore[attr-defined]
            return z3.Union(*ranges) if len(ranges) > 1 else ranges[0] if ranges else empty  # type: ignore[attr-defined]
        case Cat(items=items):
            parts = [_z3(item, z3) for item in items]
            return z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re("")  # type: ignore[attr-defined]
        case Alt(items=items):
            return z3.Union(*(_z3(item, z3) for item in items))  # type: ignore[attr-defined]
        case Both(items=items):
            return z3.Intersect(*(_z3(item, z3) for item in items))  # type: ignore[attr-defined]
        case Compl(item=item):
            return z3.Complement(_z3(item, z3))  # type: ignore[attr-defined]
        case Repeat(item=item, low=low, high=high):
            inner = _z3(item, z3)
            if high is not None:
                return z3.Loop(inner, low, high)  # type: ignore[attr-defined]
            return z3.Concat(z3.Loop(inner, low, low), z3.Star(inner)) if low else z3.Star(inner)  # type: ignore[attr-defined]
    raise TypeError(rx)


def test_another_solver_finds_words_where_the_prover_does() -> None:
    z3 = pytest.importorskip("z3")
    rnd = Random(7)
    decided = {True: 0, False: 0}
    for _ in range(150):
        atoms = [found for _ in range(rnd.randint(2, 5)) if isinstance(found := _string_atom(rnd), Pat | Rex)]
        if not atoms:
            continue
        split = rnd.randint(1, len(atoms))
        wanted, avoided = atoms[:split], atoms[split:]
        ours = find([language_of(atom) for atom in wanted], [language_of(atom) for atom in avoided])
        solver = z3.Solver()
        solver.set("timeout", 1000)
        word = z3.String("word")
        for atom in wanted:
            solver.add(z3.InRe(word, _z3(raw_rx(atom), z3)))
        for atom in avoided:
            solver.add(z3.Not(z3.InRe(word, _z3(raw_rx(atom), z3))))
        theirs = solver.check()
        if theirs == z3.unknown:
            continue
        found = isinstance(ours, Found)
        assert found or ours.sure  # type: ignore[union-attr]
        assert found == (theirs == z3.sat), (wanted, avoided, ours)
        decided[found] += 1
    assert min(decided.values()) > 15


def _string_atom(rnd: Random) -> object:
    fields = [Field("x"), Field("x.caseless", "keyword_lowercase", "x")]
    while True:
        node: Node = random_trees.atom(rnd, False)
        if isinstance(node, Glob | Regex) and node.fold != "lower":
            changed = type(node)(rnd.choice(fields), *[getattr(node, name) for name in node.__match_args__[1:]])
            return atom_of(changed, Field("event.category"))
