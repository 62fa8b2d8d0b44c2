"""The truth of every node of a tree on one event: a mutant of the tree then costs only the path above its mistake."""

from __future__ import annotations

from converter.matching import Context, EventValues, Predicate, compile_node
from converter.proof.mutants import Mutant
from converter.proof.tests import NOW
from converter.tree import And, Const, Nested, Node, Not, Or, children


class Compiled:
    """Atoms of one tree compiled once for all events. Holds on to the nodes, so that their identity stays theirs."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Node, Predicate]] = {}
        self._ways: dict[tuple[int, ...], list[Node] | None] = {}

    def way(self, tree: Node, path: tuple[int, ...]) -> list[Node] | None:
        """The nodes from the root to a place; None where it lies in a node that is seen as a whole."""
        if path not in self._ways:
            nodes: list[Node] | None = [tree]
            for step in path:
                assert nodes is not None
                if isinstance(nodes[-1], Nested):
                    nodes = None
                    break
                nodes.append(children(nodes[-1])[step])
            self._ways[path] = nodes
        return self._ways[path]

    def __call__(self, node: Node) -> Predicate:
        found = self._found.get(id(node))
        if found is None:
            found = self._found[id(node)] = (node, compile_node(node, Context(now=NOW)))
        return found[1]


class Grid:
    """Truths by the place of a node; at each `And` and `Or` how many children are true."""

    def __init__(self, tree: Node, values: EventValues, compiled: Compiled) -> None:
        self.values = values
        self._compiled = compiled
        self._tree = tree
        self._truth: dict[tuple[int, ...], bool] = {}
        self._count: dict[tuple[int, ...], int] = {}
        self._known: dict[int, bool] = {}
        self._fill(tree, ())

    def _fill(self, node: Node, path: tuple[int, ...]) -> bool:
        match node:
            case And(items=items) | Or(items=items):
                count = self._count[path] = sum(self._fill(item, (*path, i)) for i, item in enumerate(items))
                truth = count == len(items) if isinstance(node, And) else count > 0
            case Not(item=item):
                truth = not self._fill(item, (*path, 0))
            case _:
                truth = self._atom(node)
        self._truth[path] = self._known[id(node)] = truth
        return truth

    def _atom(self, node: Node) -> bool:
        return self._compiled(node)(self.values)

    def of(self, node: Node) -> bool:
        """The truth of any node, quickly where it is a part of the tree."""
        known = self._known.get(id(node))
        if known is not None:
            return known
        match node:
            case Const(value=value):
                return value
            case And(items=items):
                return all(self.of(item) for item in items)
            case Or(items=items):
                return any(self.of(item) for item in items)
            case Not(item=item):
                return not self.of(item)
        return self._atom(node)

    def with_mutant(self, mutant: Mutant) -> bool:
        """The truth of the mutant on this event."""
        path = mutant.path
        nodes = self._compiled.way(self._tree, path)
        if nodes is None:
            return self._atom(mutant.tree)
        truth = self.of(mutant.changed) if mutant.dropped is None else self._without(nodes[-1], path, mutant.dropped)
        for depth in range(len(path) - 1, -1, -1):
            old = self._truth[path[: depth + 1]]
            if truth == old:
                return self._truth[()]
            truth = self._above(nodes[depth], path[:depth], truth)
        return truth

    def _without(self, node: Node, path: tuple[int, ...], index: int) -> bool:
        rest = self._count[path] - self._truth[(*path, index)]
        return rest == len(children(node)) - 1 if isinstance(node, And) else rest > 0

    def _above(self, node: Node, path: tuple[int, ...], child: bool) -> bool:
        """The truth of a node one of whose children has turned into `child`."""
        match node:
            case And(items=items):
                return self._count[path] + (1 if child else -1) == len(items)
            case Or():
                return self._count[path] + (1 if child else -1) > 0
            case Not():
                return not child
        raise TypeError("a mistake below a node that is seen as a whole")
