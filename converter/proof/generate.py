"""Fixtures: events that a rule must match and must not match, few but telling.

The rule is changed in one small way after another, and the prover asked for an event that tells rule and mutant apart.
For a mutant that an earlier event kills already none is made; at the end those that others make idle are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.matching import EventValues
from converter.proof.compare import condition_of, declared, predicate
from converter.proof.grid import Compiled, Grid
from converter.proof.mutants import Mutant, mutants
from converter.proof.prover import Event, Prover
from converter.query import Query
from converter.tree import Node

#: Mutants looked at for one rule; a rule with hundreds of values has thousands.
MAX_MUTANTS = 3000


@dataclass(frozen=True)
class Fixture:
    """An event (or, for a query over streams, `events` in order), whether the rule must match, and why it is here."""

    expect: bool
    reason: str
    event: Mapping[str, Any] | None = None
    events: Sequence[Mapping[str, Any]] | None = None

    def as_json(self) -> dict[str, Any]:
        """As `schemas/fixtures.json` has it."""
        what: dict[str, Any] = {"event": dict(self.event)} if self.event is not None else {}
        if self.events is not None:
            what = {"events": [dict(item) for item in self.events]}
        return {"expect": "match" if self.expect else "no_match", "reason": self.reason, **what}


@dataclass
class _Case:
    event: Event
    expect: bool
    reason: str
    grid: Grid
    kills: set[int] = field(default_factory=set)


def fixtures(query: Query | Node) -> list[Fixture]:
    """Events for a query: deterministic, positive ones first; [] where nothing can be told apart.

    Raises `UnsupportedError` for a query that is no condition on one event.
    """
    tree = condition_of(query)
    if tree is None:
        assert isinstance(query, Query)
        reason = query.extra.get("why_not") or f"a query of kind `{query.kind}` is not a condition on one event"
        raise UnsupportedError(f"no fixtures: {reason}", source=query.source)
    cases = _Generator(tree).run()
    ordered = [case for case in cases if case.expect] + [case for case in cases if not case.expect]
    return [Fixture(case.expect, case.reason, case.event) for case in ordered]


class _Generator:
    def __init__(self, tree: Node) -> None:
        self.tree = tree
        given = declared(tree)
        self.prover = Prover(constraints=given)
        self.rule = self.prover.literal(tree)
        self.decide = predicate(tree)
        self.holds = [predicate(node) for node in given]
        self.cases: list[_Case] = []
        self.compiled = Compiled()

    def run(self) -> list[_Case]:
        self._ask([self.rule], True, "the rule's own case", lambda values: True)
        for number, mutant in enumerate(mutants(self.tree)):
            if number >= MAX_MUTANTS:
                break
            self._kill(number, mutant)
        self._ask([-self.rule], False, "an event of another kind", lambda values: True, always=False)
        return self._needed()

    def _kill(self, number: int, mutant: Mutant) -> None:
        killers = [case for case in self.cases if case.grid.with_mutant(mutant) != case.expect]
        if not killers:
            tree = mutant.tree
            other, changed = predicate(tree), self.prover.literal(tree)
            for expect in (True, False):
                asked = [self.rule, -changed] if expect else [-self.rule, changed]
                case = self._ask(asked, expect, mutant.reason, lambda v, e=expect: other(v) != e)  # type: ignore[misc]
                if case is not None:
                    killers.append(case)
                    break
        for case in killers:
            case.kills.add(number)

    def _ask(
        self, asked: list[int], expect: bool, reason: str, apart: Callable[[EventValues], bool], always: bool = True
    ) -> _Case | None:
        if not always and any(case.expect is expect for case in self.cases):
            return None

        def accept(event: Event) -> bool:
            values = EventValues(event)
            return self.decide(values) is expect and apart(values) and all(test(values) for test in self.holds)

        found = self.prover.solve(asked, accept)
        if found.event is None:
            return None
        values = EventValues(found.event)
        case = _Case(found.event, expect, reason, Grid(self.tree, values, self.compiled))
        self.cases.append(case)
        return case

    def _needed(self) -> list[_Case]:
        """Without the cases whose mutants others kill too; one case of each outcome stays."""
        count: dict[int, int] = {}
        for case in self.cases:
            for number in case.kills:
                count[number] = count.get(number, 0) + 1
        kept = list(self.cases)
        for case in sorted(self.cases, key=lambda item: len(item.kills)):
            alone = sum(1 for other in kept if other.expect is case.expect) == 1
            if not alone and all(count[number] > 1 for number in case.kills):
                kept.remove(case)
                for number in case.kills:
                    count[number] -= 1
        return kept


def dump_fixtures(cases: Sequence[Fixture]) -> str:
    """The text of a `fixtures.yml`."""
    import yaml

    return yaml.safe_dump(
        {"fixtures": [case.as_json() for case in cases]}, sort_keys=False, allow_unicode=True, width=110
    )
