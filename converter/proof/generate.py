"""Fixtures: events that a rule must match and must not match, few but telling.

The rule is changed in one small way after another, and the prover asked for an event that tells rule and mutants apart:
all mutants of one place by one event where that is possible, an event that differs from an earlier one in that place
only. Near misses of one field that differ in nothing else become one event with several values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from converter.diagnostics import UnsupportedError
from converter.matching import EventValues
from converter.proof.compare import condition_of, declared, predicate
from converter.proof.grid import Compiled, Grid
from converter.proof.mutants import Mutant, mutants
from converter.proof.prover import Event, Prover
from converter.query import Query
from converter.tree import And, Const, Node, Not, Or, children, walk
from converter.tree.walk import fields_of

#: Mutants looked at for one rule; a rule with hundreds of values has thousands.
MAX_MUTANTS = 3000
#: Near misses that one event may hold in a field.
MAX_VALUES = 12


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
    """`kills`: the mutants that this event was taken for."""

    event: Event
    expect: bool
    reasons: list[str]
    grid: Grid
    kills: list[Mutant] = field(default_factory=list)

    @property
    def reason(self) -> str:
        said = list(dict.fromkeys(self.reasons))
        more = f" (and {len(said) - 3} more)" if len(said) > 3 else ""
        return "; ".join(said[:3]) + more


def fixtures(query: Query | Node) -> list[Fixture]:
    """Events for a query: deterministic, positive ones first; [] where nothing can be told apart.

    For a query over streams each is a whole stream. Raises `UnsupportedError` for a query that is neither.
    """
    tree = condition_of(query)
    if tree is None:
        assert isinstance(query, Query)
        if query.kind in ("sequence", "sample", "piped", "correlation"):
            from converter.proof.streams_fixtures import stream_fixtures  # it takes the near misses of steps from here

            return stream_fixtures(query)
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
        self.compiled = Compiled()
        self.cases: list[_Case] = []
        self.bases: list[dict[int, bool]] = []
        self.literals: dict[int, int] = {}  # by identity: `tree` keeps its parts alive
        self.leaves = {
            abs(self._own(node)): node for node in walk(tree) if not isinstance(node, And | Or | Not | Const)
        }

        self.paths = {v: {item.path for item in fields_of(node)} for v, node in self.leaves.items()}

    def run(self) -> list[_Case]:
        first = self._event(self.rule, [], True)
        if first is not None:
            self._keep(first, ["the rule's own case"])
        found = list(_limited(self.tree))
        places = [list(group) for _, group in groupby(found, lambda m: (m.path, m.dropped is not None))]
        for group in sorted(places, key=lambda group: bool(children(_at(self.tree, group[0].path)))):
            self._place(group)
        if not any(not case.expect for case in self.cases):
            other = self._event(-self.rule, [], False)
            if other is not None:
                self._keep(other, ["an event of another kind"])
        return _merged(self._needed(), self._merge)

    def _place(self, group: list[Mutant]) -> None:
        """Events for the mutants of one place, as few as will do."""
        alive = [mutant for mutant in group if not self._killed(mutant)]
        for expect in (True, False):
            while alive:
                case = self._joint(alive, expect)
                if case is None:
                    break
                alive = [mutant for mutant in alive if mutant not in case.kills]

    def _killed(self, mutant: Mutant) -> bool:
        for case in self.cases:
            if case.grid.with_mutant(mutant) != case.expect:
                case.kills.append(mutant)
                return True
        return False

    def _joint(self, alive: list[Mutant], expect: bool) -> _Case | None:
        """One event for as many of the mutants as possible."""
        found = self._event(self.rule if expect else -self.rule, alive, expect)
        if found is None and len(alive) > 1:
            chosen: list[Mutant] = []
            for mutant in alive:
                event = self._event(self.rule if expect else -self.rule, [*chosen, mutant], expect)
                if event is not None:
                    chosen.append(mutant)
                    found = event
        if found is None:
            return None
        kills = [mutant for mutant in alive if found.grid.with_mutant(mutant) != expect]
        return self._keep(found, [mutant.reason for mutant in kills], kills)

    def _keep(self, case: _Case, reasons: list[str], kills: Sequence[Mutant] = ()) -> _Case:
        case.reasons, case.kills = reasons, list(kills)
        self.cases.append(case)
        if case.expect:
            truth = {v: case.grid.of(node) for v, node in self.leaves.items()}
            self.bases.append(truth)
        return case

    def _event(self, rule: int, apart: Sequence[Mutant], expect: bool) -> _Case | None:
        """An event with the rule's outcome, on which all these mutants have the other one; near an earlier event."""
        wanted = [rule, *(-self._literal(m) if expect else self._literal(m) for m in apart)]
        made: list[_Case] = []

        def accept(event: Event) -> bool:
            values = EventValues(event)
            if self.decide(values) is not expect or not all(test(values) for test in self.holds):
                return False
            grid = Grid(self.tree, values, self.compiled)
            if any(grid.with_mutant(mutant) == expect for mutant in apart):
                return False
            made.append(_Case(event, expect, [], grid))
            return True

        for near in (*self._near(apart), []):
            found = self.prover.solve([*wanted, *near], accept)
            if found.event is not None:
                return made[-1]
            if found.status == "unsat" and not set(found.core) & set(near):
                return None
        return None

    def _near(self, apart: Sequence[Mutant]) -> list[list[int]]:
        """What holds of the other fields in the first and in the latest positive event."""
        if not self.bases or not apart:
            return []
        touched = {item.path for mutant in apart for item in fields_of(_at(self.tree, mutant.path))}
        free = {v for v, paths in self.paths.items() if touched & paths}
        bases = self.bases[:1] if len(self.bases) == 1 else [self.bases[0], self.bases[-1]]
        return [[v if truth else -v for v, truth in base.items() if v not in free] for base in bases]

    def _literal(self, mutant: Mutant) -> int:
        """The literal of a mutant: only the path above its mistake is built anew."""
        circuit, nodes = self.prover.circuit, [self.tree]
        for step in mutant.path:
            nodes.append(children(nodes[-1])[step])
        found = self.prover.literal(mutant.changed)
        for node, step in zip(reversed(nodes[:-1]), reversed(mutant.path), strict=True):
            rest = [self._own(item) for i, item in enumerate(children(node)) if i != step]
            match node:
                case And():
                    found = circuit.conj([found, *rest])
                case Or():
                    found = -circuit.conj([-found, *(-item for item in rest)])
                case Not():
                    found = -found
                case _:
                    return self.prover.literal(mutant.tree)
        return found

    def _own(self, node: Node) -> int:
        """The literal of a part of the rule."""
        found = self.literals.get(id(node))
        if found is None:
            found = self.literals[id(node)] = self.prover.literal(node)
        return found

    def _needed(self) -> list[_Case]:
        """Without the cases whose mutants others kill too; one case of each outcome stays."""
        kept = list(self.cases)
        for case in sorted(self.cases[1:], key=lambda item: len(item.kills)):
            others = [other for other in kept if other is not case]
            if not any(other.expect is case.expect for other in others):
                continue
            heirs = [_heir(mutant, others) for mutant in case.kills]
            if all(heir is not None for heir in heirs):
                for mutant, heir in zip(case.kills, heirs, strict=True):
                    assert heir is not None
                    heir.kills.append(mutant)
                kept = others
        return kept

    def _merge(self, one: _Case, two: _Case) -> _Case | None:
        """Two near misses that differ in one field as one event with the values of both, if it does for both."""
        paths = [path for path in one.event.keys() | two.event.keys() if one.event.get(path) != two.event.get(path)]
        if len(paths) != 1 or one.expect or two.expect:
            return None
        (path,) = paths
        raws = [*_listed(one.event.get(path)), *_listed(two.event.get(path))]
        if any(isinstance(raw, Mapping) for raw in raws) or not (path in one.event and path in two.event):
            return None
        values = [raw for i, raw in enumerate(raws) if not any(_same(raw, old) for old in raws[:i])]
        if len(values) > MAX_VALUES:
            return None
        event = {**one.event, path: values}
        seen = EventValues(event)
        if self.decide(seen) or not all(test(seen) for test in self.holds):
            return None
        grid = Grid(self.tree, seen, self.compiled)
        kills = [*one.kills, *two.kills]
        if any(not grid.with_mutant(mutant) for mutant in kills):
            return None
        return replace(one, event=event, reasons=[*one.reasons, *two.reasons], grid=grid, kills=kills)


def _limited(tree: Node) -> list[Mutant]:
    out = []
    for mutant in mutants(tree):
        out.append(mutant)
        if len(out) >= MAX_MUTANTS:
            break
    return out


def _at(tree: Node, path: tuple[int, ...]) -> Node:
    for step in path:
        tree = children(tree)[step]
    return tree


def _heir(mutant: Mutant, cases: list[_Case]) -> _Case | None:
    return next((case for case in cases if case.grid.with_mutant(mutant) != case.expect), None)


def _listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def _same(one: Any, two: Any) -> bool:
    return type(one) is type(two) and bool(one == two)


def _merged(cases: list[_Case], merge: Any) -> list[_Case]:
    """The cases, each joined to an earlier one where that is possible."""
    out: list[_Case] = []
    for case in cases:
        for i, old in enumerate(out):
            joined = merge(old, case)
            if joined is not None:
                out[i] = joined
                break
        else:
            out.append(case)
    return out


def dump_fixtures(cases: Sequence[Fixture]) -> str:
    """The text of a `fixtures.yml`."""
    import yaml

    return yaml.safe_dump(
        {"fixtures": [case.as_json() for case in cases]}, sort_keys=False, allow_unicode=True, width=110
    )
