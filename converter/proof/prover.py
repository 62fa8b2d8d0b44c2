"""The prover: a SAT solver over the circuit, asked again until the values of an event bear its answer out.

Conflicts of the theory come back as clauses. Those that are not sure carry the extra literal `guard`: an answer
"impossible" that leans on one of them is no proof and becomes "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from converter.proof.atoms import Has, Inner, Only, Opaque
from converter.proof.circuit import FALSE, TRUE, Circuit
from converter.proof.layout import Layout
from converter.proof.lemmas import Lemmas
from converter.proof.theory import Checked, Conflict, Theory
from converter.tree import Field, Node

#: Rounds between solver and theory, and assignments whose event did not bear them out, before giving up.
MAX_ROUNDS = 3000
MAX_REFUTED = 40

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sat` with an event, `unsat` (proven: no event), or `unknown` with the reason. `core`: of unsat, the literals
    asked for that suffice."""

    status: Literal["sat", "unsat", "unknown"]
    event: Event | None = None
    reason: str = ""
    core: tuple[int, ...] = ()


class Prover:
    """Questions over one shared circuit. `constraints` hold on every event that is looked at."""

    def __init__(self, category: Field | None = None, constraints: Sequence[Node] = ()) -> None:
        self.circuit = Circuit(category or Field("event.category"))
        self.theory = Theory()
        self._nested: dict[str, Prover] = {}
        self._solver: Any = None
        self._encoded: set[int] = set()
        self._phased: set[int] = set()
        self._lemmas = Lemmas()
        self._layouts: dict[frozenset[int], Layout] = {}
        self._guard = self.circuit.fresh()
        self.constraints = tuple(self.circuit.literal(node) for node in constraints)
        self.constraint_nodes = tuple(constraints)

    def literal(self, node: Node) -> int:
        return self.circuit.literal(node)

    def solve(self, wanted: Sequence[int], accept: Callable[[Event], bool] | None = None) -> Outcome:
        """An event on which all literals are true. `accept` replays it; without it the theory's word is taken."""
        asked = [item for item in (*wanted, *self.constraints) if item != TRUE]
        if FALSE in asked or any(-item in asked for item in asked):
            return Outcome("unsat", core=tuple(item for item in asked if item == FALSE or -item in asked))
        try:
            return self._solve(asked, accept)
        except RecursionError:
            return Outcome("unknown", reason="the tree is nested too deeply")

    def _solve(self, asked: list[int], accept: Callable[[Event], bool] | None) -> Outcome:
        layout = self._prepare(asked)
        solver, refuted = self._solver, 0
        for _ in range(MAX_ROUNDS):
            if not solver.solve(assumptions=[*asked, self._guard]):
                core = solver.get_core() or []
                if self._guard in core:
                    return self._confirm(asked)
                return Outcome("unsat", core=tuple(core))
            model = solver.get_model()
            truth = {v: v <= len(model) and model[v - 1] > 0 for v in layout.atoms}
            checked = self._check(layout, truth)
            if checked.conflicts:
                for conflict in checked.conflicts:
                    self._learn(conflict)
                continue
            event = build_event(checked)
            if accept is None or accept(event):
                return Outcome("sat", event)
            found = self._adapted(layout, event, accept)
            if found is not None:
                return Outcome("sat", found)
            refuted += 1
            if refuted > MAX_REFUTED:
                return Outcome("unknown", reason=self._why(layout))
            self._learn(self._refutation(layout, truth))
        return Outcome("unknown", reason="too many rounds")

    def _confirm(self, asked: list[int]) -> Outcome:
        """Impossible under guarded clauses: perhaps without them too."""
        if not self._solver.solve(assumptions=asked):
            return Outcome("unsat", core=tuple(self._solver.get_core() or ()))
        return Outcome("unknown", reason="no event was found, and not every combination could be ruled out")

    def _prepare(self, asked: Iterable[int]) -> Layout:
        """The clauses of what the literals depend on, and the cells of their atoms."""
        circuit = self.circuit
        gates, atoms = circuit.cone(asked)
        if self._solver is None:
            from pysat.solvers import Minisat22

            self._solver = Minisat22()
            self._solver.add_clause([TRUE])
        for v in list(atoms):
            atom = circuit.atoms[v]
            if isinstance(atom, Only):
                has = circuit.variable(Has(atom.field))
                atoms.add(has)
                if v not in self._encoded:
                    self._solver.add_clause([-v, has])
        for gate in gates - self._encoded:
            for clause in circuit.clauses(gate):
                self._solver.add_clause(clause)
        self._encoded |= gates | atoms
        new = sorted(atoms - self._phased)
        if new:
            self._solver.set_phases([-v for v in new])
            self._phased |= atoms
        for v in new:
            for narrow, wide in self._lemmas.add(v, circuit.atoms[v]):
                self._solver.add_clause([-narrow, wide])
        key = frozenset(atoms)
        if key not in self._layouts:
            if len(self._layouts) > 8:
                self._layouts.clear()
            self._layouts[key] = Layout({v: circuit.atoms[v] for v in sorted(atoms)})
        return self._layouts[key]

    def _learn(self, conflict: Conflict) -> None:
        self._solver.add_clause(list(conflict.clause) if conflict.sure else [*conflict.clause, -self._guard])

    def _check(self, layout: Layout, truth: Mapping[int, bool]) -> Checked:
        checked = self.theory.check(layout, truth)
        paths = sorted({atom.path for atom in layout.atoms.values() if isinstance(atom, Inner)})
        for path in paths:
            self._check_nested(path, layout, truth, checked)
        return checked

    def _check_nested(self, path: str, layout: Layout, truth: Mapping[int, bool], checked: Checked) -> None:
        """An object for each true atom of a nested field, which passes none of the false ones."""
        inner = self._nested.get(path)
        if inner is None:
            inner = self._nested[path] = Prover(self.circuit.category)
        own = {v: atom for v, atom in layout.atoms.items() if isinstance(atom, Inner) and atom.path == path}
        literals = {v: inner.literal(atom.node) for v, atom in own.items()}
        avoided = {-literals[v]: v for v in own if not truth[v]}
        for v in own:
            if not truth[v]:
                continue
            found = inner.solve([literals[v], *avoided])
            item = None if found.event is None else _inside(found.event, path)
            if item is not None:
                checked.inner.setdefault(path, []).append(item)
            elif found.status == "unsat":
                core = {avoided[lit] for lit in found.core if lit in avoided} if found.core else set(avoided.values())
                checked.conflicts.append(Conflict((-v, *sorted(core)), True))
            else:
                checked.conflicts.append(Conflict((-v, *sorted(avoided.values())), False))

    def _adapted(self, layout: Layout, event: Event, accept: Callable[[Event], bool]) -> Event | None:
        """The event with other values where atoms that cannot be reasoned about look."""
        scripts = [atom.expr for atom in layout.atoms.values() if isinstance(atom, Opaque)]
        if not scripts:
            return None
        from converter.proof.adapt import variants

        return next((found for found in variants(event, scripts) if accept(found)), None)

    def _refutation(self, layout: Layout, truth: Mapping[int, bool]) -> Conflict:
        """Not this combination again: of the opaque atoms if there are some, else of all."""
        opaque = [v for v, atom in layout.atoms.items() if isinstance(atom, Opaque)]
        return Conflict(tuple(-v if truth[v] else v for v in opaque or truth), False)

    def _why(self, layout: Layout) -> str:
        if any(isinstance(atom, Opaque) for atom in layout.atoms.values()):
            return "a script could not be decided"
        return "the evaluator did not bear out the events that were found"


def build_event(checked: Checked) -> Event:
    """The event of the values found: dotted names, a list where there are several values."""
    event: Event = {path: raws[0] if len(raws) == 1 else list(raws) for path, raws in sorted(checked.values.items())}
    for path, items in checked.inner.items():
        event[path] = [dict(item) for item in items]
    return event


def _inside(event: Event, path: str) -> Event | None:
    """The names of an event of one object, from the object's own point of view."""
    start = path + "."
    if not all(name.startswith(start) for name in event):
        return None
    return {name.removeprefix(start): value for name, value in event.items()}
