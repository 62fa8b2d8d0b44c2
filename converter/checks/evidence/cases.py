"""The fixtures beside a rule, read once, and what the rule and its mutants make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from converter.checks.subject import Subject
from converter.diagnostics import ConverterError
from converter.documents import Document, load_fixtures
from converter.matching import EventValues, compile_node
from converter.proof.compare import condition_of, declared
from converter.proof.grid import Compiled, Grid
from converter.proof.mutants import Mutant, mutants
from converter.proof.prover import Prover
from converter.replay.cases import FIXTURES
from converter.tree import Node

#: Mutants of a rule that are looked at, and survivors of which the prover is asked whether they are the rule itself.
MAX_MUTANTS, MAX_PROVEN = 3000, 300


@dataclass(frozen=True)
class Cases:
    """`items` as the fixture file has them; `failed` says why it cannot be read. `there`: the file exists."""

    there: bool
    items: tuple[Mapping[str, Any], ...] = ()
    failed: ConverterError | None = None


@dataclass
class Kill:
    """`alive` are the mutants that no fixture tells from the rule and that are another rule."""

    size: int
    killed: int
    alive: list[Mutant] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.killed / self.size if self.size else 1.0


def cases(subject: Subject) -> Cases:
    """The fixtures in the file beside the rule's."""
    found: Cases | None = subject.__dict__.get("cases")
    if found is None:
        found = subject.__dict__["cases"] = _read(subject)
        subject.facts["fixtures"] = len(found.items)
    return found


def _read(subject: Subject) -> Cases:
    path = Path(subject.document.path).with_name(FIXTURES) if subject.document.path else None
    if path is None or not path.is_file():
        return Cases(False)
    try:
        return Cases(True, tuple(load_fixtures(path)))
    except ConverterError as error:
        return Cases(True, (), error)


def decide(subject: Subject) -> Callable[[Mapping[str, Any]], bool | None]:
    """What the rule says of a fixture: of one event its condition, of a stream whether it alerts; None: not decided."""
    test = compile_node(subject.predicate) if subject.predicate is not None else None

    def answer(case: Mapping[str, Any]) -> bool | None:
        if "event" in case and test is not None:
            return test(EventValues(case["event"]))
        from converter.alerting import alerts

        events = case.get("events") or [case["event"]]
        try:
            return bool(alerts(_timed(subject.document, events), events, fields=subject.fields))
        except ConverterError:
            return None

    return answer


def _timed(document: Document, events: Sequence[Mapping[str, Any]]) -> Document:
    """The rule by `@timestamp` where the events lack the field that overrides it, as Kibana falls back."""
    name = document.data.get("timestamp_override")
    if name is None or all(name in event for event in events):
        return document
    data = {key: value for key, value in document.data.items() if key != "timestamp_override"}
    return replace(document, data=data)


def kill(subject: Subject, events: Sequence[tuple[Mapping[str, Any], bool]]) -> Kill | None:
    """The rule's mutants against its fixtures; None for a rule that is no condition on one event."""
    tree = condition_of(subject.query) if subject.query is not None else None
    if tree is None:
        return None
    compiled = Compiled()
    grids = [Grid(tree, EventValues(event), compiled) for event, _ in events]
    found: list[Mutant] = []
    killed = 0
    for number, mutant in enumerate(mutants(tree)):
        if number >= MAX_MUTANTS:
            break
        if any(grid.with_mutant(mutant) != expect for grid, (_, expect) in zip(grids, events, strict=True)):
            killed += 1
        else:
            found.append(mutant)
    alive = _other_rules(tree, found)
    return Kill(killed + len(alive), killed, alive)


def _other_rules(tree: Node, found: list[Mutant]) -> list[Mutant]:
    """Without the mutants that match the very same events: nothing can tell them from the rule."""
    prover = Prover(constraints=declared(tree))
    whole = prover.literal(tree)
    out = []
    for number, mutant in enumerate(found):
        if number < MAX_PROVEN:
            other = prover.literal(mutant.tree)
            asked = ([whole, -other], [other, -whole])
            if all(prover.solve(question).status == "unsat" for question in asked):
                continue
        out.append(mutant)
    return out
