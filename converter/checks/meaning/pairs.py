"""Pairs of rules of which one holds the other, found once for the checks that speak of them.

 Most pairs are told apart by their signatures: an event that the one matches and the other cannot. Of the others the
prover is asked, and its answer kept in the cache.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from converter.checks.ruleset import Entry, RuleSet
from converter.checks.signature import shape_of
from converter.diagnostics import ConverterError
from converter.matching import EventValues
from converter.proof.compare import compare, condition_of, implies, predicate
from converter.query import Query
from converter.tree import Sample
from converter.tree import Sequence as EqlSequence


@dataclass(frozen=True)
class Pair:
    """`inner`'s events are all of them `outer`'s; `equal`: and the other way round."""

    inner: Entry
    outer: Entry
    equal: bool


def pairs(rules: RuleSet) -> list[Pair]:
    """All such pairs of which at least one rule was given, by the path of the inner one."""
    found: list[Pair] | None = rules.__dict__.get("pairs")
    if found is None:
        number = {id(entry): place for place, entry in enumerate(rules.entries)}

        def ask() -> list[list[Any]]:
            search = _Search(rules)
            return [
                [number[id(p.inner)], number[id(p.outer)], p.equal] for p in (*search.events(), *search.sequences())
            ]

        known = rules.answer("pairs", [[*_digest(entry), entry.given, *entry.order] for entry in rules.entries], ask)
        made = [Pair(rules.entries[inner], rules.entries[outer], equal) for inner, outer, equal in known]
        found = rules.__dict__["pairs"] = sorted(made, key=lambda pair: (pair.inner.order, pair.outer.order))
    return found


class _Search:
    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.tests: dict[tuple[str, int], Any] = {}
        self.scopes: dict[tuple[str, str], bool] = {}

    def events(self) -> Iterator[Pair]:
        """Conditions on one event: containment asked both ways, each unordered pair told once."""
        groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in self.rules.entries:
            if entry.samples:
                groups[entry.kind, entry.side].append(entry)
        held: dict[tuple[int, int], Pair] = {}
        for group in groups.values():
            for inner, outer in self._candidates(group):
                if self._inside(inner, outer):
                    held[id(inner), id(outer)] = Pair(inner, outer, False)
        for (one, two), pair in held.items():
            both = (two, one) in held
            if not both:
                if pair.inner.type != "new_terms":  # what the wider one has seen before is not new to it
                    yield pair
            elif pair.outer.order < pair.inner.order:
                yield replace(pair, equal=True)

    def _candidates(self, group: list[Entry]) -> Iterator[tuple[Entry, Entry]]:
        """(inner, outer) where no sample of the inner one speaks against it."""
        by_needs: dict[frozenset[str], list[Entry]] = defaultdict(list)
        for entry in group:
            by_needs[entry.needs.paths].append(entry)
        for inner in group:
            samples = inner.samples
            names = samples[0].keys()
            for paths, outers in by_needs.items():
                if not paths <= names:
                    continue
                for outer in outers:
                    if outer is inner or not (outer.given or inner.given) or not self._wider(inner, outer):
                        continue
                    if all(outer.needs.may_fit(event) for event in samples) and self._takes(outer, samples):
                        yield inner, outer

    def _wider(self, inner: Entry, outer: Entry) -> bool:
        """Whether the outer rule looks at all the data that the inner one does."""
        key = (repr(inner.scope), repr(outer.scope))
        if key not in self.scopes:
            self.scopes[key] = _covers(outer.scope, inner.scope)
        return self.scopes[key]

    def _takes(self, outer: Entry, samples: list[dict[str, Any]]) -> bool:
        """Whether the outer rule matches all these events."""
        if outer.order not in self.tests:
            query = self.rules.subject(outer).query
            tree = condition_of(query) if query is not None else None
            self.tests[outer.order] = predicate(tree) if tree is not None else None
        test = self.tests[outer.order]
        return test is not None and all(test(EventValues(event)) for event in samples)

    def _inside(self, inner: Entry, outer: Entry) -> bool:
        def ask() -> bool:
            one, two = self.rules.subject(inner).query, self.rules.subject(outer).query
            try:
                return one is not None and two is not None and implies(one, two) is True
            except ConverterError:
                return False

        return bool(self.rules.answer("inside", [_digest(inner), _digest(outer)], ask))

    def sequences(self) -> Iterator[Pair]:
        """Sequences built alike whose conditions are equivalent, stage by stage."""
        groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in self.rules.entries:
            shape = (entry.sig or {}).get("shape")
            if shape:
                groups[shape, repr(entry.scope)].append(entry)
        for group in groups.values():
            group.sort(key=lambda entry: entry.order)
            for number, outer in enumerate(group):
                for inner in group[number + 1 :]:
                    if (inner.given or outer.given) and self._same(inner, outer):
                        yield Pair(inner, outer, True)

    def _same(self, inner: Entry, outer: Entry) -> bool:
        def ask() -> bool:
            one, two = self.rules.subject(inner).query, self.rules.subject(outer).query
            return one is not None and two is not None and _stages_equal(one, two)

        return bool(self.rules.answer("same", [_digest(inner), _digest(outer)], ask))


def _stages_equal(one: Query, two: Query) -> bool:
    a, b = one.tree, two.tree
    if not isinstance(a, EqlSequence | Sample) or not isinstance(b, EqlSequence | Sample) or shape_of(a) != shape_of(b):
        return False
    stages = list(zip(a.stages, b.stages, strict=True))
    if isinstance(a, EqlSequence) and isinstance(b, EqlSequence) and a.until is not None and b.until is not None:
        stages.append((a.until, b.until))
    return all(
        compare(replace(one, tree=x.condition), replace(two, tree=y.condition)).relation == "equivalent"
        for x, y in stages
    )


def _digest(entry: Entry) -> list[Any]:
    """What a proof about a rule depends on."""
    return [hashlib.sha256(entry.text.encode()).hexdigest(), entry.number]


def _covers(outer: Any, inner: Any) -> bool:
    if isinstance(outer, Mapping) and isinstance(inner, Mapping):
        return all(inner.get(key) == value for key, value in outer.items())
    if not isinstance(outer, list) or not isinstance(inner, list):
        return False
    if not {str(item) for item in outer if str(item).startswith("-")} <= set(map(str, inner)):
        return False
    return all(any(item == wide or fnmatchcase(str(item), str(wide)) for wide in outer) for item in inner)
