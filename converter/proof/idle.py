"""Parts of a condition without which it matches the very same events.

Most parts are shown to matter by an event made by hand: a value that only one alternative takes, put into an event in
which that alternative decides. The prover is asked only about what is left.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from converter.matching import EventValues
from converter.proof.compare import condition_of, declared, predicate
from converter.proof.mutants import Mutant
from converter.proof.prover import Event, Prover
from converter.query import Query
from converter.tree import (
    ALWAYS,
    ANY,
    And,
    Cidr,
    Glob,
    Node,
    Not,
    Or,
    Term,
    children,
    conj,
    disj,
    replace_children,
    walk,
)

#: A part: the path of its parent (child numbers from the root), and its number there.
Site = tuple[tuple[int, ...], int]

#: Parts of one rule that the prover is asked about, at most; the events made by hand settle most before that.
MAX_ASKED = 400


def idle_parts(query: Query | Node) -> Iterator[Mutant]:
    """The query without one alternative or one condition, wherever that is proven to change nothing.

    Each can be left out by itself, and all of them together: of two values that cover each other only the later one is
    named.
    """
    tree = condition_of(query)
    if tree is not None and any(isinstance(node, And | Or) for node in walk(tree)):
        yield from _Search(tree).run()


class _Search:
    def __init__(self, tree: Node) -> None:
        self.root = tree
        self.places = dict(_places(tree, (), True))
        self.needed: set[Site] = set()
        self.gone: set[Site] = set()
        self.prover = Prover(constraints=declared(tree))
        self.truth = _Truth(tree)
        self.first = self.whole = self.prover.literal(tree)

    def run(self) -> Iterator[Mutant]:
        first = self.prover.solve([self.whole])
        if first.event is None:  # of a condition that never holds, every part changes nothing
            return
        self._note(first.event)
        for path, (node, _) in self.places.items():
            if isinstance(node, Or) and len(node.items) > 2:
                self._alternatives(path, node)
        asked = 0
        for site in self._sites():
            if site in self.needed or asked >= MAX_ASKED:
                continue
            asked += 1
            if self._idle(site):
                self.gone.add(site)
                self.whole = self.prover.literal(self._tree(None))
                yield self._mutant(site)

    def _sites(self) -> list[Site]:
        """Every part that can be left out, the last first."""
        found = [
            (path, i)
            for path, (node, _) in self.places.items()
            if isinstance(node, And | Or)
            for i in range(len(node.items))
        ]
        return sorted(found, reverse=True)

    def _tree(self, site: Site | None) -> Node:
        """The condition without the parts that are gone, and without this one."""
        return _without(self.root, (), self.gone | ({site} if site is not None else set()))

    def _idle(self, site: Site) -> bool:
        path, _ = site
        node, _ = self.places[path]
        left = [i for i in range(len(children(node))) if (path, i) not in self.gone]
        if len(left) < 2 or any((path[:n], path[n]) in self.gone for n in range(len(path))):
            return False
        return self._same(self._tree(site), self.whole, site) and (
            not self.gone or self._same(_without(self.root, (), {site}), self.first, site)
        )

    def _same(self, part_tree: Node, whole: int, site: Site) -> bool:
        """Proven: the tree without the part matches what the whole does."""
        node, positive = self.places[site[0]]
        part = self.prover.literal(part_tree)
        # leaving out a condition can only widen, an alternative only narrow; under a negation the other way round
        wider = isinstance(node, And) == positive
        found = self.prover.solve([part, -whole] if wider else [whole, -part])
        if found.event is not None:
            self._note(found.event)
        return found.status == "unsat"

    def _note(self, event: Event) -> None:
        """All parts that this event shows to matter."""
        self.needed |= self.truth.deciding(event)

    def _alternatives(self, path: tuple[int, ...], node: Or) -> None:
        """Settle a list: an event in which the list decides and nothing of it holds, then one value of it at a time."""
        sites = [(path, i) for i in range(len(node.items)) if (path, i) not in self.needed]
        if not any(_witnesses(node.items[i]) for _, i in sites):
            return
        positive = self.places[path][1]
        filled = self.prover.literal(_put(self.root, path, ALWAYS))
        found = self.prover.solve([filled, -self.whole] if positive else [self.whole, -filled])
        if found.event is None:
            return
        for site in sites:
            for event in _changed(found.event, node.items[site[1]]):
                if self.truth.decides(event, site):
                    self.needed.add(site)
                    break

    def _mutant(self, site: Site) -> Mutant:
        path, number = site
        node = self.places[path][0]
        rest = [item for i, item in enumerate(children(node)) if i != number]
        changed = conj(rest) if isinstance(node, And) else disj(rest)
        return Mutant(self.root, path, changed, "stuck", "idle", number)


class _Truth:
    """What each atom of a tree is on an event, and which parts decide there."""

    def __init__(self, tree: Node) -> None:
        self.root = tree
        self.tests: dict[Node, Callable[[EventValues], bool]] = {}

    def _test(self, node: Node) -> Callable[[EventValues], bool]:
        found = self.tests.get(node)
        if found is None:
            found = self.tests[node] = predicate(node)
        return found

    def deciding(self, event: Event) -> set[Site]:
        """The parts without which the tree is another truth on the event."""
        values: dict[int, bool] = {}
        view = EventValues(event)
        self._value(self.root, view, values)
        out: set[Site] = set()
        self._deciding(self.root, (), values, out)
        return out

    def decides(self, event: Event, site: Site) -> bool:
        """Whether this part is one of them: looks at no more than that needs."""
        view = EventValues(event)
        path, number = site
        node = self.root
        for step in path:
            if isinstance(node, And | Or):
                want = isinstance(node, And)
                if any(self._holds(item, view) != want for i, item in enumerate(node.items) if i != step):
                    return False
            elif not isinstance(node, Not):
                return False
            node = children(node)[step]
        want = isinstance(node, And)
        others = (item for i, item in enumerate(children(node)) if i != number)
        return self._holds(children(node)[number], view) != want and all(self._holds(o, view) == want for o in others)

    def _holds(self, node: Node, view: EventValues) -> bool:
        match node:
            case And(items=items):
                return all(self._holds(item, view) for item in items)
            case Or(items=items):
                return any(self._holds(item, view) for item in items)
            case Not(item=item):
                return not self._holds(item, view)
        return self._test(node)(view)

    def _value(self, node: Node, view: EventValues, values: dict[int, bool]) -> bool:
        match node:
            case And(items=items) | Or(items=items):
                each = [self._value(item, view, values) for item in items]
                found = all(each) if isinstance(node, And) else any(each)
            case Not(item=item):
                found = not self._value(item, view, values)
            case _:
                found = self._test(node)(view)
        values[id(node)] = found
        return found

    def _deciding(self, node: Node, path: tuple[int, ...], values: dict[int, bool], out: set[Site]) -> None:
        if isinstance(node, Not):
            self._deciding(node.item, (*path, 0), values, out)
        if not isinstance(node, And | Or):
            return
        want = isinstance(node, And)  # what an item must be so as not to decide by itself
        other = [i for i, item in enumerate(node.items) if values[id(item)] != want]
        if len(other) == 1:
            out.add((path, other[0]))
            self._deciding(node.items[other[0]], (*path, other[0]), values, out)
        elif not other:
            for i, item in enumerate(node.items):
                self._deciding(item, (*path, i), values, out)


def _places(node: Node, path: tuple[int, ...], positive: bool) -> Iterator[tuple[tuple[int, ...], tuple[Node, bool]]]:
    yield path, (node, positive)
    for i, child in enumerate(children(node)):
        yield from _places(child, (*path, i), positive != isinstance(node, Not))


def _without(node: Node, path: tuple[int, ...], gone: set[Site]) -> Node:
    items = children(node)
    if not items:
        return node
    kept = [_without(item, (*path, i), gone) for i, item in enumerate(items) if (path, i) not in gone]
    if isinstance(node, And):
        return conj(kept)
    if isinstance(node, Or):
        return disj(kept)
    return replace_children(node, tuple(kept))


def _put(tree: Node, path: tuple[int, ...], changed: Node) -> Node:
    if not path:
        return changed
    items = list(children(tree))
    items[path[0]] = _put(items[path[0]], path[1:], changed)
    return replace_children(tree, tuple(items))


def _witnesses(node: Node) -> list[Any]:
    """Values that the atom takes, the plainest first; [] where that is not simple to say."""
    match node:
        case Glob(field=field, tokens=tokens) if field.sort == "string" and not field.nested:
            plain = "".join(t if isinstance(t, str) else "" if t is ANY else "a" for t in tokens)
            padded = "".join(t if isinstance(t, str) else "~q" if t is ANY else "~" for t in tokens)
            return [plain, padded] if padded != plain else [plain]
        case Term(field=field, value=value) if field.sort in ("integer", "float", "boolean") and not field.nested:
            return [value]
        case Cidr(field=field, network=network) if field.sort == "ip" and not field.nested:
            return [str(ipaddress.ip_network(network, strict=False).network_address)]
    return []


def _changed(event: Event, atom: Node) -> Iterator[Event]:
    """The event with a value that the atom takes: in place of the field's own, or beside them."""
    field = getattr(atom, "field", None)
    if field is None:
        return
    old = event.get(field.path)
    for value in _witnesses(atom):
        yield {**event, field.path: value}
        if old is not None:
            yield {**event, field.path: [*(old if isinstance(old, list) else [old]), value]}
