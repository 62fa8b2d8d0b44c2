"""Trees as one shared circuit of `and` and negation: equal structure is the same literal, so needs no search.

A literal is an int, its negation the negative; 1 is true. `x or y` is `not (not x and not y)`; nested ands are one.
"""

from __future__ import annotations

from collections.abc import Iterable

from converter.proof.atoms import Atom, atom_of
from converter.tree import And, Const, Field, Node, Not, Or

TRUE, FALSE = 1, -1


class Circuit:
    """`atoms` maps a variable to its atom; `gates` a variable to the literals whose conjunction it is."""

    def __init__(self, category: Field) -> None:
        self.category = category
        self.atoms: dict[int, Atom] = {}
        self.gates: dict[int, frozenset[int]] = {}
        self._variables: dict[Atom, int] = {}
        self._known: dict[frozenset[int], int] = {}
        self._last = 1

    def variable(self, atom: Atom) -> int:
        """The variable of an atom."""
        found = self._variables.get(atom)
        if found is None:
            self._last += 1
            found = self._variables[atom] = self._last
            self.atoms[found] = atom
        return found

    def literal(self, node: Node) -> int:
        """The literal that is true exactly where the tree is."""
        match node:
            case Const(value=value):
                return TRUE if value else FALSE
            case Not(item=item):
                return -self.literal(item)
            case And(items=items):
                return self.conj(self.literal(item) for item in items)
            case Or(items=items):
                return -self.conj(-self.literal(item) for item in items)
        atom = atom_of(node, self.category)
        if isinstance(atom, bool):
            return TRUE if atom else FALSE
        return self.variable(atom)

    def conj(self, literals: Iterable[int]) -> int:
        """The conjunction; a gate among several, flat and without repeats."""
        flat: set[int] = set()
        for item in literals:
            if item in self.gates:
                flat |= self.gates[item]
            else:
                flat.add(item)
        flat.discard(TRUE)
        if FALSE in flat or any(-item in flat for item in flat):
            return FALSE
        for item in list(flat):  # a and not (a and b) is a and not b
            inner = self.gates.get(-item)
            if inner is not None and inner & flat:
                rest = -self.conj(inner - flat)
                return self.conj((flat - {item}) | {rest})
        if len(flat) <= 1:
            return next(iter(flat), TRUE)
        key = frozenset(flat)
        found = self._known.get(key)
        if found is None:
            self._last += 1
            found = self._known[key] = self._last
            self.gates[found] = key
        return found

    def fresh(self) -> int:
        """A variable of no atom."""
        self._last += 1
        return self._last

    def cone(self, literals: Iterable[int]) -> tuple[set[int], set[int]]:
        """The gates and the atoms on which the literals depend."""
        gates: set[int] = set()
        atoms: set[int] = set()
        stack = [abs(item) for item in literals]
        while stack:
            item = stack.pop()
            if item in self.gates:
                if item not in gates:
                    gates.add(item)
                    stack.extend(abs(part) for part in self.gates[item])
            elif item in self.atoms:
                atoms.add(item)
        return gates, atoms

    def clauses(self, gate: int) -> list[list[int]]:
        """What says that the gate is the conjunction of its literals."""
        items = self.gates[gate]
        return [[-gate, item] for item in items] + [[gate, *(-item for item in items)]]
