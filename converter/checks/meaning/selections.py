"""The selections of a Sigma rule that change nothing as wholes: a writer thinks in them, not in their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from converter.checks.meaning import idle
from converter.checks.subject import Subject
from converter.diagnostics import Span
from converter.proof.compare import condition_of, disjoint, implies
from converter.tree import And, Exists, Node, Not, Or, atoms, children, conj, disj


@dataclass(frozen=True)
class Selection:
    """`exclusion`: the condition shuts out what it takes; `narrows`: it asks for it beside others; `why`: what of the
    others leaves nothing to an exclusion, in words."""

    name: str
    texts: frozenset[Any]
    span: Span | None
    exclusion: bool
    narrows: bool
    why: str | None


def whole(subject: Subject) -> list[Selection]:
    """Those of which every value can be left out at once."""
    found: list[Selection] | None = subject.__dict__.get("idle_selections")
    if found is None:
        found = subject.__dict__["idle_selections"] = list(_whole(subject))
    return found


def speaks(subject: Subject, node: Node) -> bool:
    """Whether a part belongs to such a selection, and is told with it."""
    own = idle.texts(node)
    return any(own <= item.texts for item in whole(subject))


def _whole(subject: Subject) -> Iterator[Selection]:
    tree = condition_of(subject.query) if subject.query is not None and subject.document.kind == "sigma" else None
    mutants = [item for part in idle.parts(subject) for item in part] if tree is not None else []
    if tree is None or not mutants:
        return
    left = idle.texts(idle.without(tree, (), {(*item.path, item.dropped or 0) for item in mutants}))
    by_name = dict(_selections(subject, tree))
    for name, texts in by_name.items():
        if len(by_name) < 2 or not texts or texts & left:
            continue
        parts = [item for item in mutants if idle.texts(idle.dropped(item)) & texts]
        shut = any(idle.negated(item) or idle.is_exclusion(item) for item in parts)
        narrows = any(idle.narrows(item) for item in parts)
        span = subject.document.locate(("detection", name))
        yield Selection(name, texts, span, shut, narrows, _why(tree, texts, by_name) if shut else None)


def _selections(subject: Subject, tree: Node) -> Iterator[tuple[str, frozenset[Any]]]:
    detection = subject.data.get("detection")
    for name in detection if isinstance(detection, dict) else ():
        spot = subject.document.spot(("detection", str(name)))
        if name != "condition" and spot is not None and spot[0]:
            place = spot[1].value
            inside = (a for a in atoms(tree) if a.span is not None and place.start <= a.span.start < place.end)
            yield str(name), frozenset((a.span, a) for a in inside)


def _why(tree: Node, texts: frozenset[Any], by_name: dict[str, frozenset[Any]]) -> str | None:
    own, shut = _node(tree, texts)
    if own is None:
        return None
    own = own if shut else Not(own)  # `not null` has become a test of the field
    others = [(name, *_node(tree, held)) for name, held in by_name.items() if held != texts]
    for name, other, shut in others:
        if other is not None and shut and implies(own, other) is True:
            return f"`{name}` takes all of it already"
    for name, other, shut in others:
        if other is not None and not shut and not isinstance(other, Exists) and disjoint(own, other) is True:
            return f"`{name}` selects nothing of it"
    return None


def _node(tree: Node, texts: frozenset[Any]) -> tuple[Node | None, bool]:
    """What of the tree a selection has become, a node of it or some of the items of one, and whether the condition
    shuts it out."""
    found, shut = None, False
    for node, negated in _signed(tree, False):  # of a `not` and what it denies the latter
        if idle.texts(node) == texts:
            found, shut = node, negated
        elif isinstance(node, And | Or):
            items = [item for item in node.items if idle.texts(item) <= texts]
            if frozenset().union(*map(idle.texts, items)) == texts:
                found, shut = (conj(items) if isinstance(node, And) else disj(items)), negated
    return found, shut


def _signed(node: Node, negated: bool) -> Iterator[tuple[Node, bool]]:
    """Every node, outermost first, and whether it stands below an odd number of negations."""
    yield node, negated
    for child in children(node):
        yield from _signed(child, negated != isinstance(node, Not))
